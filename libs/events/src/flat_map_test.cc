#include <thimble/events/flat_map.h>

#include <string>

#include <gtest/gtest.h>

namespace thimble::events {
namespace {

TEST(FlatMap, FindsTheLastOfOneName) {
  StringMap map{{"a", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(map.size(), 3U);
  EXPECT_EQ(map.get("a"), "3");
  EXPECT_EQ(map.get("c", "none"), "none");
  EXPECT_EQ(map.find("A"), nullptr);
}

TEST(FlatMap, IgnoresTheCaseOfHeadersOnly) {
  const Headers headers{{"Content-Type", "text/plain"}};
  EXPECT_EQ(headers.get("content-type"), "text/plain");
  EXPECT_EQ(headers.get("CONTENT-TYPE"), "text/plain");
  EXPECT_EQ(headers.get("content_type"), "");
  const Headers other{{"\xC3\x84", "x"}, {"[", "y"}};
  EXPECT_FALSE(other.contains("\xC3\xA4"));
  EXPECT_FALSE(other.contains("{"));
}

TEST(FlatMap, SetsWhatItFindsAndAddsAtTheEnd) {
  Headers headers{{"A", "1"}};
  headers.set("a", "2");
  headers.set("b", "3");
  EXPECT_EQ(headers, (Headers{{"A", "2"}, {"b", "3"}}));
  headers.add("b", "4");
  EXPECT_EQ(headers.get("B"), "4");
  headers.remove("B");
  EXPECT_EQ(headers, (Headers{{"A", "2"}}));
}

TEST(FlatMap, KeepsTheOrder) {
  std::string names;
  for (const auto& [name, value] : StringMap{{"z", "1"}, {"a", "2"}, {"m", "3"}}) names += name;
  EXPECT_EQ(names, "zam");
}

}  // namespace
}  // namespace thimble::events
