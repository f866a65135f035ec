#include "invoke/function_reference.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

// NAME|QUALIFIER, or the error's message.
std::string parse(std::string_view path, std::string_view query = {}) {
  const auto reference = parse_function_reference(path, query);
  return reference ? reference->name + "|" + reference->qualifier : reference.error().message;
}

constexpr const char* kMismatch =
    "The derived qualifier from the function name does not match the specified qualifier.";
constexpr const char* kBadQualifier = "The qualifier must satisfy (|[a-zA-Z0-9$_-]+)";

TEST(FunctionReference, IsANameWithOrWithoutAQualifier) {
  EXPECT_EQ(parse("hello"), "hello|");
  EXPECT_EQ(parse("hello:7"), "hello|7");
  EXPECT_EQ(parse("hello:$LATEST"), "hello|$LATEST");
  EXPECT_EQ(parse("hello:"), "hello|");
}

TEST(FunctionReference, IsAnArnOrAPartOfOne) {
  EXPECT_EQ(parse("arn:aws:lambda:eu-west-1:123456789012:function:hello"), "hello|");
  EXPECT_EQ(parse("arn:aws:lambda:eu-west-1:123456789012:function:hello:PROD"), "hello|PROD");
  EXPECT_EQ(parse("arn:aws-cn:lambda:cn-north-1:1:function:hello:1"), "hello|1");
  EXPECT_EQ(parse("123456789012:function:hello"), "hello|");
  EXPECT_EQ(parse("123456789012:function:hello:PROD"), "hello|PROD");
}

TEST(FunctionReference, IsDecoded) {
  EXPECT_EQ(parse("hello%3APROD"), "hello|PROD");
  EXPECT_EQ(parse("hello%3a%24LATEST"), "hello|$LATEST");
  EXPECT_EQ(parse("arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Ahello%3APROD"), "hello|PROD");
  EXPECT_EQ(parse("%zz%4"), "%zz%4|");
  EXPECT_EQ(parse("hello", "Qualifier=%24LATEST"), "hello|$LATEST");
}

TEST(FunctionReference, TakesItsQualifierFromTheQuery) {
  EXPECT_EQ(parse("hello", "Qualifier=PROD"), "hello|PROD");
  EXPECT_EQ(parse("hello", "a=b&Qualifier=7&c"), "hello|7");
  EXPECT_EQ(parse("hello", "Qualifier="), "hello|");
  EXPECT_EQ(parse("hello", "Qualifier"), "hello|");
  EXPECT_EQ(parse("hello", "qualifier=7&XQualifier=8"), "hello|");
  EXPECT_EQ(parse("hello:7", "Qualifier="), "hello|7");
}

TEST(FunctionReference, MayHaveTheSameQualifierTwiceButNotTwoQualifiers) {
  EXPECT_EQ(parse("hello:7", "Qualifier=7"), "hello|7");
  EXPECT_EQ(parse("hello:7", "Qualifier=8"), kMismatch);
  EXPECT_EQ(parse("1:function:hello:PROD", "Qualifier=prod"), kMismatch);
}

TEST(FunctionReference, HasAQualifierOfLettersAndFewSigns) {
  EXPECT_EQ(parse("hello:a.b"), kBadQualifier);
  EXPECT_EQ(parse("hello", "Qualifier=a%0d%0aX:1"), kBadQualifier);
  EXPECT_EQ(parse("hello", "Qualifier=a%00"), kBadQualifier);
  EXPECT_EQ(parse("hello", "Qualifier=" + std::string(129, 'a')), kBadQualifier);
  EXPECT_EQ(parse("hello", "Qualifier=" + std::string(128, 'a')), "hello|" + std::string(128, 'a'));
}

TEST(FunctionReference, HasNoMoreParts) {
  EXPECT_FALSE(parse_function_reference("a:b:c", "").has_value());
  EXPECT_FALSE(parse_function_reference("1:function:a:b:c", "").has_value());
}

}  // namespace
}  // namespace thimble::emulator
