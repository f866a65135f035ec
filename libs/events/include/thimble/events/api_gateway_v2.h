#pragma once
// Amazon API Gateway, HTTP APIs, payload format 2.0; function URLs have the same events.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/client_certificate.h>
#include <thimble/events/flat_map.h>
#include <thimble/events/http_body.h>
#include <thimble/events/raw_json.h>

namespace thimble::events {

// A JSON Web Token that API Gateway has checked.
struct JwtAuthorizer {
  StringMap claims{};  // Lists among them are text here, too: "[a b]".
  std::vector<std::string> scopes{};

  bool operator==(const JwtAuthorizer&) const = default;
};

// The caller of a route, or a function URL, of authorization type AWS_IAM.
struct IamAuthorizer {
  std::string access_key{};
  std::string account_id{};
  std::string caller_id{};
  RawJson cognito_identity{};  // An object: amr, identityId, identityPoolId.
  std::string principal_org_id{};
  std::string user_arn{};
  std::string user_id{};

  bool operator==(const IamAuthorizer&) const = default;
};

// At most one of them is there.
struct ApiGatewayV2Authorizer {
  std::optional<JwtAuthorizer> jwt{};
  std::optional<IamAuthorizer> iam{};
  RawJson lambda{};  // The context that a Lambda authorizer returned, an object.

  bool operator==(const ApiGatewayV2Authorizer&) const = default;
};

struct ApiGatewayV2Authentication {
  std::optional<ClientCertificate> client_cert{};

  bool operator==(const ApiGatewayV2Authentication&) const = default;
};

struct ApiGatewayV2Http {
  std::string method{};
  std::string path{};
  std::string protocol{};
  std::string source_ip{};
  std::string user_agent{};

  bool operator==(const ApiGatewayV2Http&) const = default;
};

struct ApiGatewayV2RequestContext {
  std::string account_id{};
  std::string api_id{};
  std::optional<ApiGatewayV2Authentication> authentication{};
  std::optional<ApiGatewayV2Authorizer> authorizer{};
  std::string domain_name{};
  std::string domain_prefix{};
  ApiGatewayV2Http http{};
  std::string request_id{};
  std::string route_key{};  // "GET /hello/{name}" or "$default"
  std::string stage{};
  std::string time{};           // "12/Mar/2020:19:03:58 +0000"
  std::int64_t time_epoch = 0;  // Milliseconds.

  bool operator==(const ApiGatewayV2RequestContext&) const = default;
};

//   auto request = ApiGatewayV2Request::from_json(text);
//   if (!request) return fail(std::move(request.error()));
//   ApiGatewayV2Response response{.headers = {{"content-type", "text/plain"}}};
//   response.body = "hello " + std::string(request->query_string_parameters.get("name"));
//
// HTTP APIs decode `raw_path` before they send it; function URLs leave it as it came.
struct ApiGatewayV2Request {
  std::string version = "2.0";
  std::string route_key{};
  std::string raw_path{};               // With the stage unless it is $default.
  std::string raw_query_string{};       // As it was sent.
  std::vector<std::string> cookies{};   // "name=value"
  Headers headers{};                    // In lower case; several of one name joined by commas.
  StringMap query_string_parameters{};  // Decoded; several of one name joined by commas.
  ApiGatewayV2RequestContext request_context{};
  std::string body{};  // Text or base64: see `decoded_body`.
  StringMap path_parameters{};
  bool is_base64_encoded = false;
  StringMap stage_variables{};

  [[nodiscard]] static Result<ApiGatewayV2Request> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const ApiGatewayV2Request&) const = default;
};

struct ApiGatewayV2Response {
  int status_code = 200;
  Headers headers{};
  std::vector<std::string> cookies{};  // Each becomes a Set-Cookie header.
  std::string body{};
  bool is_base64_encoded = false;

  [[nodiscard]] static Result<ApiGatewayV2Response> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const ApiGatewayV2Response&) const = default;
};

}  // namespace thimble::events
