#include <thimble/json/reader.h>

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace thimble::json {
namespace {

bool points_into(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

TEST(Reader, ReturnsOneTokenAtATime) {
  std::string scratch;
  Reader in(R"({"a":[1,"x",true,false,null]})", scratch);
  for (const Token expected : {Token::kBeginObject, Token::kKey, Token::kBeginArray, Token::kNumber,
                               Token::kString, Token::kTrue, Token::kFalse, Token::kNull,
                               Token::kEndArray, Token::kEndObject, Token::kEnd, Token::kEnd}) {
    EXPECT_EQ(in.next(), expected);
  }
}

TEST(Reader, GivesTheTextAndTheRawBytesOfATokenForAsLongAsItIsTheLast) {
  std::string scratch;
  Reader in(R"([ -1.50, "a\tb" ])", scratch);
  EXPECT_EQ(in.text(), "");
  EXPECT_EQ(in.next(), Token::kBeginArray);
  EXPECT_EQ(in.raw(), "[");
  EXPECT_EQ(in.next(), Token::kNumber);
  EXPECT_EQ(in.text(), "-1.50");
  EXPECT_EQ(in.raw(), "-1.50");
  EXPECT_EQ(in.next(), Token::kString);
  EXPECT_EQ(in.text(), "a\tb");
  EXPECT_EQ(in.text(), "a\tb");
  EXPECT_EQ(in.raw(), R"("a\tb")");
}

TEST(Reader, DoesNotCopyAStringWithoutEscapes) {
  const std::string text = "[\"plain \u00e9\",\"\\u0041\",\"plain again\"]";
  std::string scratch;
  Reader in(text, scratch);
  in.next();
  in.next();
  EXPECT_TRUE(points_into(in.text(), text));
  in.next();
  EXPECT_EQ(in.text(), "A");
  EXPECT_TRUE(points_into(in.text(), scratch));
  in.next();
  EXPECT_EQ(in.text(), "plain again");
  EXPECT_TRUE(points_into(in.text(), text));
}

TEST(Reader, DecodesALongStringAfterAShortOne) {
  const std::string big(100'000, 'x');
  const std::string text = "[\"\\n\",\"" + big + "\\n" + big + "\",\"\\n\"]";
  std::string scratch;
  Reader in(text, scratch);
  in.enter_array();
  EXPECT_EQ(in.read_string(), "\n");
  EXPECT_EQ(in.read_string(), big + "\n" + big);
  EXPECT_EQ(in.read_string(), "\n");
}

TEST(Reader, ReadsAnObjectWithALoopOverItsKeys) {
  std::string scratch;
  Reader in(
      R"({"s":"x\u0079","i":-7,"d":2.5,"b":true,"n":null,"list":[1,2,3],"other":{"deep":[{}]}})",
      scratch);
  std::string s;
  std::int64_t i = 0;
  double d = 0;
  bool b = false;
  bool n = false;
  std::vector<std::int64_t> list;
  EXPECT_TRUE(in.enter_object());
  while (const auto key = in.next_key()) {
    if (*key == "s") s = in.read_string();
    if (*key == "i") i = in.read_int64();
    if (*key == "d") d = in.read_double();
    if (*key == "b") b = in.read_bool();
    if (*key == "n") n = in.read_null();
    if (*key == "list" && in.enter_array()) {
      while (in.next_element()) list.push_back(in.read_int64());
    }
  }
  EXPECT_TRUE(in.finish().has_value());
  EXPECT_EQ(s, "xy");
  EXPECT_EQ(i, -7);
  EXPECT_EQ(d, 2.5);
  EXPECT_TRUE(b);
  EXPECT_TRUE(n);
  EXPECT_EQ(list, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST(Reader, SkipsTheElementsThatNobodyReads) {
  std::string scratch;
  Reader in(R"([1,[2,[3]],{"a":4},"x"])", scratch);
  int elements = 0;
  in.enter_array();
  while (in.next_element()) ++elements;
  EXPECT_EQ(elements, 4);
  EXPECT_TRUE(in.finish().has_value());
}

TEST(Reader, SkipsOnlyWhatFollowsAKeyAndNotWhatWasPeekedAt) {
  std::string scratch;
  Reader in("[1,2]", scratch);
  in.enter_array();
  EXPECT_TRUE(in.next_element());
  EXPECT_EQ(in.read_int64(), 1);
  EXPECT_EQ(in.peek(), Token::kNumber);
  EXPECT_TRUE(in.next_element());
  EXPECT_EQ(in.read_int64(), 2);
  EXPECT_EQ(in.peek(), Token::kEndArray);
  EXPECT_FALSE(in.next_element());
  EXPECT_TRUE(in.finish().has_value());
}

TEST(Reader, ReadsEmptyObjectsAndArraysInLoops) {
  std::string scratch;
  Reader in("[{},[]]", scratch);
  in.enter_array();
  EXPECT_TRUE(in.next_element());
  in.enter_object();
  EXPECT_FALSE(in.next_key());
  EXPECT_TRUE(in.next_element());
  in.enter_array();
  EXPECT_FALSE(in.next_element());
  EXPECT_FALSE(in.next_element());
  EXPECT_TRUE(in.finish().has_value());
}

TEST(Reader, ReportsADuplicateKeyEachTime) {
  std::string scratch;
  Reader in(R"({"a":1,"\u0061":2})", scratch);
  std::vector<std::int64_t> values;
  in.enter_object();
  while (const auto key = in.next_key()) {
    EXPECT_EQ(*key, "a");
    values.push_back(in.read_int64());
  }
  EXPECT_EQ(values, (std::vector<std::int64_t>{1, 2}));
}

TEST(Reader, PeeksWithoutReading) {
  std::string scratch;
  Reader in(R"({"a" : [] })", scratch);
  for (const Token expected : {Token::kBeginObject, Token::kKey, Token::kBeginArray,
                               Token::kEndArray, Token::kEndObject, Token::kEnd}) {
    EXPECT_EQ(in.peek(), expected);
    EXPECT_EQ(in.peek(), expected);
    EXPECT_EQ(in.next(), expected);
  }
}

TEST(Reader, ReturnsTheBytesOfASkippedValue) {
  std::string scratch;
  Reader in(R"( {"a" : [1, {"b":"]"} ] , "c":"\n", "d" : 5 } )", scratch);
  in.enter_object();
  in.next_key();
  EXPECT_EQ(in.skip_value(), R"([1, {"b":"]"} ])");
  in.next_key();
  EXPECT_EQ(in.skip_value(), R"("\n")");
  in.next_key();
  EXPECT_EQ(in.skip_value(), "5");
  EXPECT_FALSE(in.next_key());
  EXPECT_TRUE(in.finish().has_value());
}

TEST(Reader, ChecksWhatItSkips) {
  for (const std::string_view text :
       {"[1,]", "{\"a\":tru}", "\"\\ud800\"", "[[[\"\xff\"]]]", "[", "", "]"}) {
    std::string scratch;
    Reader in(text, scratch);
    EXPECT_EQ(in.skip_value(), "") << text;
    EXPECT_NE(in.problem(), Problem::kNone) << text;
  }
}

TEST(Reader, HasNoValueToSkipWhereAKeyOrAnEndComes) {
  for (const std::string_view text : {"{\"a\":1}", "{}", "[]"}) {
    std::string scratch;
    Reader in(text, scratch);
    in.next();
    EXPECT_EQ(in.skip_value(), "") << text;
    EXPECT_EQ(in.error().message, "expected a value at byte 1") << text;
  }
}

TEST(Reader, KeepsTheFirstErrorWhateverIsCalledAfterIt) {
  std::string scratch;
  Reader in(R"({"a":1 "b":2})", scratch);
  in.enter_object();
  while (in.next_key()) {
  }
  EXPECT_EQ(in.next(), Token::kError);
  EXPECT_EQ(in.peek(), Token::kError);
  EXPECT_EQ(in.text(), "");
  EXPECT_EQ(in.raw(), "");
  EXPECT_EQ(in.skip_value(), "");
  EXPECT_EQ(in.read_string(), "");
  EXPECT_EQ(in.read_int64(), 0);
  EXPECT_EQ(in.read_double(), 0);
  EXPECT_FALSE(in.read_bool());
  EXPECT_FALSE(in.read_null());
  EXPECT_FALSE(in.enter_object());
  EXPECT_FALSE(in.enter_array());
  EXPECT_FALSE(in.next_key());
  EXPECT_FALSE(in.next_element());
  const auto done = in.finish();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().message, "expected ',' or '}' at byte 7");
  EXPECT_EQ(done.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(in.problem(), Problem::kExpectedCommaOrBrace);
  EXPECT_EQ(in.offset(), 7U);
}

TEST(Reader, SaysWhatItExpectedWhenAValueHasAnotherType) {
  const auto error_of = [](std::string_view text, auto read) {
    std::string scratch;
    Reader in(text, scratch);
    in.enter_array();
    read(in);
    return in.error().message;
  };
  EXPECT_EQ(error_of("[ 1]", [](Reader& in) { in.enter_object(); }),
            "expected an object at byte 2");
  EXPECT_EQ(error_of("[{}]", [](Reader& in) { in.enter_array(); }), "expected an array at byte 1");
  EXPECT_EQ(error_of("[1]", [](Reader& in) { in.read_string(); }), "expected a string at byte 1");
  EXPECT_EQ(error_of("[]", [](Reader& in) { in.read_string(); }), "expected a string at byte 1");
  EXPECT_EQ(error_of("[null]", [](Reader& in) { in.read_bool(); }),
            "expected true or false at byte 1");
  EXPECT_EQ(error_of("[\"1\"]", [](Reader& in) { in.read_int64(); }),
            "expected a number at byte 1");
  EXPECT_EQ(error_of("[true]", [](Reader& in) { in.read_double(); }),
            "expected a number at byte 1");
  EXPECT_EQ(error_of("[1.0]", [](Reader& in) { in.read_int64(); }),
            "expected a 64-bit integer at byte 1");
  EXPECT_EQ(error_of("[9223372036854775808]", [](Reader& in) { in.read_int64(); }),
            "expected a 64-bit integer at byte 1");
  EXPECT_EQ(error_of("[1e309]", [](Reader& in) { in.read_double(); }),
            "expected a number a double can hold at byte 1");
  EXPECT_EQ(error_of("[1]", [](Reader& in) { in.next_key(); }), "expected a key at byte 1");
  EXPECT_EQ(error_of("[{}]", [](Reader& in) { in.enter_object(), in.next_element(); }),
            "expected a value at byte 2");
  EXPECT_EQ(error_of("[truf]", [](Reader& in) { in.read_bool(); }), "expected a value at byte 1");
  EXPECT_EQ(error_of("[nul]", [](Reader& in) { in.read_null(); }), "expected a value at byte 1");
}

TEST(Reader, TellsAnExceededLimitByItsCode) {
  std::string scratch;
  Reader in("[[[]]]", scratch, {.max_depth = 2});
  in.skip_value();
  EXPECT_EQ(in.error().code, ErrorCode::kLimit);
}

TEST(Reader, IsNotFinishedBeforeTheLastBracketWasRead) {
  std::string scratch;
  Reader in("[1]", scratch);
  in.enter_array();
  in.read_int64();
  EXPECT_FALSE(in.finish().has_value());
}

TEST(Reader, LeavesANullThatIsNoneUnread) {
  std::string scratch;
  Reader in("[null,7]", scratch);
  in.enter_array();
  EXPECT_TRUE(in.read_null());
  EXPECT_FALSE(in.read_null());
  EXPECT_EQ(in.read_int64(), 7);
}

TEST(Reader, TellsHowFarItHasRead) {
  std::string scratch;
  Reader in("[ 12 ,3]", scratch);
  EXPECT_EQ(in.offset(), 0U);
  in.next();
  EXPECT_EQ(in.offset(), 1U);
  in.next();
  EXPECT_EQ(in.offset(), 4U);
}

TEST(Reader, TakesAViewOfNothing) {
  std::string scratch;
  Reader in(std::string_view(), scratch);
  EXPECT_EQ(in.next(), Token::kError);
  EXPECT_EQ(in.error().message, "expected a value at byte 0, the end of the text");
}

}  // namespace
}  // namespace thimble::json
