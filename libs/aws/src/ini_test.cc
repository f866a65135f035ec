#include "ini.h"

#include <gtest/gtest.h>

namespace thimble::aws {
namespace {

Ini parsed(std::string_view text) {
  auto ini = parse_ini(text);
  EXPECT_TRUE(ini) << ini.error().message;
  return ini.value_or(Ini());
}

TEST(IniFile, ReadsSectionsAndProperties) {
  const Ini ini = parsed(
      "# comment\n"
      "[default]\r\n"
      "Region = eu-west-1\r\n"
      "; comment = no\n"
      "output=json # no comment\n"
      "url : http://h:80/?a=b\n"
      "\n"
      "[profile dev] # not a name\n"
      "empty =\n");
  EXPECT_EQ(ini.at("default").at("region"), "eu-west-1");
  EXPECT_EQ(ini.at("default").at("output"), "json # no comment");
  EXPECT_EQ(ini.at("default").at("url"), "http://h:80/?a=b");
  EXPECT_EQ(ini.at("default").size(), 3U);
  EXPECT_EQ(ini.at("profile dev").at("empty"), "");
}

TEST(IniFile, IndentedLinesGoOnWithAValue) {
  const Ini ini =
      parsed("[services local]\necr =\n  endpoint_url = http://h:1\n  # no\n  x = y\na = b\n");
  const std::string& ecr = ini.at("services local").at("ecr");
  EXPECT_EQ(ecr, "\nendpoint_url = http://h:1\nx = y");
  EXPECT_EQ(nested_property(ecr, "endpoint_url"), "http://h:1");
  EXPECT_EQ(nested_property(ecr, "region"), std::nullopt);
  EXPECT_EQ(ini.at("services local").at("a"), "b");
}

TEST(IniFile, PropertiesThatAreAllIndentedAreProperties) {
  const Ini ini = parsed("[a]\n  one = 1\n  two = 2\n[b]\nthree = 3\n");
  EXPECT_EQ(ini.at("a").at("one"), "1");
  EXPECT_EQ(ini.at("a").at("two"), "2");
}

TEST(IniFile, OfDuplicatesTheLastCounts) {
  const Ini ini = parsed("\xEF\xBB\xBF[a]\nx = 1\nx = 2\n[b]\n[a]\ny = 3\n");
  EXPECT_EQ(ini.at("a").at("x"), "2");
  EXPECT_EQ(ini.at("a").at("y"), "3");
}

TEST(IniFile, AnErrorNamesTheLineAndNotWhatIsInIt) {
  for (const std::string_view text : {"[a]\n\nsecret\n", "#\n\nsecret = 1\n", "[a]\n\n[secret\n",
                                      "[a]\n\n= secret\n", "[a]\n\n[]secret\n"}) {
    const auto refused = parse_ini(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_TRUE(refused.error().message.starts_with("line 3 is ")) << refused.error().message;
    EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
  }
}

TEST(IniFile, NamesOfSectionsMayBeQuoted) {
  EXPECT_EQ(named_section("profile dev", "profile"), "dev");
  EXPECT_EQ(named_section("profile \t \"my dev\"", "profile"), "my dev");
  EXPECT_EQ(named_section("sso-session corp", "sso-session"), "corp");
  for (const std::string_view other :
       {"profile", "profiles dev", "dev", "profile my dev", "profile \"\""}) {
    EXPECT_EQ(named_section(other, "profile"), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace thimble::aws
