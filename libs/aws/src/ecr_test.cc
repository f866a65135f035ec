#include "thimble/aws/ecr.h"

#include <gtest/gtest.h>

#include <thimble/base/base64.h>

#include "fake_world.h"

namespace thimble::aws {
namespace {

TEST(EcrHost, SaysItsAccountAndRegion) {
  const auto host = EcrHost::parse("123456789012.dkr.ecr.eu-west-1.amazonaws.com");
  ASSERT_TRUE(host);
  EXPECT_EQ(host->account, "123456789012");
  EXPECT_EQ(host->region, "eu-west-1");
  EXPECT_FALSE(host->is_fips);
  EXPECT_EQ(EcrHost::parse("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn")->region,
            "cn-north-1");
  EXPECT_TRUE(EcrHost::parse("123456789012.DKR.ecr-fips.us-gov-west-1.amazonaws.com")->is_fips);
  EXPECT_EQ(EcrHost::parse("123456789012.dkr-ecr.us-west-2.on.aws")->region, "us-west-2");
  EXPECT_TRUE(EcrHost::parse("123456789012.dkr-ecr-fips.us-west-2.on.aws")->is_fips);
}

TEST(EcrHost, IsNothingElse) {
  for (const std::string_view other :
       {"", "docker.io", "public.ecr.aws", "12345678901.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com:443",
        "123456789012.dkr.ecr.eu-west-1.evil.com",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.com",
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.cn", "123456789012.dkr.ecr..amazonaws.com",
        "123456789012.dkr.ecr.eu/west.amazonaws.com",
        "123456789012.dkr-ecr.us-west-2.amazonaws.com",
        "a.123456789012.dkr.ecr.eu-west-1.amazonaws.com", "123456789012.dkr.ecr.eu-west-1"}) {
    EXPECT_FALSE(EcrHost::parse(other)) << other;
  }
}

class Ecr : public FakeWorld {
 protected:
  Ecr() {
    env.set("AWS_ACCESS_KEY_ID", "id");
    env.set("AWS_SECRET_ACCESS_KEY", "s");
  }
  const EcrHost kHost = {.account = "123456789012", .region = "eu-west-1"};
};

TEST_F(Ecr, ALoginIsOfTheRegistrysRegion) {
  answer(200, R"({"authorizationData": [{"authorizationToken": ")" +
                  base64_encode("AWS:pass:word") +
                  R"(", "expiresAt": 1.440938165123E9, "proxyEndpoint": "https://x"}]})");
  auto asked = session();
  const auto login = ecr_login(asked, kHost);
  ASSERT_TRUE(login) << login.error().message;
  EXPECT_EQ(login->user, "AWS");
  EXPECT_EQ(login->password, "pass:word");
  EXPECT_EQ(login->expires, WallTime(Seconds(1440938165)));
  EXPECT_EQ(requests.at(0).url, "https://api.ecr.eu-west-1.amazonaws.com/");
  EXPECT_EQ(header(requests.at(0), "X-Amz-Target"),
            "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken");
  EXPECT_EQ(body(requests.at(0)), "{}");
}

TEST_F(Ecr, AnAnswerWithoutALoginIsAnError) {
  for (const std::string text :
       {"", "{}", R"({"authorizationData": []})", R"({"authorizationData": [{}]})",
        R"({"authorizationData": [{"authorizationToken": "!"}]})",
        R"({"authorizationData": [{"authorizationToken": "QVdTOg=="}]})",
        R"({"authorizationData": {"authorizationToken": "QVdTOng="}})"}) {
    answers.clear();
    requests.clear();
    answer(200, text);
    auto asked = session();
    const auto login = ecr_login(asked, kHost);
    ASSERT_FALSE(login) << text;
    EXPECT_TRUE(login.error().message.starts_with("ecr GetAuthorizationToken: ")) << text;
  }
}

TEST_F(Ecr, ARepositoryIsMadeUnlessItIsThere) {
  answer(200, R"({"repository": {}})");
  answer(400, R"({"__type": "RepositoryAlreadyExistsException", "message": "x"})");
  answer(400, R"({"__type": "AccessDeniedException", "message": "no"})");
  auto asked = session();
  EXPECT_EQ(create_repository(asked, kHost, "team/hello"), true);
  EXPECT_EQ(body(requests.at(0)), R"({"registryId":"123456789012","repositoryName":"team/hello"})");
  EXPECT_EQ(create_repository(asked, kHost, "team/hello"), false);
  EXPECT_EQ(create_repository(asked, kHost, "team/hello").error().message,
            "ecr CreateRepository: AccessDeniedException: no");
}

}  // namespace
}  // namespace thimble::aws
