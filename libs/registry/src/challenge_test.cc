#include "thimble/registry/challenge.h"

#include <gtest/gtest.h>

namespace thimble::registry {
namespace {

std::string shown(std::string_view header) {
  const auto all = parse_challenges(header);
  if (!all) return "error: " + all.error().message;
  std::string out;
  for (const Challenge& challenge : *all) {
    out += "[" + challenge.scheme + challenge.token68;
    for (const auto& [name, value] : challenge.parameters) out += " " + name + "=<" + value + ">";
    out += "]";
  }
  return out;
}

TEST(Challenge, OfARegistryIsRead) {
  const auto all = parse_challenges(
      R"(Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push")");
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().scheme, "bearer");
  EXPECT_EQ(all->front().find("realm"), "https://auth.example/token");
  EXPECT_EQ(all->front().find("scope"), "repository:a/b:pull,push");
  EXPECT_EQ(all->front().find("error"), std::nullopt);
}

TEST(Challenge, TakesWhatTheGrammarAllows) {
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown(" , ,"), "");
  EXPECT_EQ(shown("Basic"), "[basic]");
  EXPECT_EQ(shown("Basic realm=simple"), "[basic realm=<simple>]");
  EXPECT_EQ(shown("BASIC Realm = \"a \\\"b\\\" \\\\c\""), "[basic realm=<a \"b\" \\c>]");
  EXPECT_EQ(shown("Negotiate YWJj+/-._~=="), "[negotiateYWJj+/-._~==]");
  EXPECT_EQ(shown("Basic realm=\"a\", , Bearer realm=\"b\" , service=c"),
            "[basic realm=<a>][bearer realm=<b> service=<c>]");
  EXPECT_EQ(shown("Negotiate, Basic realm=\"\""), "[negotiate][basic realm=<>]");
  EXPECT_EQ(shown("Digest a=\"1,2\", b=3, Basic"), "[digest a=<1,2> b=<3>][basic]");
  EXPECT_EQ(shown("Basic realm=, Digest"), "[basicrealm=][digest]");
  EXPECT_EQ(shown("Scheme a=b=,"), "error: WWW-Authenticate: expected a parameter at byte 7");
}

TEST(Challenge, RefusesTheRest) {
  for (const char* header : {"=", "\"Basic\"", "Basic realm=\"open", "Basic realm=\"open\\",
                             "Basic realm=\"a\" service=b", "Basic realm=\"a\"b", "Basic @",
                             "Basic realm=\"a\", realm=\"b\"", "Basic realm=\"a\r\nX: b\"",
                             "Basic realm=\"\x01\"", "Basic realm=a, b c d", "Basic/"}) {
    EXPECT_FALSE(parse_challenges(header)) << header;
  }
  EXPECT_FALSE(parse_challenges("Basic realm=\"" + std::string(9000, 'a') + "\""));
}

}  // namespace
}  // namespace thimble::registry
