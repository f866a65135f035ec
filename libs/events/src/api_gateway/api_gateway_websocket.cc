#include <thimble/events/api_gateway_websocket.h>

#include "../schema.h"
#include "api_gateway_v1_schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<ApiGatewayWebSocketRequestContext> {
  using T = ApiGatewayWebSocketRequestContext;
  using Members = List<
      Member<"routeKey", &T::route_key>,
      Member<"eventType", &T::event_type>,
      Member<"connectionId", &T::connection_id>,
      Member<"messageId", &T::message_id>,
      Member<"messageDirection", &T::message_direction>,
      Member<"connectedAt", &T::connected_at>,
      Member<"requestId", &T::request_id>,
      Member<"extendedRequestId", &T::extended_request_id>,
      Member<"requestTime", &T::request_time>,
      Member<"requestTimeEpoch", &T::request_time_epoch>,
      Member<"apiId", &T::api_id>,
      Member<"domainName", &T::domain_name>,
      Member<"stage", &T::stage>,
      Member<"identity", &T::identity>,
      Member<"authorizer", &T::authorizer>,
      Member<"disconnectStatusCode", &T::disconnect_status_code>,
      Sparse<"disconnectReason", &T::disconnect_reason>>;
};

template <>
struct Schema<ApiGatewayWebSocketRequest> {
  using T = ApiGatewayWebSocketRequest;
  using Members = List<
      Member<"headers", &T::headers>,
      Member<"multiValueHeaders", &T::multi_value_headers>,
      Member<"queryStringParameters", &T::query_string_parameters>,
      Member<"multiValueQueryStringParameters", &T::multi_value_query_string_parameters>,
      Member<"stageVariables", &T::stage_variables>,
      Member<"requestContext", &T::request_context>,
      Sparse<"body", &T::body>,
      Member<"isBase64Encoded", &T::is_base64_encoded>>;
};

template <>
struct Schema<ApiGatewayWebSocketResponse> {
  using T = ApiGatewayWebSocketResponse;
  using Members = List<
      Member<"statusCode", &T::status_code>,
      Member<"headers", &T::headers>,
      Sparse<"body", &T::body>,
      Member<"isBase64Encoded", &T::is_base64_encoded>>;
};

// clang-format on

}  // namespace detail

Result<ApiGatewayWebSocketRequest> ApiGatewayWebSocketRequest::from_json(std::string_view text) {
  return detail::parse<ApiGatewayWebSocketRequest>(text);
}
void ApiGatewayWebSocketRequest::to_json(std::string& out) const {
  detail::append(out, *this);
}

Result<ApiGatewayWebSocketResponse> ApiGatewayWebSocketResponse::from_json(std::string_view text) {
  return detail::parse<ApiGatewayWebSocketResponse>(text);
}
void ApiGatewayWebSocketResponse::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
