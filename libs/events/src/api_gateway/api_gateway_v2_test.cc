#include <thimble/events/api_gateway_v2.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <thimble/events/function_url.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(ApiGatewayV2, ReadsARequest) {
  const auto event = read_fixture<ApiGatewayV2Request>("api_gateway/v2_request_fixture.json");
  EXPECT_EQ(event.version, "2.0");
  EXPECT_EQ(event.route_key, "POST /hello/{name}");
  EXPECT_EQ(event.raw_path, "/live/hello/Zo%C3%AB");
  EXPECT_EQ(event.raw_query_string, "greeting=hi&greeting=h%C3%A9&empty=");
  EXPECT_EQ(event.cookies, (std::vector<std::string>{"session=abc", "theme=dark"}));
  EXPECT_EQ(event.headers, (Headers{{"accept", "text/plain, text/html"},
                                    {"content-type", "application/json"},
                                    {"x-forwarded-for", "198.51.100.7"}}));
  EXPECT_EQ(event.query_string_parameters, (StringMap{{"greeting", "hi,hé"}, {"empty", ""}}));
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
  ASSERT_TRUE(context.authorizer->jwt);
  EXPECT_EQ(context.authorizer->jwt->claims,
            (StringMap{{"sub", "u-17"}, {"groups", "[admin staff]"}}));
  EXPECT_EQ(context.authorizer->jwt->scopes,
            (std::vector<std::string>{"hello.read", "hello.write"}));
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
  EXPECT_EQ(event.body, "{\"wish\":\"grüße ☕\"}\n");
  EXPECT_EQ(event.path_parameters, (StringMap{{"name", "Zoë"}}));
  EXPECT_FALSE(event.is_base64_encoded);
  EXPECT_EQ(event.stage_variables, (StringMap{{"table", "greetings"}}));
}

