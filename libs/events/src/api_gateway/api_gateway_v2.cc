#include <thimble/events/api_gateway_v2.h>

#include "api_gateway_v2_schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<ApiGatewayV2Request> {
  using T = ApiGatewayV2Request;
  using Members = List<
      Member<"version", &T::version>,
      Member<"routeKey", &T::route_key>,
      Member<"rawPath", &T::raw_path>,
      Member<"rawQueryString", &T::raw_query_string>,
      Member<"cookies", &T::cookies>,
      Always<"headers", &T::headers>,
      Member<"queryStringParameters", &T::query_string_parameters>,
      Member<"requestContext", &T::request_context>,
      Sparse<"body", &T::body>,
      Member<"pathParameters", &T::path_parameters>,
      Member<"isBase64Encoded", &T::is_base64_encoded>,
      Member<"stageVariables", &T::stage_variables>>;
};

template <>
struct Schema<ApiGatewayV2Response> {
  using T = ApiGatewayV2Response;
  using Members = List<
      Member<"statusCode", &T::status_code>,
      Member<"headers", &T::headers>,
      Member<"cookies", &T::cookies>,
      Member<"body", &T::body>,
      Member<"isBase64Encoded", &T::is_base64_encoded>>;
};

// clang-format on

}  // namespace detail

Result<ApiGatewayV2Request> ApiGatewayV2Request::from_json(std::string_view text) {
  return detail::parse<ApiGatewayV2Request>(text);
}
void ApiGatewayV2Request::to_json(std::string& out) const {
  detail::append(out, *this);
}

Result<ApiGatewayV2Response> ApiGatewayV2Response::from_json(std::string_view text) {
  return detail::parse<ApiGatewayV2Response>(text);
}
void ApiGatewayV2Response::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
