#include "thimble/base/random_id.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble {
namespace {

constexpr std::string_view kLowerHex = "0123456789abcdef";

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of(kLowerHex) == std::string_view::npos;
}

TEST(RandomIds, WritesUuidsOfVersionFour) {
  RandomIds ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = ids.uuid();
    ASSERT_EQ(id.size(), 36U);
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) ASSERT_EQ(id[dash], '-') << id;
    ASSERT_EQ(std::ranges::count(id, '-'), 4) << id;
    std::string digits = id;
    std::erase(digits, '-');
    ASSERT_TRUE(is_lower_hex(digits)) << id;
    ASSERT_EQ(id[14], '4') << "the version of " << id;
    ASSERT_NE(std::string_view("89ab").find(id[19]), std::string_view::npos)
        << "the variant of " << id;
  }
}

TEST(RandomIds, WritesAsManyHexadecimalDigitsAsAsked) {
  RandomIds ids;
  EXPECT_EQ(ids.hex(0), "");
  for (const std::size_t digits : {1U, 16U, 24U, 3000U}) {
    const std::string text = ids.hex(digits);
    EXPECT_EQ(text.size(), digits);
    EXPECT_TRUE(is_lower_hex(text)) << text;
  }
}

TEST(RandomIds, NeverRepeatsAnIdentifier) {
  RandomIds ids;
  RandomIds others;
  std::set<std::string> seen;
  for (int i = 0; i < 5000; ++i) {
    EXPECT_TRUE(seen.insert(ids.uuid()).second);
    EXPECT_TRUE(seen.insert(others.uuid()).second);
  }
}

TEST(Uuid, HasDashesInFourPlacesAndHexadecimalDigitsInTheOthers) {
  RandomIds ids;
  const std::string id = ids.uuid();
  EXPECT_TRUE(is_uuid(id)) << id;
  EXPECT_TRUE(is_uuid("01234567-89ab-cdef-ABCD-EF0123456789"));
  EXPECT_FALSE(is_uuid(""));
  EXPECT_FALSE(is_uuid(id + "0"));
  EXPECT_FALSE(is_uuid(std::string_view(id).substr(1)));
  for (std::size_t i = 0; i < id.size(); ++i) {
    std::string wrong = id;
    wrong[i] = id[i] == '-' ? '0' : '-';
    EXPECT_FALSE(is_uuid(wrong)) << wrong;
    for (const char c : {'g', 'G', '/', ':', '@', '`', ' ', '\0'}) {
      wrong[i] = c;
      EXPECT_FALSE(is_uuid(wrong)) << wrong;
    }
  }
}

// A digit that never comes, or comes far too often, would be a mistake in the masks.
TEST(RandomIds, UsesEveryDigitAboutEquallyOften) {
  RandomIds ids;
  const std::string text = ids.hex(16 * 4000);
  for (const char digit : kLowerHex) {
    const auto count = std::ranges::count(text, digit);
    EXPECT_GT(count, 3400) << digit;
    EXPECT_LT(count, 4600) << digit;
  }
}

}  // namespace
}  // namespace thimble
