#pragma once
// The JSON of the request context of REST APIs, for the events that have one like it.

#include <thimble/events/api_gateway_v1.h>

#include "client_certificate_schema.h"

namespace thimble::events::detail {

// clang-format off
template <>
struct Schema<ApiGatewayV1Identity> {
  using T = ApiGatewayV1Identity;
  using Members = List<
      Member<"accessKey", &T::access_key>,
      Member<"accountId", &T::account_id>,
      Member<"apiKey", &T::api_key>,
      Member<"apiKeyId", &T::api_key_id>,
      Member<"caller", &T::caller>,
      Member<"clientCert", &T::client_cert>,
      Member<"cognitoAuthenticationProvider", &T::cognito_authentication_provider>,
      Member<"cognitoAuthenticationType", &T::cognito_authentication_type>,
      Member<"cognitoIdentityId", &T::cognito_identity_id>,
      Member<"cognitoIdentityPoolId", &T::cognito_identity_pool_id>,
      Member<"principalOrgId", &T::principal_org_id>,
      Member<"sourceIp", &T::source_ip>,
      Member<"user", &T::user>,
      Member<"userAgent", &T::user_agent>,
      Member<"userArn", &T::user_arn>,
      Member<"vpcId", &T::vpc_id>,
      Member<"vpceId", &T::vpce_id>>;
};

template <>
struct Schema<ApiGatewayV1RequestContext> {
  using T = ApiGatewayV1RequestContext;
  using Members = List<
      Member<"accountId", &T::account_id>,
      Member<"apiId", &T::api_id>,
      Member<"authorizer", &T::authorizer>,
      Member<"deploymentId", &T::deployment_id>,
      Member<"domainName", &T::domain_name>,
      Member<"domainPrefix", &T::domain_prefix>,
      Member<"extendedRequestId", &T::extended_request_id>,
      Member<"httpMethod", &T::http_method>,
      Member<"identity", &T::identity>,
      Member<"operationName", &T::operation_name>,
      Member<"path", &T::path>,
      Member<"protocol", &T::protocol>,
      Member<"requestId", &T::request_id>,
      Member<"requestTime", &T::request_time>,
      Member<"requestTimeEpoch", &T::request_time_epoch>,
      Member<"resourceId", &T::resource_id>,
      Member<"resourcePath", &T::resource_path>,
      Member<"stage", &T::stage>>;
};

// clang-format on

}  // namespace thimble::events::detail
