#include <thimble/events/api_gateway_v1.h>

#include "api_gateway_v1_schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<ApiGatewayV1Request> {
  using T = ApiGatewayV1Request;
  using Members = List<
      Sparse<"version", &T::version>,
      Member<"resource", &T::resource>,
      Member<"path", &T::path>,
      Member<"httpMethod", &T::http_method>,
      Member<"headers", &T::headers>,
      Member<"multiValueHeaders", &T::multi_value_headers>,
      Member<"queryStringParameters", &T::query_string_parameters>,
      Member<"multiValueQueryStringParameters", &T::multi_value_query_string_parameters>,
      Member<"pathParameters", &T::path_parameters>,
      Member<"stageVariables", &T::stage_variables>,
      Member<"requestContext", &T::request_context>,
      Member<"body", &T::body>,
      Member<"isBase64Encoded", &T::is_base64_encoded>>;
};

template <>
struct Schema<ApiGatewayV1Response> {
  using T = ApiGatewayV1Response;
  using Members = List<
      Member<"statusCode", &T::status_code>,
      Member<"headers", &T::headers>,
      Member<"multiValueHeaders", &T::multi_value_headers>,
      Member<"body", &T::body>,
      Member<"isBase64Encoded", &T::is_base64_encoded>>;
};

// clang-format on

}  // namespace detail

Result<ApiGatewayV1Request> ApiGatewayV1Request::from_json(std::string_view text) {
  return detail::parse<ApiGatewayV1Request>(text);
}
void ApiGatewayV1Request::to_json(std::string& out) const {
  detail::append(out, *this);
}

Result<ApiGatewayV1Response> ApiGatewayV1Response::from_json(std::string_view text) {
  return detail::parse<ApiGatewayV1Response>(text);
}
void ApiGatewayV1Response::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
