#include "thimble/project/ignore_rules.h"

#include <gtest/gtest.h>

namespace thimble::project {
namespace {

struct Row {
  std::string_view rules;
  std::string_view path;
  bool ignored;
};

// What Docker's own matcher answers for each.
constexpr Row kRows[] = {
    {"", "a", false},
    {"a", "a", true},
    {"a", "b", false},
    {"a", "a/b", true},
    {"a", "a/b/c", true},
    {"a", "b/a", false},
    {"a", "ab", false},
    {"a", "A", false},
    {"/a", "a", true},
    {"/a", "b/a", false},
    {"//a", "a", true},
    {"a/", "a", true},
    {"a/", "a/b", true},
    {"./a", "a", true},
    {"a//b", "a/b", true},
    {"a/./b", "a/b", true},
    {"a/../b", "b", true},
    {"../a", "a", false},
    {"/../a", "a", true},
    {"/", "a", false},
    {".", "a", false},
    {"a/b", "a", false},
    {"a/b", "a/b", true},
    {"a/b", "a/b/c", true},
    {"a/b", "x/a/b", false},
    {"*", "a", true},
    {"*", "a/b", true},
    {"*", ".hidden", true},
    {"*.o", "a.o", true},
    {"*.o", "a.oo", false},
    {"*.o", "b/a.o", false},
    {"*/*.o", "b/a.o", true},
    {"*/*.o", "a.o", false},
    {"*/*.o", "c/b/a.o", false},
    {"*/*.o", "b/a.o/x", true},
    {"a*b*c", "abc", true},
    {"a*b*c", "axxbxxc", true},
    {"a*b*c", "axxbxx", false},
    {"a*b", "a/b", false},
    {"?", "a", true},
    {"?", "ab", false},
    {"a?c", "a/c", false},
    {"a?c",
     "a\xC3\xA9"
     "c",
     true},
    {"**", "a", true},
    {"**", "a/b/c", true},
    {"**/a", "a", true},
    {"**/a", "x/a", true},
    {"**/a", "x/y/a", true},
    {"**/a", "xa", false},
    {"**/a", "x/a/b", true},
    {"**/*.pyc", "a.pyc", true},
    {"**/*.pyc", "x/y/a.pyc", true},
    {"**/*.pyc", "x/y/a.py", false},
    {"a/**", "a", false},
    {"a/**", "a/b", true},
    {"a/**", "a/b/c", true},
    {"a/**/", "a/b", true},
    {"a/**/b", "a/b", true},
    {"a/**/b", "a/x/b", true},
    {"a/**/b", "a/x/y/b", true},
    {"a/**/b", "a/xb", false},
    {"a/**/b", "ab", false},
    {"**a", "a", true},
    {"**a", "xa", true},
    {"**a", "x/ya", true},
    {"**a*", "xa", false},
    {"**a*", "x/ab", true},
    {"a**", "abc", true},
    {"a**", "a/b", true},
    {"a**c", "abc", false},
    {"a**c", "ab/c", true},
    {"**/**/a", "x/a", true},
    {"**/**", "a", true},
    {"[ab]", "a", true},
    {"[ab]", "c", false},
    {"[a-c]x", "bx", true},
    {"[a-c]x", "dx", false},
    {"[^a-c]x", "dx", true},
    {"[^a-c]x", "bx", false},
    {"[\\]]", "]", true},
    {"[\\-x]", "-", true},
    {"\\*", "*", true},
    {"\\*", "a", false},
    {"\\a", "a", true},
    {"a.b", "axb", false},
    {"a+b", "a+b", true},
    {"a+b", "aab", false},
    {"a(b", "a(b", true},
    {"{a,b}", "a", false},
    {"{a,b}", "{a,b}", true},
    {"a|b", "a", false},
    {"a$", "a$", true},
    {"# a", "# a", false},
    {" # a", "# a", true},
    {"#a\nb", "b", true},
    {"\n\n  a  \n", "a", true},
    {"a b", "a b", true},
    {"./ a", "a", true},
    {"* /", "b", true},
    {"a\r\nb\r\n", "a", true},
    {"a\r\nb\r\n", "b", true},
    {"\xEF\xBB\xBF"
     "a",
     "a", true},
    {"a\n!a", "a", false},
    {"!a\na", "a", true},
    {"a\n!a\na", "a", true},
    {"*\n!a", "a", false},
    {"*\n!a", "a/b", false},
    {"*\n!a", "b", true},
    {"*\n!a/b", "a/b", false},
    {"*\n!a/b", "a/c", true},
    {"*\n!a\na/b", "a/b", true},
    {"*\n!a\na/b", "a/c", false},
    {"a\n!a/b\n", "a/b/c", false},
    {"*.md\n!README*.md\nREADME-secret.md", "README.md", false},
    {"*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true},
    {"*.md\n!README*.md\nREADME-secret.md", "x.md", true},
    {"*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false},
    {"a\n! a", "a", false},
    {"a\n!/a", "a", false},
    {"**\n!**/*.py", "x/a.py", false},
    {"**\n!**/*.py", "x/a.pyc", true},
    {"node_modules\n!node_modules/keep", "node_modules/keep/index.js", false},
};

TEST(IgnoreRules, DecideAsDockerDoes) {
  for (const Row& row : kRows) {
    const auto rules = IgnoreRules::parse(row.rules);
    ASSERT_TRUE(rules) << row.rules << ": " << rules.error().message;
    EXPECT_EQ(rules->ignores(row.path), row.ignored) << "'" << row.rules << "' and " << row.path;
  }
}

TEST(IgnoreRules, KnowWhetherAnythingBelowAnIgnoredFolderMayBeWanted) {
  EXPECT_FALSE(IgnoreRules::parse("a")->has_exceptions());
  EXPECT_TRUE(IgnoreRules::parse("a\n!a/b")->has_exceptions());
}

TEST(IgnoreRules, RefuseWhatDockerRefusesAndNameTheLine) {
  for (const std::string_view bad : {"[", "[a", "[]", "[]a]", "[a-]", "[-a]", "[a-", "a\\", "!"}) {
    const auto rules = IgnoreRules::parse("fine\n" + std::string(bad) + "\n");
    ASSERT_FALSE(rules) << bad;
    EXPECT_TRUE(rules.error().message.starts_with(".dockerignore:2: '")) << rules.error().message;
  }
}

TEST(IgnoreRules, ManyStarsTakeNoTime) {
  std::string rules;
  for (int i = 0; i < 200; ++i) rules += "**/*a";
  const auto parsed = IgnoreRules::parse(rules + "b");
  EXPECT_FALSE(parsed->ignores(std::string(2000, 'a')));
}

}  // namespace
}  // namespace thimble::project
