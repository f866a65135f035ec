#pragma once
// The JSON of the request context of HTTP APIs, for the events that have it.

#include <thimble/events/api_gateway_v2.h>

#include "client_certificate_schema.h"

namespace thimble::events::detail {

// clang-format off
template <>
struct Schema<JwtAuthorizer> {
  using T = JwtAuthorizer;
  using Members = List<
      Member<"claims", &T::claims>,
      Member<"scopes", &T::scopes>>;
};

template <>
struct Schema<IamAuthorizer> {
  using T = IamAuthorizer;
  using Members = List<
      Member<"accessKey", &T::access_key>,
      Member<"accountId", &T::account_id>,
      Member<"callerId", &T::caller_id>,
      Member<"cognitoIdentity", &T::cognito_identity>,
      Member<"principalOrgId", &T::principal_org_id>,
      Member<"userArn", &T::user_arn>,
      Member<"userId", &T::user_id>>;
};

template <>
struct Schema<ApiGatewayV2Authorizer> {
  using T = ApiGatewayV2Authorizer;
  using Members = List<
      Member<"jwt", &T::jwt>,
      Member<"iam", &T::iam>,
      Member<"lambda", &T::lambda>>;
};

template <>
struct Schema<ApiGatewayV2Authentication> {
  using T = ApiGatewayV2Authentication;
  using Members = List<
      Member<"clientCert", &T::client_cert>>;
};

template <>
struct Schema<ApiGatewayV2Http> {
  using T = ApiGatewayV2Http;
  using Members = List<
      Member<"method", &T::method>,
      Member<"path", &T::path>,
      Member<"protocol", &T::protocol>,
      Member<"sourceIp", &T::source_ip>,
      Member<"userAgent", &T::user_agent>>;
};

template <>
struct Schema<ApiGatewayV2RequestContext> {
  using T = ApiGatewayV2RequestContext;
  using Members = List<
      Member<"accountId", &T::account_id>,
      Member<"apiId", &T::api_id>,
      Member<"authentication", &T::authentication>,
      Member<"authorizer", &T::authorizer>,
      Member<"domainName", &T::domain_name>,
      Member<"domainPrefix", &T::domain_prefix>,
      Member<"http", &T::http>,
      Member<"requestId", &T::request_id>,
      Member<"routeKey", &T::route_key>,
      Member<"stage", &T::stage>,
      Member<"time", &T::time>,
      Member<"timeEpoch", &T::time_epoch>>;
};

// clang-format on

}  // namespace thimble::events::detail
