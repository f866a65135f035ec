#pragma once
// Lambda authorizers ("custom authorizers") of API Gateway: REST, WebSocket and HTTP APIs.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/events/api_gateway_v1.h>
#include <thimble/events/api_gateway_v2.h>
#include <thimble/events/flat_map.h>
#include <thimble/events/raw_json.h>

namespace thimble::events {

// A REST API's authorizer of type TOKEN. Answered with an AuthorizerPolicyResponse.
struct TokenAuthorizerRequest {
  std::string type = "TOKEN";
  std::string authorization_token{};  // What the header says: "Bearer ...".
  std::string method_arn{};  // arn:aws:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}

  [[nodiscard]] static Result<TokenAuthorizerRequest> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const TokenAuthorizerRequest&) const = default;
};

// A REST or WebSocket API's authorizer of type REQUEST, or an HTTP API's with payload format 1.0.
// Answered with an AuthorizerPolicyResponse.
struct RequestAuthorizerRequest {
  std::string version{};              // These three only from an HTTP API: "1.0",
  std::string identity_source{};      // the values of the identity sources, joined by commas,
  std::string authorization_token{};  // and the same again.
  std::string type = "REQUEST";
  std::string method_arn{};
  std::string resource{};
  std::string path{};
  std::string http_method{};
  Headers headers{};
  MultiValueHeaders multi_value_headers{};
  StringMap query_string_parameters{};
  StringsMap multi_value_query_string_parameters{};
  StringMap path_parameters{};
  StringMap stage_variables{};
  ApiGatewayV1RequestContext request_context{};

  [[nodiscard]] static Result<RequestAuthorizerRequest> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const RequestAuthorizerRequest&) const = default;
};

// An HTTP API's authorizer with payload format 2.0. Answered with an AuthorizerSimpleResponse or an
// AuthorizerPolicyResponse, as the authorizer is configured.
struct HttpApiAuthorizerRequest {
  std::string version = "2.0";
  std::string type = "REQUEST";
  std::string route_arn{};
  std::vector<std::string> identity_source{};  // The values of the identity sources.
  std::string route_key{};
  std::string raw_path{};
  std::string raw_query_string{};
  std::vector<std::string> cookies{};
  Headers headers{};
  StringMap query_string_parameters{};
  ApiGatewayV2RequestContext request_context{};
  StringMap path_parameters{};
  StringMap stage_variables{};

  [[nodiscard]] static Result<HttpApiAuthorizerRequest> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const HttpApiAuthorizerRequest&) const = default;
};

// One sentence of an IAM policy.
struct IamStatement {
  std::optional<std::string> sid{};
  std::vector<std::string> action{};  // "execute-api:Invoke"
  std::string effect = "Deny";
  std::vector<std::string> resource{};  // The method's ARN, or one with wildcards.

  bool operator==(const IamStatement&) const = default;
};

struct IamPolicyDocument {
  std::string version = "2012-10-17";
  std::vector<IamStatement> statement{};

  bool operator==(const IamPolicyDocument&) const = default;
};

// What the caller may do. `context` goes to the integration: from a REST API strings, numbers and
// booleans only.
//
//   response.context.set("tenant", RawJson::of("blue"));
struct AuthorizerPolicyResponse {
  std::string principal_id{};
  IamPolicyDocument policy_document{};
  FlatMap<RawJson> context{};
  std::string usage_identifier_key{};  // A REST API's usage plan's API key.

  // Allows or denies one ARN.
  [[nodiscard]] static AuthorizerPolicyResponse allow(std::string principal_id, std::string arn);
  [[nodiscard]] static AuthorizerPolicyResponse deny(std::string principal_id, std::string arn);

  [[nodiscard]] static Result<AuthorizerPolicyResponse> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const AuthorizerPolicyResponse&) const = default;
};

// Whether the caller may go on, for an HTTP API with simple responses enabled.
struct AuthorizerSimpleResponse {
  bool is_authorized = false;
  FlatMap<RawJson> context{};

  [[nodiscard]] static Result<AuthorizerSimpleResponse> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const AuthorizerSimpleResponse&) const = default;
};

}  // namespace thimble::events
