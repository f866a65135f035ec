#pragma once
// Amazon API Gateway, WebSocket APIs.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/events/api_gateway_v1.h>
#include <thimble/events/flat_map.h>
#include <thimble/events/http_body.h>
#include <thimble/events/raw_json.h>

namespace thimble::events {

struct ApiGatewayWebSocketRequestContext {
  std::string route_key{};   // "$connect", "$disconnect", "$default" or one of the API's own.
  std::string event_type{};  // "CONNECT", "MESSAGE" or "DISCONNECT"
  std::string connection_id{};
  std::string message_id{};         // Only of a message.
  std::string message_direction{};  // "IN"
  std::int64_t connected_at = 0;    // Milliseconds.
  std::string request_id{};
  std::string extended_request_id{};
  std::string request_time{};
  std::int64_t request_time_epoch = 0;  // Milliseconds.
  std::string api_id{};
  std::string domain_name{};
  std::string stage{};
  ApiGatewayV1Identity identity{};
  RawJson authorizer{};  // What a Lambda authorizer returned at $connect, an object.
  std::optional<std::int64_t> disconnect_status_code{};  // 1000 and so on, of RFC 6455.
  std::string disconnect_reason{};

  bool operator==(const ApiGatewayWebSocketRequestContext&) const = default;
};

struct ApiGatewayWebSocketRequest {
  Headers headers{};  // Of $connect, and some of $disconnect.
  MultiValueHeaders multi_value_headers{};
  StringMap query_string_parameters{};  // Of $connect.
  StringsMap multi_value_query_string_parameters{};
  StringMap stage_variables{};
  ApiGatewayWebSocketRequestContext request_context{};
  std::string body{};  // The message.
  bool is_base64_encoded = false;

  [[nodiscard]] static Result<ApiGatewayWebSocketRequest> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const ApiGatewayWebSocketRequest&) const = default;
};

// The body goes to the client only if its route has a route response.
struct ApiGatewayWebSocketResponse {
  int status_code = 200;
  Headers headers{};  // Of $connect: Sec-WebSocket-Protocol.
  std::string body{};
  bool is_base64_encoded = false;

  [[nodiscard]] static Result<ApiGatewayWebSocketResponse> from_json(std::string_view text);
  void to_json(std::string& out) const;
  bool operator==(const ApiGatewayWebSocketResponse&) const = default;
};

}  // namespace thimble::events
