#include <thimble/router/http_request.h>

#include <utility>

#include <thimble/events/form.h>

namespace thimble::router {
namespace {

events::StringMap parse_query(std::string_view text) {
  events::StringMap query;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find('&'));
    text.remove_prefix(item.size() < text.size() ? item.size() + 1 : item.size());
    if (item.empty()) continue;
    const std::string_view name = item.substr(0, item.find('='));
    const std::string_view value =
        name.size() < item.size() ? item.substr(name.size() + 1) : std::string_view();
    query.add(events::decode_form(name), events::decode_form(value));
  }
  return query;
}

}  // namespace

HttpRequest::HttpRequest(const events::ApiGatewayV2Request& event, std::string_view path,
                         events::StringMap parameters)
    : event_(event),
      path_(path),
      parameters_(std::move(parameters)),
      query_(parse_query(event.raw_query_string)) {}

std::optional<std::string_view> HttpRequest::query(std::string_view name) const {
  const std::string* value = query_.find(name);
  if (value == nullptr) return std::nullopt;
  return *value;
}

std::vector<std::string_view> HttpRequest::query_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : query_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

}  // namespace thimble::router
