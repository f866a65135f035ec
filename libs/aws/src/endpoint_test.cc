#include "thimble/aws/endpoint.h"

#include <gtest/gtest.h>

#include "fake_world.h"

namespace thimble::aws {
namespace {

class Endpoints : public FakeWorld {
 protected:
  std::string url(std::string_view service, std::string_view region) {
    const auto endpoint = endpoint_of(service, region, config());
    return endpoint ? endpoint->url : endpoint.error().message;
  }
};

TEST_F(Endpoints, AreInTheirRegionAndPartition) {
  EXPECT_EQ(url("ecr", "eu-west-1"), "https://api.ecr.eu-west-1.amazonaws.com");
  EXPECT_EQ(url("ecr", "cn-north-1"), "https://api.ecr.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(url("sts", "us-gov-west-1"), "https://sts.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(url("lambda", "us-east-1"), "https://lambda.us-east-1.amazonaws.com");
  EXPECT_EQ(url("sso", "eu-central-1"), "https://portal.sso.eu-central-1.amazonaws.com");
}

TEST_F(Endpoints, IamIsOneForAPartition) {
  const auto iam = endpoint_of("iam", "eu-west-1", config());
  ASSERT_TRUE(iam);
  EXPECT_EQ(iam->url, "https://iam.amazonaws.com");
  EXPECT_EQ(iam->signing_region, "us-east-1");
}

TEST_F(Endpoints, FipsAndDualStackAreAskedFor) {
  env.set("AWS_USE_FIPS_ENDPOINT", "true");
  EXPECT_EQ(url("ecr", "us-east-1"), "https://ecr-fips.us-east-1.amazonaws.com");
  EXPECT_EQ(url("lambda", "us-east-1"), "https://lambda-fips.us-east-1.amazonaws.com");
  env.erase("AWS_USE_FIPS_ENDPOINT");
  env.set("AWS_USE_DUALSTACK_ENDPOINT", "true");
  EXPECT_EQ(url("lambda", "us-east-1"), "https://lambda.us-east-1.api.aws");
}

TEST_F(Endpoints, MayBeConfigured) {
  env.set("AWS_ENDPOINT_URL_ECR", "http://localhost:4566/ecr/");
  EXPECT_EQ(url("ecr", "eu-west-1"), "http://localhost:4566/ecr");
  env.set("AWS_ENDPOINT_URL_ECR", "http://user:secret@localhost");
  EXPECT_EQ(url("ecr", "eu-west-1"),
            "the endpoint configured for 'ecr' is not an http: or https: URL; see "
            "AWS_ENDPOINT_URL_ECR, AWS_ENDPOINT_URL and endpoint_url");
}

TEST_F(Endpoints, ARegionCannotBeAHost) {
  for (const std::string region : {"", "evil.example/", "a b", "EU-WEST-1", "x@evil", "-a"}) {
    EXPECT_EQ(url("ecr", region), "'" + region + "' is not an AWS region, as 'eu-west-1' is");
  }
}

}  // namespace
}  // namespace thimble::aws
