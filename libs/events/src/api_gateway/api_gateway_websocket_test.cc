#include <thimble/events/api_gateway_websocket.h>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(ApiGatewayWebSocket, ReadsARequest) {
  const auto event =
      read_fixture<ApiGatewayWebSocketRequest>("api_gateway/websocket_request_fixture.json");
  EXPECT_EQ(event.headers,
            (Headers{{"Host", "chat.example.com"}, {"Sec-WebSocket-Protocol", "chat.v1"}}));
  EXPECT_EQ(event.multi_value_headers, (MultiValueHeaders{{"Host", {"chat.example.com"}}}));
  EXPECT_EQ(event.query_string_parameters, (StringMap{{"room", "kitchen"}}));
  EXPECT_EQ(event.multi_value_query_string_parameters, (StringsMap{{"room", {"hall", "kitchen"}}}));
  EXPECT_EQ(event.stage_variables, (StringMap{{"table", "rooms"}}));
  const auto& context = event.request_context;
  EXPECT_EQ(context.route_key, "say");
  EXPECT_EQ(context.event_type, "MESSAGE");
  EXPECT_EQ(context.connection_id, "Lx3yZfHTPHcCJTA=");
  EXPECT_EQ(context.message_id, "Lx3yfeyOPHcCJTA=");
  EXPECT_EQ(context.message_direction, "IN");
  EXPECT_EQ(context.connected_at, 1741050120000);
  EXPECT_EQ(context.request_id, "Lx3yfGWlPHcFfKA=");
  EXPECT_EQ(context.extended_request_id, "Lx3yfGWlPHcFfKB=");
  EXPECT_EQ(context.request_time, "04/Mar/2025:01:02:03 +0000");
  EXPECT_EQ(context.request_time_epoch, 1741050123456);
  EXPECT_EQ(context.api_id, "ws1b2c3d4e");
  EXPECT_EQ(context.domain_name, "chat.example.com");
  EXPECT_EQ(context.stage, "live");
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
  EXPECT_EQ(compact(context.authorizer.text), R"({"principalId":"till"})");
  EXPECT_EQ(context.disconnect_status_code, 1001);
  EXPECT_EQ(context.disconnect_reason, "Going away");
  EXPECT_EQ(event.body, R"({"action":"say","text":"olá"})");
  EXPECT_FALSE(event.is_base64_encoded);
}

TEST(ApiGatewayWebSocket, ReadsAResponse) {
  const auto event =
      read_fixture<ApiGatewayWebSocketResponse>("api_gateway/websocket_response_fixture.json");
  EXPECT_EQ(event.status_code, 200);
  EXPECT_EQ(event.headers, (Headers{{"Sec-WebSocket-Protocol", "chat.v1"}}));
  EXPECT_EQ(event.body, "heard");
  EXPECT_FALSE(event.is_base64_encoded);
}

}  // namespace
}  // namespace thimble::events
