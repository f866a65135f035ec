#pragma once
// Amazon API Gateway, REST APIs with Lambda proxy integration, and HTTP APIs with payload
// format 1.0.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/events/client_certificate.h>
#include <thimble/events/flat_map.h>
#include <thimble/events/http_body.h>
#include <thimble/events/raw_json.h>

namespace thimble::events {

// Who called. What does not apply is null in JSON and empty here.
struct ApiGatewayV1Identity {
  std::string access_key{};
  std::string account_id{};
  std::string api_key{};
  std::string api_key_id{};
  std::string caller{};
  std::optional<ClientCertificate> client_cert{};
  std::string cognito_authentication_provider{};
  std::string cognito_authentication_type{};
  std::string cognito_identity_id{};
  std::string cognito_identity_pool_id{};
  std::string principal_org_id{};
  std::string source_ip{};
  std::string user{};
  std::string user_agent{};
  std::string user_arn{};
  std::string vpc_id{};  // These two for private APIs.
  std::string vpce_id{};

  bool operator==(const ApiGatewayV1Identity&) const = default;
};

struct ApiGatewayV1RequestContext {
  std::string account_id{};
  std::string api_id{};
  RawJson
      authorizer{};  // An object: `claims` of a user pool, or what a Lambda authorizer returned.
  std::string deployment_id{};
  std::string domain_name{};
  std::string domain_prefix{};
  std::string extended_request_id{};
  std::string http_method{};
  ApiGatewayV1Identity identity{};
  std::string operation_name{};
  std::string path{};  // With the stage.
  std::string protocol{};
  std::string request_id{};
  std::string request_time{};           // "09/Apr/2015:12:34:56 +0000"
  std::int64_t request_time_epoch = 0;  // Milliseconds.
  std::string resource_id{};
  std::string resource_path{};
  std::string stage{};

  bool operator==(const ApiGatewayV1RequestContext&) const = default;
};

struct ApiGatewayV1Request {
  std::string version{};   // "1.0" from an HTTP API, empty from a REST API.
  std::string resource{};  // "/hello/{name}"
  std::string path{};      // Decoded, without the stage.
  std::string http_method{};
  Headers headers{};  // The last value of each name.
  MultiValueHeaders multi_value_headers{};
  StringMap query_string_parameters{};  // The last value of each name, decoded.
  StringsMap multi_value_query_string_parameters{};
  StringMap path_parameters{};
  StringMap stage_variables{};
  ApiGatewayV1RequestContext request_context{};
  std::string body{};  // Text or base64: see `decoded_body`.
  bool is_base64_encoded = false;

  [[nodiscard]] static Result<ApiGatewayV1Request> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const ApiGatewayV1Request&) const = default;
};

// A name must not be in both kinds of headers, or the values of `multi_value_headers` count.
struct ApiGatewayV1Response {
  int status_code = 200;
  Headers headers{};
  MultiValueHeaders multi_value_headers{};
  std::string body{};
  bool is_base64_encoded = false;

  [[nodiscard]] static Result<ApiGatewayV1Response> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const ApiGatewayV1Response&) const = default;
};

}  // namespace thimble::events
