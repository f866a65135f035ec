#include "thimble/ric/identity.h"

#include <gtest/gtest.h>

namespace thimble::ric {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(CognitoIdentity, IsRead) {
  const auto identity = parse_cognito_identity(
      R"({"cognitoIdentityPoolId":"pool","more":[1,{"a":2}],"cognitoIdentityId":"é"})");
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->identity_id, "é");
  EXPECT_EQ(identity->identity_pool_id, "pool");
}

TEST(CognitoIdentity, IsEmptyOfNothing) {
  EXPECT_EQ(parse_cognito_identity("")->identity_id, "");
  EXPECT_EQ(parse_cognito_identity("{}")->identity_id, "");
}

TEST(CognitoIdentity, IsRefused) {
  for (const std::string_view text : {"[]", "1", "{", "{\"a\":}", "{} {}", "null"}) {
    const auto identity = parse_cognito_identity(text);
    ASSERT_FALSE(identity) << text;
    EXPECT_TRUE(identity.error().message.starts_with("read the Cognito identity: "));
  }
}

TEST(ClientContext, IsRead) {
  const auto context = parse_client_context(
      R"({"client":{"installation_id":"i","app_title":"t","app_version_name":"n",)"
      R"("app_version_code":"c","app_package_name":"p","other":null},)"
      R"("custom":{"a":"b \"c\"","n":1,"o":{"x":[2]}},"env":{"locale":"de"},"services":{}})");
  ASSERT_TRUE(context) << context.error().message;
  EXPECT_EQ(context->client.installation_id, "i");
  EXPECT_EQ(context->client.app_title, "t");
  EXPECT_EQ(context->client.app_version_name, "n");
  EXPECT_EQ(context->client.app_version_code, "c");
  EXPECT_EQ(context->client.app_package_name, "p");
  EXPECT_EQ(context->custom, (Pairs{{"a", "b \"c\""}, {"n", "1"}, {"o", R"({"x":[2]})"}}));
  EXPECT_EQ(context->env, (Pairs{{"locale", "de"}}));
}

TEST(ClientContext, NullIsNothing) {
  const auto context = parse_client_context(R"({"client":null,"custom":null,"env":null})");
  ASSERT_TRUE(context) << context.error().message;
  EXPECT_EQ(context->custom, Pairs());
  EXPECT_EQ(parse_client_context("")->env, Pairs());
}

TEST(ClientContext, IsRefused) {
  for (const std::string_view text :
       {"[]", "{\"custom\":1}", "{\"client\":[]}", "{\"env\":\"x\"}", "{\"custom\":{\"a\"}}"}) {
    const auto context = parse_client_context(text);
    ASSERT_FALSE(context) << text;
    EXPECT_TRUE(context.error().message.starts_with("read the client context: "));
  }
}

}  // namespace
}  // namespace thimble::ric
