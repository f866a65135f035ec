#include "timestamp.h"

#include <gtest/gtest.h>

namespace thimble::aws {
namespace {

const WallTime kTime{Seconds(1440938160)};

TEST(Timestamp, IsWrittenInTheBasicFormat) {
  EXPECT_EQ(basic_time(kTime), "20150830T123600Z");
  EXPECT_EQ(basic_time(kTime + Milliseconds(999)), "20150830T123600Z");
  EXPECT_EQ(basic_time(WallTime(Seconds(951827696))), "20000229T123456Z");
}

TEST(Timestamp, IsReadInTheFormatsThatOccur) {
  for (const std::string_view text :
       {"2015-08-30T12:36:00Z", "2015-08-30T12:36:00.123Z", "2015-08-30T12:36:00UTC",
        "2015-08-30T14:36:00+02:00", "2015-08-30T07:06:00-0530", "2015-08-30 12:36:00+00:00"}) {
    EXPECT_EQ(parse_time(text), kTime) << text;
  }
  EXPECT_EQ(parse_http_date("Sun, 30 Aug 2015 12:36:00 GMT"), kTime);
}

TEST(Timestamp, IsNothingForAnythingElse) {
  for (const std::string_view text :
       {"", "2015-08-30", "2015-08-30T12:36:00", "2015-13-30T12:36:00Z", "2015-02-29T12:36:00Z",
        "2015-08-30T24:36:00Z", "2015-08-30T12:36:00.Z", "2015-08-30T12:36:00ZZ",
        "+015-08-30T12:36:00Z", "2015-08-30T12:36:00+1", "20150830T123600Z"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
  for (const std::string_view text :
       {"", "Sun, 30 Aug 2015 12:36:00 CET", "Sun, 30 ugS 2015 12:36:00 GMT",
        "Sun, 3 Aug 2015 12:36:00 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace thimble::aws
