#include "thimble/aws/config.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "fake_world.h"

namespace thimble::aws {
namespace {

class ConfigFiles : public FakeWorld {};

TEST_F(ConfigFiles, NoneNeedExist) {
  const Config none = config();
  EXPECT_EQ(none.profile(), "default");
  EXPECT_EQ(none.region(), std::nullopt);
  EXPECT_EQ(none.endpoint_url("ECR"), std::nullopt);
}

TEST_F(ConfigFiles, CredentialsBeatConfig) {
  write(".aws/config",
        "[default]\nregion = a\noutput = x\n[profile dev]\nregion = b\n[dev]\nregion = no\n");
  write(".aws/credentials", "[dev]\noutput = y\n[default]\noutput = z\n");
  const Config both = config();
  EXPECT_EQ(both.find("default", "region"), "a");
  EXPECT_EQ(both.find("default", "output"), "z");
  EXPECT_EQ(both.find("dev", "region"), "b");
  EXPECT_EQ(both.find("dev", "output"), "y");
  EXPECT_EQ(both.find("dev", "other"), std::nullopt);
}

TEST_F(ConfigFiles, AreWhereTheVariablesSay) {
  write("elsewhere", "[default]\nregion = a\n");
  write("keys", "[default]\naws_access_key_id = k\n");
  env.set("AWS_CONFIG_FILE", "~/elsewhere");
  env.set("AWS_SHARED_CREDENTIALS_FILE", (home / "keys").string());
  EXPECT_EQ(config().region(), "a");
  EXPECT_EQ(config().find("default", "aws_access_key_id"), "k");
}

TEST_F(ConfigFiles, AProfileThatIsNamedMustBeThere) {
  write(".aws/config", "[profile dev]\nregion = b\n");
  env.set("AWS_PROFILE", "dve");
  const auto refused = Config::load(env);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(refused.error().message, "the AWS profile 'dve' is not in '" +
                                         (home / ".aws/config").string() +
                                         "': `aws configure --profile dve` makes it");
  EXPECT_EQ(config({.profile = "dev"}).region(), "b");
  EXPECT_EQ(config({.profile = "default"}).region(), std::nullopt);
}

TEST_F(ConfigFiles, ABrokenOneIsNamedWithItsLine) {
  write(".aws/credentials", "[default]\naws_secret_access_key\n");
  const auto refused = Config::load(env);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "'" + (home / ".aws/credentials").string() + "': line 2 is not 'name = value'");
}

TEST_F(ConfigFiles, TheRegionIsTheFlagsThenTheVariablesThenTheProfiles) {
  write(".aws/config", "[default]\nregion = e\n");
  EXPECT_EQ(config().region(), "e");
  env.set("AWS_DEFAULT_REGION", "d");
  EXPECT_EQ(config().region(), "d");
  env.set("AWS_REGION", "c");
  EXPECT_EQ(config().region(), "c");
  EXPECT_EQ(config({.region = "b"}).region(), "b");
}

TEST_F(ConfigFiles, EndpointsAreOfOneServiceOrOfAll) {
  write(".aws/config",
        "[default]\nservices = local\nendpoint_url = http://d\n"
        "[services local]\necr =\n  endpoint_url = http://c\nsts =\n  other = x\n");
  EXPECT_EQ(config().endpoint_url("ECR"), "http://c");
  EXPECT_EQ(config().endpoint_url("STS"), "http://d");
  env.set("AWS_ENDPOINT_URL", "http://b");
  EXPECT_EQ(config().endpoint_url("ECR"), "http://b");
  env.set("AWS_ENDPOINT_URL_ECR", "http://a");
  EXPECT_EQ(config().endpoint_url("ECR"), "http://a");
  EXPECT_EQ(config().endpoint_url("STS"), "http://b");
  EXPECT_EQ(config().endpoint_urls(),
            (std::vector<std::string>{"http://b", "http://a", "http://c", "http://d"}));
  env.set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True");
  EXPECT_EQ(config().endpoint_url("ECR"), std::nullopt);
}

TEST_F(ConfigFiles, AClientMaySpeakPlainlyToWhatIsConfigured) {
  env.set("AWS_ENDPOINT_URL_ECR", "http://localstack:4566");
  env.set("AWS_ENDPOINT_URL_STS", "https://sts.example.com");
  env.set("AWS_CA_BUNDLE", "/etc/corp.pem");
  const auto options = client_options(config());
  EXPECT_EQ(options.ca_file, "/etc/corp.pem");
  EXPECT_NE(std::ranges::find(options.plain_http_hosts, "localstack:4566"),
            options.plain_http_hosts.end());
  EXPECT_EQ(std::ranges::find(options.plain_http_hosts, "sts.example.com:443"),
            options.plain_http_hosts.end());
}

}  // namespace
}  // namespace thimble::aws
