#include <thimble/events/raw_json.h>

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace thimble::events {
namespace {

TEST(RawJson, IsMadeOfPlainValues) {
  EXPECT_EQ(RawJson::of("a\"b").text, R"("a\"b")");
  EXPECT_EQ(RawJson::of(std::string("Zoë")).text, R"("Zoë")");
  EXPECT_EQ(RawJson::of(7).text, "7");
  EXPECT_EQ(RawJson::of(std::numeric_limits<std::uint64_t>::max()).text, "18446744073709551615");
  EXPECT_EQ(RawJson::of(true).text, "true");
  EXPECT_EQ(RawJson().text, "");
}

}  // namespace
}  // namespace thimble::events
