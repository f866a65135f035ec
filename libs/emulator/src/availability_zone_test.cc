#include "availability_zone.h"

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

TEST(AvailabilityZone, IsAbbreviatedAsAwsDoes) {
  EXPECT_EQ(first_zone_id("us-east-1"), "use1-az1");
  EXPECT_EQ(first_zone_id("us-west-2"), "usw2-az1");
  EXPECT_EQ(first_zone_id("eu-central-1"), "euc1-az1");
  EXPECT_EQ(first_zone_id("eu-north-1"), "eun1-az1");
  EXPECT_EQ(first_zone_id("ap-southeast-2"), "apse2-az1");
  EXPECT_EQ(first_zone_id("ap-northeast-1"), "apne1-az1");
  EXPECT_EQ(first_zone_id("cn-northwest-1"), "cnnw1-az1");
  EXPECT_EQ(first_zone_id("us-gov-west-1"), "usgw1-az1");
  EXPECT_EQ(first_zone_id("il-central-1"), "ilc1-az1");
}

TEST(AvailabilityZone, IsMadeOfWhateverTheRegionIs) {
  EXPECT_EQ(first_zone_id("local"), "local-az1");
  EXPECT_EQ(first_zone_id("my-region"), "myregion-az1");
  EXPECT_EQ(first_zone_id("a--b"), "ab-az1");
  EXPECT_EQ(first_zone_id("-"), "-az1");
  EXPECT_EQ(first_zone_id(""), "-az1");
}

}  // namespace
}  // namespace thimble::emulator
