#include <thimble/events/api_gateway_v1.h>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(ApiGatewayV1, ReadsARequest) {
  const auto event = read_fixture<ApiGatewayV1Request>("api_gateway/v1_request_fixture.json");
  EXPECT_EQ(event.version, "1.0");
  EXPECT_EQ(event.resource, "/items/{id}");
  EXPECT_EQ(event.path, "/items/7/8");
  EXPECT_EQ(event.http_method, "PUT");
  EXPECT_EQ(event.headers, (Headers{{"Accept", "text/html"}, {"Content-Type", "text/plain"}}));
  EXPECT_EQ(event.multi_value_headers, (MultiValueHeaders{{"Accept", {"text/plain", "text/html"}},
                                                          {"Content-Type", {"text/plain"}}}));
  EXPECT_EQ(event.query_string_parameters, (StringMap{{"tag", "b"}}));
  EXPECT_EQ(event.multi_value_query_string_parameters, (StringsMap{{"tag", {"a", "b"}}}));
  EXPECT_EQ(event.path_parameters, (StringMap{{"id", "7/8"}}));
  EXPECT_EQ(event.stage_variables, (StringMap{{"table", "items"}}));
  const auto& context = event.request_context;
  EXPECT_EQ(context.account_id, "111122223333");
  EXPECT_EQ(context.api_id, "a1b2c3d4e5");
  EXPECT_EQ(compact(context.authorizer.text),
            R"({"principalId":"till","integrationLatency":12,"tenant":"blue"})");
  EXPECT_EQ(context.deployment_id, "dep017");
  EXPECT_EQ(context.domain_name, "api.example.com");
  EXPECT_EQ(context.domain_prefix, "api");
  EXPECT_EQ(context.extended_request_id, "JKJaXmPLvHcESHA=");
  EXPECT_EQ(context.http_method, "PUT");
  const auto& identity = context.identity;
  EXPECT_EQ(identity.access_key, "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(identity.account_id, "111122223333");
  EXPECT_EQ(identity.api_key, "key-17");
  EXPECT_EQ(identity.api_key_id, "keyid-17");
  EXPECT_EQ(identity.caller, "AIDACKCEVSQ6C2EXAMPLE");
  ASSERT_TRUE(identity.client_cert);
  EXPECT_EQ(identity.client_cert->client_cert_pem,
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  EXPECT_EQ(identity.client_cert->subject_dn, "CN=till.example.com,O=Corner Shop");
  EXPECT_EQ(identity.client_cert->issuer_dn, "CN=Corner Shop CA");
  EXPECT_EQ(identity.client_cert->serial_number, "0a:1b:2c");
  EXPECT_EQ(identity.client_cert->validity.not_before, "May 28 12:30:02 2025 GMT");
  EXPECT_EQ(identity.client_cert->validity.not_after, "Aug  5 09:36:04 2035 GMT");
  EXPECT_EQ(identity.cognito_authentication_provider,
            "cognito-idp.eu-central-1.amazonaws.com/pool");
  EXPECT_EQ(identity.cognito_authentication_type, "authenticated");
  EXPECT_EQ(identity.cognito_identity_id, "eu-central-1:17");
  EXPECT_EQ(identity.cognito_identity_pool_id, "eu-central-1:18");
  EXPECT_EQ(identity.principal_org_id, "o-17example");
  EXPECT_EQ(identity.source_ip, "203.0.113.9");
  EXPECT_EQ(identity.user, "AIDACOSFODNN7EXAMPLE2");
  EXPECT_EQ(identity.user_agent, "Mozilla/5.0");
  EXPECT_EQ(identity.user_arn, "arn:aws:iam::111122223333:user/till");
  EXPECT_EQ(identity.vpc_id, "vpc-0a1b2c3d");
  EXPECT_EQ(identity.vpce_id, "vpce-0a1b2c3d");
  EXPECT_EQ(context.operation_name, "PutItem");
  EXPECT_EQ(context.path, "/live/items/7%2F8");
  EXPECT_EQ(context.protocol, "HTTP/2.0");
  EXPECT_EQ(context.request_id, "7d5b0b2e-6f3a-4c1c-9b39-1a2b3c4d5e6f");
  EXPECT_EQ(context.request_time, "04/Mar/2025:01:02:03 +0000");
  EXPECT_EQ(context.request_time_epoch, 1741050123456);
  EXPECT_EQ(context.resource_id, "res017");
  EXPECT_EQ(context.resource_path, "/items/{id}");
  EXPECT_EQ(context.stage, "live");
  EXPECT_EQ(event.body, "naïve");
  EXPECT_FALSE(event.is_base64_encoded);
}

TEST(ApiGatewayV1, ReadsAResponse) {
  const auto event = read_fixture<ApiGatewayV1Response>("api_gateway/v1_response_fixture.json");
  EXPECT_EQ(event.status_code, 404);
  EXPECT_EQ(event.headers, (Headers{{"Content-Type", "application/json"}}));
  EXPECT_EQ(event.multi_value_headers, (MultiValueHeaders{{"Set-Cookie", {"a=1", "b=2"}}}));
  EXPECT_EQ(event.body, R"({"message":"no such item"})");
  EXPECT_FALSE(event.is_base64_encoded);
}

TEST(ApiGatewayV1, ReadsTheNullsOfARequestWithoutAnything) {
  const auto event = ApiGatewayV1Request::from_json(
      R"({"resource":"/","path":"/","httpMethod":"GET","headers":null,"multiValueHeaders":null,)"
      R"("queryStringParameters":null,"multiValueQueryStringParameters":null,"pathParameters":null,)"
      R"("stageVariables":null,"requestContext":{"authorizer":null,"identity":{"user":null}},)"
      R"("body":null,"isBase64Encoded":false})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->http_method, "GET");
  EXPECT_TRUE(event->headers.empty());
  EXPECT_EQ(event->body, "");
  EXPECT_EQ(event->request_context.authorizer.text, "null");
}

TEST(ApiGatewayV1, FindsHeadersInAnyCase) {
  const auto event = read_fixture<ApiGatewayV1Request>("api_gateway/v1_request_fixture.json");
  EXPECT_EQ(event.headers.get("accept"), "text/html");
  ASSERT_TRUE(event.multi_value_headers.contains("accept"));
  EXPECT_EQ(event.multi_value_headers.find("accept")->size(), 2U);
}

}  // namespace
}  // namespace thimble::events
