#include <thimble/json/path.h>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble::json {
namespace {

// The way to where `mark` first stands in `text`.
std::string path_to(std::string_view text, std::string_view mark) {
  return path_at(text, text.find(mark));
}

// The way to what a reader that reads all of `text` refuses.
std::string refused(std::string_view text) {
  std::string scratch;
  Reader in(text, scratch);
  while (in.next() != Token::kError) {
  }
  return path_at(text, in.offset());
}

TEST(Path, NamesMembersAndElements) {
  const std::string_view text = R"({"a":{"b":[1, {"c" : 22}, 333]},"d":4444})";
  EXPECT_EQ(path_to(text, "{"), "");
  EXPECT_EQ(path_to(text, R"({"b)"), "a");
  EXPECT_EQ(path_to(text, "["), "a.b");
  EXPECT_EQ(path_to(text, "1"), "a.b[0]");
  EXPECT_EQ(path_to(text, R"({"c)"), "a.b[1]");
  EXPECT_EQ(path_to(text, "22"), "a.b[1].c");
  EXPECT_EQ(path_to(text, "333"), "a.b[2]");
  EXPECT_EQ(path_to(text, "4444"), "d");
}

TEST(Path, NamesTheValueWhoseMiddleItIs) {
  EXPECT_EQ(path_at(R"(["abc","def"])", 3), "[0]");
  EXPECT_EQ(path_at(R"(["abc","def"])", 9), "[1]");
}

TEST(Path, NamesWhatHoldsTheValueItIsBehind) {
  const std::string_view text = R"({"a":[1  ,2]  })";
  EXPECT_EQ(path_at(text, text.find("  ,")), "a");
  EXPECT_EQ(path_at(text, text.find("  }")), "");
  EXPECT_EQ(path_at(text, text.size()), "");
}

TEST(Path, IsEmptyForTheOutermostValue) {
  EXPECT_EQ(path_at("", 0), "");
  EXPECT_EQ(path_at("17", 1), "");
  EXPECT_EQ(path_at("{}", 1), "");
  EXPECT_EQ(path_at("[]", 1), "");
  EXPECT_EQ(path_at("[]", 99), "");
}

TEST(Path, QuotesKeysThatAreNoPlainWords) {
  EXPECT_EQ(path_to(R"({"detail-type":1})", "1"), "detail-type");
  EXPECT_EQ(path_to(R"({"a b":{"":[1]}})", "1"), R"(["a b"][""][0])");
  EXPECT_EQ(path_to(R"({"x":{"a\"b":1}})", "1"), R"(x["a\"b"])");
}

TEST(Path, CutsLongKeysBetweenCharacters) {
  const std::string word(100, 'k');
  EXPECT_EQ(path_to("{\"" + word + "\":1}", "1"), word.substr(0, 64) + "...");
  const std::string odd = std::string(63, 'k') + "\xC3\xA9" + word;
  EXPECT_EQ(path_to("{\"" + odd + "\":1}", "1"), "[\"" + word.substr(0, 63) + "...\"]");
}

TEST(Path, NamesWhatIsNoJson) {
  EXPECT_EQ(refused(R"({"a":[1,tru]})"), "a[1]");
  EXPECT_EQ(refused(R"({"a":[1,)"), "a[1]");
  EXPECT_EQ(refused(R"({"a":[)"), "a[0]");
  EXPECT_EQ(refused(R"({"a":[1,]})"), "a");
  EXPECT_EQ(refused(R"({"a":[1 2]})"), "a");
  EXPECT_EQ(refused(R"({"a":})"), "a");
  EXPECT_EQ(refused(R"({"a":{"b":"\x"}})"), "a.b");
  EXPECT_EQ(refused(R"({"a":{"b":1,2}})"), "a");
  EXPECT_EQ(refused(R"({"a":{"b":1 "c"}})"), "a");
  EXPECT_EQ(refused("{} x"), "");
}

TEST(Path, StopsWhereTheReaderWouldBeTooDeep) {
  const std::string deep(200, '[');
  EXPECT_EQ(path_at(deep, 2, {.max_depth = 2}), "[0][0]");
  EXPECT_EQ(path_at(deep, 200, {.max_depth = 2}), "[0][0]");
}

}  // namespace
}  // namespace thimble::json
