#include "thimble/base/parse_number.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble {
namespace {

TEST(ParseNumber, ReadsTheWholeRangeOfItsType) {
  EXPECT_EQ(parse_number<unsigned>("0"), 0U);
  EXPECT_EQ(parse_number<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_number<std::int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(parse_number<int>("007"), 7) << "leading zeros mean nothing";
}

TEST(ParseNumber, RefusesWhatDoesNotFit) {
  EXPECT_EQ(parse_number<std::uint16_t>("65536"), std::nullopt);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_number<std::int64_t>("9223372036854775808"), std::nullopt);
}

TEST(ParseNumber, RefusesEverythingAroundTheDigits) {
  for (const std::string_view text : {"", " ", "+1", " 1", "1 ", "1\n", "1x", "x", "0x10", "1.0",
                                      "1e3", "1_000", "1,000", "--1", "-"}) {
    EXPECT_EQ(parse_number<int>(text), std::nullopt) << "'" << text << "'";
  }
  EXPECT_EQ(parse_number<int>(std::string_view("1\0", 2)), std::nullopt);
}

TEST(ParseNumber, KnowsASignOnlyForSignedTypes) {
  EXPECT_EQ(parse_number<int>("-1"), -1);
  EXPECT_EQ(parse_number<unsigned>("-1"), std::nullopt);
  EXPECT_EQ(parse_number<unsigned>("-0"), std::nullopt);
}

TEST(ParseNumber, ReadsNoFurtherThanTheView) {
  EXPECT_EQ(parse_number<int>(std::string_view("1234").substr(0, 2)), 12);
}

}  // namespace
}  // namespace thimble
