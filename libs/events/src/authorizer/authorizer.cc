#include <thimble/events/authorizer.h>

#include <utility>

#include "../api_gateway/api_gateway_v1_schema.h"
#include "../api_gateway/api_gateway_v2_schema.h"
#include "../schema.h"

namespace thimble::events {
namespace {

AuthorizerPolicyResponse policy(std::string principal_id, std::string effect, std::string arn) {
  AuthorizerPolicyResponse response;
  response.principal_id = std::move(principal_id);
  IamStatement& statement = response.policy_document.statement.emplace_back();
  statement.action.emplace_back("execute-api:Invoke");
  statement.effect = std::move(effect);
  statement.resource.push_back(std::move(arn));
  return response;
}

}  // namespace

namespace detail {

// clang-format off
template <>
struct Schema<TokenAuthorizerRequest> {
  using T = TokenAuthorizerRequest;
  using Members = List<
      Member<"type", &T::type>,
      Member<"authorizationToken", &T::authorization_token>,
      Member<"methodArn", &T::method_arn>>;
};

template <>
struct Schema<RequestAuthorizerRequest> {
  using T = RequestAuthorizerRequest;
  using Members = List<
      Sparse<"version", &T::version>,
      Sparse<"identitySource", &T::identity_source>,
      Sparse<"authorizationToken", &T::authorization_token>,
      Member<"type", &T::type>,
      Member<"methodArn", &T::method_arn>,
      Member<"resource", &T::resource>,
      Member<"path", &T::path>,
      Member<"httpMethod", &T::http_method>,
      Member<"headers", &T::headers>,
      Member<"multiValueHeaders", &T::multi_value_headers>,
      Member<"queryStringParameters", &T::query_string_parameters>,
      Member<"multiValueQueryStringParameters", &T::multi_value_query_string_parameters>,
      Member<"pathParameters", &T::path_parameters>,
      Member<"stageVariables", &T::stage_variables>,
      Member<"requestContext", &T::request_context>>;
};

template <>
struct Schema<HttpApiAuthorizerRequest> {
  using T = HttpApiAuthorizerRequest;
  using Members = List<
      Member<"version", &T::version>,
      Member<"type", &T::type>,
      Member<"routeArn", &T::route_arn>,
      Member<"identitySource", &T::identity_source>,
      Member<"routeKey", &T::route_key>,
      Member<"rawPath", &T::raw_path>,
      Member<"rawQueryString", &T::raw_query_string>,
      Member<"cookies", &T::cookies>,
      Always<"headers", &T::headers>,
      Member<"queryStringParameters", &T::query_string_parameters>,
      Member<"requestContext", &T::request_context>,
      Member<"pathParameters", &T::path_parameters>,
      Member<"stageVariables", &T::stage_variables>>;
};

template <>
struct Schema<IamStatement> {
  using T = IamStatement;
  using Members = List<
      Member<"Sid", &T::sid>,
      OneOrMany<"Action", &T::action>,
      Member<"Effect", &T::effect>,
      OneOrMany<"Resource", &T::resource>>;
};

template <>
struct Schema<IamPolicyDocument> {
  using T = IamPolicyDocument;
  using Members = List<
      Member<"Version", &T::version>,
      Always<"Statement", &T::statement>>;
};

template <>
struct Schema<AuthorizerPolicyResponse> {
  using T = AuthorizerPolicyResponse;
  using Members = List<
      Member<"principalId", &T::principal_id>,
      Member<"policyDocument", &T::policy_document>,
      Member<"context", &T::context>,
      Sparse<"usageIdentifierKey", &T::usage_identifier_key>>;
};

template <>
struct Schema<AuthorizerSimpleResponse> {
  using T = AuthorizerSimpleResponse;
  using Members = List<
      Member<"isAuthorized", &T::is_authorized>,
      Member<"context", &T::context>>;
};

// clang-format on

}  // namespace detail

Result<TokenAuthorizerRequest> TokenAuthorizerRequest::from_json(std::string_view text) {
  return detail::parse<TokenAuthorizerRequest>(text);
}
void TokenAuthorizerRequest::to_json(std::string& out) const {
  detail::append(out, *this);
}

Result<RequestAuthorizerRequest> RequestAuthorizerRequest::from_json(std::string_view text) {
  return detail::parse<RequestAuthorizerRequest>(text);
}
void RequestAuthorizerRequest::to_json(std::string& out) const {
  detail::append(out, *this);
}

Result<HttpApiAuthorizerRequest> HttpApiAuthorizerRequest::from_json(std::string_view text) {
  return detail::parse<HttpApiAuthorizerRequest>(text);
}
void HttpApiAuthorizerRequest::to_json(std::string& out) const {
  detail::append(out, *this);
}

Result<AuthorizerPolicyResponse> AuthorizerPolicyResponse::from_json(std::string_view text) {
  return detail::parse<AuthorizerPolicyResponse>(text);
}
void AuthorizerPolicyResponse::to_json(std::string& out) const {
  detail::append(out, *this);
}

Result<AuthorizerSimpleResponse> AuthorizerSimpleResponse::from_json(std::string_view text) {
  return detail::parse<AuthorizerSimpleResponse>(text);
}
void AuthorizerSimpleResponse::to_json(std::string& out) const {
  detail::append(out, *this);
}

AuthorizerPolicyResponse AuthorizerPolicyResponse::allow(std::string principal_id,
                                                         std::string arn) {
  return policy(std::move(principal_id), "Allow", std::move(arn));
}

AuthorizerPolicyResponse AuthorizerPolicyResponse::deny(std::string principal_id, std::string arn) {
  return policy(std::move(principal_id), "Deny", std::move(arn));
}

}  // namespace thimble::events
