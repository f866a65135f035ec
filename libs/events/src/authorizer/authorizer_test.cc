#include <thimble/events/authorizer.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(Authorizer, ReadsARequestWithAToken) {
  const auto event = read_fixture<TokenAuthorizerRequest>("authorizer/token_request_fixture.json");
  EXPECT_EQ(event.type, "TOKEN");
  EXPECT_EQ(event.authorization_token, "Bearer tökén");
  EXPECT_EQ(event.method_arn,
            "arn:aws:execute-api:eu-central-1:111122223333:a1b2c3d4e5/live/PUT/items/7");
}

TEST(Authorizer, ReadsARequestOfARestApi) {
  const auto event =
      read_fixture<RequestAuthorizerRequest>("authorizer/request_request_fixture.json");
  EXPECT_EQ(event.version, "1.0");
  EXPECT_EQ(event.identity_source, "k-17,live");
  EXPECT_EQ(event.authorization_token, "k-17,live");
  EXPECT_EQ(event.type, "REQUEST");
  EXPECT_EQ(event.method_arn,
            "arn:aws:execute-api:eu-central-1:111122223333:a1b2c3d4e5/live/PUT/items/7");
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
}

TEST(Authorizer, ReadsARequestOfAnHttpApi) {
  const auto event =
      read_fixture<HttpApiAuthorizerRequest>("authorizer/http_api_request_fixture.json");
  EXPECT_EQ(event.version, "2.0");
  EXPECT_EQ(event.type, "REQUEST");
  EXPECT_EQ(event.route_arn,
            "arn:aws:execute-api:eu-central-1:111122223333:q7wert8yui/live/GET/hello");
  EXPECT_EQ(event.identity_source, (std::vector<std::string>{"k-17", "läve"}));
  EXPECT_EQ(event.route_key, "GET /hello");
  EXPECT_EQ(event.raw_path, "/live/hello");
  EXPECT_EQ(event.raw_query_string, "a=1&a=2");
  EXPECT_EQ(event.cookies, (std::vector<std::string>{"k=17"}));
  EXPECT_EQ(event.headers, (Headers{{"x-api-key", "k-17"}}));
  EXPECT_EQ(event.query_string_parameters, (StringMap{{"a", "1,2"}}));
  const auto& context = event.request_context;
  EXPECT_EQ(context.account_id, "111122223333");
  EXPECT_EQ(context.api_id, "q7wert8yui");
  ASSERT_TRUE(context.authentication);
  ASSERT_TRUE(context.authentication->client_cert);
  EXPECT_EQ(context.authentication->client_cert->client_cert_pem,
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  EXPECT_EQ(context.authentication->client_cert->subject_dn, "CN=till.example.com,O=Corner Shop");
  EXPECT_EQ(context.authentication->client_cert->issuer_dn, "CN=Corner Shop CA");
  EXPECT_EQ(context.authentication->client_cert->serial_number, "0a:1b:2c");
  EXPECT_EQ(context.authentication->client_cert->validity.not_before, "May 28 12:30:02 2025 GMT");
  EXPECT_EQ(context.authentication->client_cert->validity.not_after, "Aug  5 09:36:04 2035 GMT");
  ASSERT_TRUE(context.authorizer);
  EXPECT_EQ(compact(context.authorizer->lambda.text), "{}");
  EXPECT_EQ(context.domain_name, "q7wert8yui.execute-api.eu-central-1.amazonaws.com");
  EXPECT_EQ(context.domain_prefix, "q7wert8yui");
  EXPECT_EQ(context.http.method, "POST");
  EXPECT_EQ(context.http.path, "/live/hello/Zo%C3%AB");
  EXPECT_EQ(context.http.protocol, "HTTP/1.1");
  EXPECT_EQ(context.http.source_ip, "198.51.100.7");
  EXPECT_EQ(context.http.user_agent, "curl/8.5.0");
  EXPECT_EQ(context.request_id, "JKJaXmPLvHcESHA=");
  EXPECT_EQ(context.route_key, "POST /hello/{name}");
  EXPECT_EQ(context.stage, "live");
  EXPECT_EQ(context.time, "03/Feb/2025:10:11:12 +0000");
  EXPECT_EQ(context.time_epoch, 1738577472345);
  EXPECT_EQ(event.path_parameters, (StringMap{{"name", "x"}}));
  EXPECT_EQ(event.stage_variables, (StringMap{{"table", "t"}}));
}

TEST(Authorizer, ReadsAPolicy) {
  const auto event =
      read_fixture<AuthorizerPolicyResponse>("authorizer/policy_response_fixture.json");
  EXPECT_EQ(event.principal_id, "till");
  const auto& policy = event.policy_document;
  EXPECT_EQ(policy.version, "2012-10-17");
  ASSERT_EQ(policy.statement.size(), 1U);
  EXPECT_EQ(policy.statement[0].sid, "Hello");
  EXPECT_EQ(policy.statement[0].action, (std::vector<std::string>{"execute-api:Invoke"}));
  EXPECT_EQ(policy.statement[0].effect, "Allow");
  EXPECT_EQ(policy.statement[0].resource,
            (std::vector<std::string>{
                "arn:aws:execute-api:eu-central-1:111122223333:a1b2c3d4e5/live/PUT/items/7",
                "arn:aws:execute-api:*:*:*/*/GET/*"}));
  EXPECT_EQ(event.context.size(), 3U);
  ASSERT_TRUE(event.context.contains("tenant"));
  EXPECT_EQ(compact((*event.context.find("tenant")).text), R"("blåu")");
  ASSERT_TRUE(event.context.contains("level"));
  EXPECT_EQ(compact((*event.context.find("level")).text), "7");
  ASSERT_TRUE(event.context.contains("admin"));
  EXPECT_EQ(compact((*event.context.find("admin")).text), "true");
  EXPECT_EQ(event.usage_identifier_key, "key-17");
}

TEST(Authorizer, ReadsASimpleResponse) {
  const auto event =
      read_fixture<AuthorizerSimpleResponse>("authorizer/simple_response_fixture.json");
  EXPECT_TRUE(event.is_authorized);
  EXPECT_EQ(event.context.size(), 2U);
  ASSERT_TRUE(event.context.contains("tenant"));
  EXPECT_EQ(compact((*event.context.find("tenant")).text), R"("blåu")");
  ASSERT_TRUE(event.context.contains("roles"));
  EXPECT_EQ(compact((*event.context.find("roles")).text), R"(["a","b"])");
}

TEST(Authorizer, WritesAPolicyForOneArn) {
  auto response = AuthorizerPolicyResponse::allow("till", "arn:aws:execute-api:x");
  response.context.set("tenant", RawJson::of("bl\"ue"));
  response.context.set("level", RawJson::of(7));
  response.context.set("admin", RawJson::of(false));
  EXPECT_EQ(
      written(response),
      R"({"principalId":"till","policyDocument":{"Version":"2012-10-17","Statement":[)"
      R"({"Action":["execute-api:Invoke"],"Effect":"Allow","Resource":["arn:aws:execute-api:x"]}]},)"
      R"("context":{"tenant":"bl\"ue","level":7,"admin":false}})");
  EXPECT_EQ(AuthorizerPolicyResponse::deny("till", "x").policy_document.statement[0].effect,
            "Deny");
}

TEST(Authorizer, DeniesUnlessToldOtherwise) {
  EXPECT_EQ(written(AuthorizerSimpleResponse()), R"({"isAuthorized":false})");
  EXPECT_EQ(IamStatement().effect, "Deny");
}

TEST(Authorizer, ReadsAPolicyWithoutLists) {
  const auto response = AuthorizerPolicyResponse::from_json(
      R"({"policyDocument":{"Statement":[{"Action":"execute-api:Invoke","Resource":"*"}]}})");
  ASSERT_TRUE(response);
  const IamStatement& statement = response->policy_document.statement.at(0);
  EXPECT_EQ(statement.action, std::vector<std::string>{"execute-api:Invoke"});
  EXPECT_EQ(statement.resource, std::vector<std::string>{"*"});
}

}  // namespace
}  // namespace thimble::events