TEST(ApiGatewayV2, ReadsARequestOfAFunctionUrl) {
  const auto event =
      read_fixture<FunctionUrlRequest>("api_gateway/function_url_request_fixture.json");
  EXPECT_EQ(event.version, "2.0");
  EXPECT_EQ(event.route_key, "$default");
  EXPECT_EQ(event.raw_path, "/picture");
  EXPECT_EQ(event.raw_query_string, "");
  EXPECT_EQ(event.headers, (Headers{{"content-type", "image/png"}}));
  const auto& context = event.request_context;
  EXPECT_EQ(context.account_id, "111122223333");
  EXPECT_EQ(context.api_id, "urlid17");
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
  ASSERT_TRUE(context.authorizer->iam);
  EXPECT_EQ(context.authorizer->iam->access_key, "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(context.authorizer->iam->account_id, "111122223333");
  EXPECT_EQ(context.authorizer->iam->caller_id, "AIDACKCEVSQ6C2EXAMPLE");
  EXPECT_EQ(compact(context.authorizer->iam->cognito_identity.text),
            R"({"amr":["foo"],"identityId":"eu-central-1:17","identityPoolId":"eu-central-1:18"})");
  EXPECT_EQ(context.authorizer->iam->principal_org_id, "o-17example");
  EXPECT_EQ(context.authorizer->iam->user_arn, "arn:aws:iam::111122223333:user/till");
  EXPECT_EQ(context.authorizer->iam->user_id, "AIDACOSFODNN7EXAMPLE2");
  EXPECT_EQ(compact(context.authorizer->lambda.text), R"({"tenant":"blue","limits":[1,2.5,null]})");
  EXPECT_EQ(context.domain_name, "urlid17.lambda-url.eu-central-1.on.aws");
  EXPECT_EQ(context.domain_prefix, "urlid17");
  EXPECT_EQ(context.http.method, "POST");
  EXPECT_EQ(context.http.path, "/live/hello/Zo%C3%AB");
  EXPECT_EQ(context.http.protocol, "HTTP/1.1");
  EXPECT_EQ(context.http.source_ip, "198.51.100.7");
  EXPECT_EQ(context.http.user_agent, "curl/8.5.0");
  EXPECT_EQ(context.request_id, "JKJaXmPLvHcESHA=");
  EXPECT_EQ(context.route_key, "$default");
  EXPECT_EQ(context.stage, "$default");
  EXPECT_EQ(context.time, "03/Feb/2025:10:11:12 +0000");
  EXPECT_EQ(context.time_epoch, 1738577472345);
  EXPECT_EQ(event.body, "iVBORw0KGgo=");
  EXPECT_TRUE(event.is_base64_encoded);
}

TEST(ApiGatewayV2, ReadsAResponse) {
  const auto event = read_fixture<ApiGatewayV2Response>("api_gateway/v2_response_fixture.json");
  EXPECT_EQ(event.status_code, 201);
  EXPECT_EQ(event.headers,
            (Headers{{"content-type", "text/plain; charset=utf-8"}, {"Location", "/hello/17"}}));
  EXPECT_EQ(event.cookies, (std::vector<std::string>{"session=def; Secure; HttpOnly"}));
  EXPECT_EQ(event.body, "hellö");
  EXPECT_FALSE(event.is_base64_encoded);
}

TEST(ApiGatewayV2, FindsHeadersInAnyCase) {
  const auto event = read_fixture<ApiGatewayV2Request>("api_gateway/v2_request_fixture.json");
  EXPECT_EQ(event.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(event.headers.get("X-FORWARDED-FOR"), "198.51.100.7");
  EXPECT_EQ(event.headers.find("content-typ"), nullptr);
  EXPECT_EQ(event.query_string_parameters.find("Greeting"), nullptr);
}

TEST(ApiGatewayV2, DecodesABody) {
  auto request = read_fixture<FunctionUrlRequest>("api_gateway/function_url_request_fixture.json");
  EXPECT_EQ(decoded_body(request).value(), "\x89PNG\r\n\x1A\n");
  request.body = "#";
  EXPECT_EQ(decoded_body(request).error().message, "illegal base64 data at input byte 0");
  request.is_base64_encoded = false;
  EXPECT_EQ(decoded_body(request).value(), "#");
}

TEST(ApiGatewayV2, WritesAResponse) {
  ApiGatewayV2Response response{.status_code = 404, .headers = {{"content-type", "text/plain"}}};
  response.body = "nö\n";
  EXPECT_EQ(
      written(response),
      R"({"statusCode":404,"headers":{"content-type":"text/plain"},"body":"nö\n","isBase64Encoded":false})");
  set_binary_body(response, "\xFF");
  EXPECT_EQ(response.body, "/w==");
  EXPECT_TRUE(response.is_base64_encoded);
}

TEST(ApiGatewayV2, AppendsToWhatIsThere) {
  std::string out = "x";
  ApiGatewayV2Response().to_json(out);
  EXPECT_EQ(out, R"(x{"statusCode":200,"body":"","isBase64Encoded":false})");
}

TEST(ApiGatewayV2, SaysWhichValueIsWrong) {
  EXPECT_EQ(error_of<ApiGatewayV2Request>(R"({"requestContext":{"http":{"method":1}}})"),
            "requestContext.http.method: expected a string at byte 36");
  EXPECT_EQ(error_of<ApiGatewayV2Request>(R"({"cookies":["a",{}]})"),
            "cookies[1]: expected a string at byte 16");
  EXPECT_EQ(error_of<ApiGatewayV2Request>(R"({"headers":{"x y":[]}})"),
            "headers[\"x y\"]: expected a string at byte 18");
  EXPECT_EQ(error_of<ApiGatewayV2Request>(""), "expected a value at byte 0, the end of the text");
  EXPECT_EQ(error_of<ApiGatewayV2Request>("{} {}"), "unexpected text after the value at byte 3");
}

TEST(ApiGatewayV2, TakesAStatusThatIsAnIntOnly) {
  EXPECT_EQ(error_of<ApiGatewayV2Response>(R"({"statusCode":"200"})"),
            "statusCode: expected a number at byte 14");
  EXPECT_EQ(error_of<ApiGatewayV2Response>(R"({"statusCode": 2147483648})"),
            "statusCode: expected a 32-bit integer at byte 15");
  EXPECT_EQ(error_of<ApiGatewayV2Response>(R"({"statusCode":-2147483648})"), "no error");
}

TEST(ApiGatewayV2, ReadsBodiesOfMegabytes) {
  const std::string plain(6'000'000, 'x');
  EXPECT_EQ(ApiGatewayV2Request::from_json(R"({"body":")" + plain + R"("})").value().body, plain);
  std::string escaped;
  std::string decoded;
  for (int i = 0; i < 1'000'000; ++i) {
    escaped += "\\n\\\"ü";
    decoded += "\n\"ü";
  }
  const auto event =
      ApiGatewayV2Request::from_json(R"({"body":")" + escaped + R"(","rawPath":"\/"})");
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->body == decoded);
  EXPECT_EQ(event->raw_path, "/");
}

TEST(ApiGatewayV2, KeepsAnEventWithHalfACharacter) {
  const auto event = ApiGatewayV2Request::from_json(R"({"body":"a\ud800b"})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->body, "a\uFFFDb");
}

TEST(ApiGatewayV2, LetsTheLastOfDuplicatesWin) {
  const auto event = ApiGatewayV2Request::from_json(
      R"({"body":"a","headers":{"x":"1","x":"2"},"body":"b","headers":{"X":"3","x":"4"}})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->body, "b");
  EXPECT_EQ(event->headers.size(), 2U);
  EXPECT_EQ(event->headers.get("x"), "4");
}

TEST(ApiGatewayV2, IsRefusedIfItIsTooDeep) {
  const std::string deep(200, '[');
  EXPECT_EQ(error_of<ApiGatewayV2Request>(R"({"x":)" + deep).substr(0, 9), "x[0][0][0");
}

}  // namespace
}  // namespace thimble::events
