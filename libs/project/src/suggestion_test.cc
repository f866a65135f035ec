#include "suggestion.h"

#include <gtest/gtest.h>

#include "words.h"

namespace thimble::project::detail {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("memory", "memory"), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("memroy", "memory"), 1U);
  EXPECT_EQ(edit_distance("tiemout", "timeout"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);
}

TEST(Suggestion, NamesTheNearestWordOrAllIfNoneIsNear) {
  EXPECT_EQ(suggest("memroy", {"arch", "memory"}), "did you mean 'memory'?");
  EXPECT_EQ(suggest("colour", {"arch", "memory"}), "known are: arch, memory");
  EXPECT_EQ(suggest("x", {}), "there are none");
  EXPECT_EQ(suggest(std::string(100'000, 'm'), {"arch", "memory"}), "known are: arch, memory");
}

TEST(Words, AreSplitAtWhiteSpaceOutsideOfQuotes) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(split_words("").value(), Words{});
  EXPECT_EQ(split_words("  a \t b\n").value(), (Words{"a", "b"}));
  EXPECT_EQ(split_words("a 'b c' \"d e\"f").value(), (Words{"a", "b c", "d ef"}));
  EXPECT_EQ(split_words(R"(a\ b "c\"d" 'e\f' '')").value(), (Words{"a b", "c\"d", "e\\f", ""}));
  EXPECT_EQ(split_words("say 'it").error().message, "a ' has no end");
}

}  // namespace
}  // namespace thimble::project::detail
