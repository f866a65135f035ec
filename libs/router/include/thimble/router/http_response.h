#pragma once
// Responses of the usual kinds.

#include <string>
#include <string_view>
#include <utility>

#include <thimble/events/api_gateway_v2.h>
#include <thimble/ric/json.h>

namespace thimble::router {

// Status, headers, cookies and body, all of them to be changed at will.
using HttpResponse = events::ApiGatewayV2Response;

// A response of any content type. `body` is UTF-8; see `binary` for what need not be.
[[nodiscard]] HttpResponse content(std::string_view type, std::string body, int status = 200);

// "text/plain; charset=utf-8".
[[nodiscard]] HttpResponse text(std::string body, int status = 200);

// "application/json", of a text that is JSON already.
[[nodiscard]] HttpResponse json_text(std::string json, int status = 200);

// "application/json", of a type with to_json, or one that ric::Json can write.
template <ric::WritableAsJson T>
[[nodiscard]] HttpResponse json(const T& value, int status = 200) {
  std::string body;
  ric::Json<T>::write(value, body);
  return json_text(std::move(body), status);
}

// Any bytes, which travel as base64.
[[nodiscard]] HttpResponse binary(std::string_view type, std::string_view bytes, int status = 200);

// {"message": ...}, as API Gateway itself answers.
[[nodiscard]] HttpResponse error(int status, std::string_view message);

// 204.
[[nodiscard]] HttpResponse no_content();

[[nodiscard]] HttpResponse redirect(std::string location, int status = 302);

}  // namespace thimble::router
