#include <thimble/json/query.h>

#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble::json {
namespace {

std::string found(std::string_view text, std::string_view key) {
  const auto result = find_member(text, key);
  if (!result) return result.error().message;
  return std::string(result->value_or("nothing"));
}

TEST(Query, FindsTheBytesOfAMember) {
  const std::string_view text = R"( {"a" : {"b": [1, 2]} , "s":"x\n", "n":null} )";
  EXPECT_EQ(found(text, "a"), R"({"b": [1, 2]})");
  EXPECT_EQ(found(text, "s"), R"("x\n")");
  EXPECT_EQ(found(text, "n"), "null");
}

TEST(Query, FindsNothingWhereThereIsNothing) {
  EXPECT_EQ(found("{}", "a"), "nothing");
  EXPECT_EQ(found(R"({"x":{"a":1}})", "a"), "nothing");
  EXPECT_EQ(found(R"({"ab":1,"":2})", "a"), "nothing");
}

TEST(Query, FindsAKeyThatIsWrittenWithEscapes) {
  EXPECT_EQ(found(R"({"\u0061\n":1})", "a\n"), "1");
}

TEST(Query, LetsTheLastOfDuplicatesWin) {
  EXPECT_EQ(found(R"({"a":1,"b":2,"a":3})", "a"), "3");
}

TEST(Query, FindsNothingInWhatIsNotAnObjectOfJson) {
  EXPECT_EQ(found("[]", "a"), "expected an object at byte 0");
  EXPECT_EQ(found("", "a"), "expected a value at byte 0, the end of the text");
  EXPECT_EQ(found(R"({"a":1,"b":tru})", "a"), "expected a value at byte 11");
  EXPECT_EQ(found(R"({"a":1}})", "a"), "unexpected text after the value at byte 7");
}

TEST(Query, DecodesAMemberThatIsAString) {
  const std::string_view text = R"({"errorType":"Runtime.\u0045xit","n":null,"plain":"x"})";
  EXPECT_EQ(find_string(text, "errorType").value(), "Runtime.Exit");
  EXPECT_EQ(find_string(text, "plain").value(), "x");
  EXPECT_EQ(find_string(text, "other").value(), std::nullopt);
  EXPECT_EQ(find_string(text, "n").error().message, "member 'n' is not a string");
  EXPECT_EQ(find_string("{", "n").error().message, "expected a key at byte 1, the end of the text");
}

TEST(Query, SaysWhetherTextIsJson) {
  EXPECT_TRUE(valid(R"({"a":[1,2,{"b":null}]})"));
  EXPECT_FALSE(valid("{\"a\":[1,2,{\"b\":null}]"));
  EXPECT_FALSE(valid(R"("\ud800")"));
  EXPECT_TRUE(valid(R"("\ud800")", {.lone_surrogates = LoneSurrogates::kReplace}));
}

}  // namespace
}  // namespace thimble::json
