#include "words.h"

#include <gtest/gtest.h>

namespace thimble::aws {
namespace {

using Words = std::vector<std::string>;

TEST(Words, AreSplitAsAShellSplitsThem) {
  EXPECT_EQ(split_words("/opt/tool --profile  dev\t"), (Words{"/opt/tool", "--profile", "dev"}));
  EXPECT_EQ(split_words(R"("a b" 'c "d' e\ f g"h"'i' "")"),
            (Words{"a b", "c \"d", "e f", "ghi", ""}));
  EXPECT_EQ(split_words(R"("\"\\\n" '\n' \')"), (Words{R"("\\n)", R"(\n)", "'"}));
  EXPECT_EQ(split_words("$HOME `x` ; *"), (Words{"$HOME", "`x`", ";", "*"}));
  EXPECT_EQ(split_words("  "), Words());
}

TEST(Words, AQuoteMustBeClosed) {
  EXPECT_FALSE(split_words("a \"b"));
  EXPECT_FALSE(split_words("a 'b"));
}

}  // namespace
}  // namespace thimble::aws
