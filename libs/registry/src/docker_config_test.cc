#include "docker_config.h"

#include <gtest/gtest.h>

namespace thimble::registry {
namespace {

DockerConfig parsed(std::string_view text) {
  auto config = DockerConfig::parse(text);
  EXPECT_TRUE(config) << config.error().message;
  return std::move(config).value_or(DockerConfig());
}

std::string user(const DockerConfig& config, const std::string& registry,
                 const std::string& repository = "team/app") {
  const auto found = config.find(registry, repository);
  return found ? found->username : "nobody";
}

TEST(DockerConfig, DecodesANameAndAPassword) {
  const DockerConfig config = parsed(R"({"auths": {"host:5000": {"auth": "bWU6YTpi"}}})");
  const auto found = config.find("host:5000", "x");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->username, "me");
  EXPECT_EQ(found->password, "a:b");
  EXPECT_EQ(user(config, "host"), "nobody");
}

TEST(DockerConfig, KnowsOldAndNewNamesOfARegistry) {
  for (const char* key : {"host", "https://host", "https://host/v1/", "http://host/v2/", "host/"}) {
    const std::string text = R"({"auths": {")" + std::string(key) + R"(": {"username": "me"}}})";
    EXPECT_EQ(user(parsed(text), "host"), "me") << key;
  }
  for (const char* key : {"https://index.docker.io/v1/", "docker.io", "registry-1.docker.io"}) {
    const std::string text = R"({"auths": {")" + std::string(key) + R"(": {"username": "me"}}})";
    EXPECT_EQ(user(parsed(text), "docker.io"), "me") << key;
  }
}

TEST(DockerConfig, PrefersTheFolderThatIsNearest) {
  const DockerConfig config = parsed(
      R"({"auths": {"host": {"username": "a"}, "host/team": {"username": "b"},
                    "host/team/app": {"username": "c"}, "host/tea": {"username": "d"}}})");
  EXPECT_EQ(user(config, "host", "team/app"), "c");
  EXPECT_EQ(user(config, "host", "team/other"), "b");
  EXPECT_EQ(user(config, "host", "teams"), "a");
}

TEST(DockerConfig, KnowsAKeyWithThePathThatDockerOncePutBehind) {
  for (const char* key : {"host:5000/v1/", "host:5000/v1", "host:5000/v2/"}) {
    const std::string text = R"({"auths": {")" + std::string(key) + R"(": {"username": "me"}}})";
    EXPECT_EQ(user(parsed(text), "host:5000", "team/app"), "me") << key;
    EXPECT_EQ(user(parsed(text), "host"), "nobody") << key;
  }
  EXPECT_EQ(user(parsed(R"({"auths": {"index.docker.io/v1/": {"username": "me"}}})"), "docker.io"),
            "me");
  EXPECT_EQ(user(parsed(R"({"auths": {"host/v3": {"username": "me"}}})"), "host"), "nobody");
  // A folder of that name is more than that.
  const DockerConfig config =
      parsed(R"({"auths": {"host": {"username": "a"}, "host/v1": {"username": "b"}}})");
  EXPECT_EQ(user(config, "host", "v1/app"), "b");
  EXPECT_EQ(user(config, "host", "team/app"), "a");
}

TEST(DockerConfig, TakesAnEmptyFileForOneThatSaysNothing) {
  for (const char* text : {"", " \r\n\t\n", "{}"}) {
    const auto config = DockerConfig::parse(text);
    ASSERT_TRUE(config) << text;
    EXPECT_EQ(config->find("host", "app"), std::nullopt);
  }
}

TEST(DockerConfig, IgnoresEntriesThatSayNothing) {
  const DockerConfig config = parsed(R"({"auths": {"host": {}, "other": {"auth": null}},
                                         "credsStore": null, "HttpHeaders": {"a": "b"}})");
  EXPECT_EQ(user(config, "host"), "nobody");
  EXPECT_EQ(config.helper_for("host"), std::nullopt);
}

TEST(DockerConfig, PrefersTheHelperOfTheRegistry) {
  const DockerConfig config =
      parsed(R"({"credsStore": "all", "credHelpers": {"host": "one", "https://o/v1/": "two"}})");
  EXPECT_EQ(config.helper_for("host"), "one");
  EXPECT_EQ(config.helper_for("o"), "two");
  EXPECT_EQ(config.helper_for("other"), "all");
}

TEST(DockerConfig, RefusesWhatCannotBeRead) {
  for (const char* text : {"x", "[]", "{", R"({"auths": []})", R"({"auths": {"h": {"auth": "!"}}})",
                           R"({"auths": {"h": {"auth": "bWU="}}})", R"({"credsStore": 1})"}) {
    EXPECT_FALSE(DockerConfig::parse(text)) << text;
  }
}

}  // namespace
}  // namespace thimble::registry
