#include <thimble/router/http_response.h>

#include <thimble/events/raw_json.h>

namespace thimble::router {

HttpResponse content(std::string_view type, std::string body, int status) {
  HttpResponse response;
  response.status_code = status;
  response.headers.add("content-type", std::string(type));
  response.body = std::move(body);
  return response;
}

HttpResponse text(std::string body, int status) {
  return content("text/plain; charset=utf-8", std::move(body), status);
}

HttpResponse json_text(std::string json, int status) {
  return content("application/json", std::move(json), status);
}

HttpResponse binary(std::string_view type, std::string_view bytes, int status) {
  HttpResponse response = content(type, {}, status);
  events::set_binary_body(response, bytes);
  return response;
}

HttpResponse error(int status, std::string_view message) {
  return json_text("{\"message\":" + events::RawJson::of(message).text + "}", status);
}

HttpResponse no_content() {
  HttpResponse response;
  response.status_code = 204;
  return response;
}

HttpResponse redirect(std::string location, int status) {
  HttpResponse response;
  response.status_code = status;
  response.headers.add("location", std::move(location));
  return response;
}

}  // namespace thimble::router
