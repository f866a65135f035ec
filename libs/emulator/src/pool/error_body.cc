#include "error_body.h"

#include <algorithm>

#include "thimble/json/query.h"
#include "thimble/json/writer.h"
#include "thimble/wire/error_types.h"

namespace thimble::emulator {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string_view valid_error_type(std::string_view type) {
  const bool is_of_function = type.starts_with("Function.");
  const std::size_t dot = type.find('.');
  if (is_of_function || type.starts_with("Runtime.")) {
    const std::string_view name = type.substr(dot + 1);
    if (name.size() > 1 && name[0] >= 'A' && name[0] <= 'Z' && std::ranges::all_of(name, is_letter))
      return type;
  }
  return is_of_function ? wire::kUnknownFunctionError : wire::kUnknownRuntimeError;
}

std::optional<std::string> without_cause(std::string_view body) {
  const auto message = json::find_string(body, "errorMessage");
  const auto type = json::find_string(body, "errorType");
  const auto trace = json::find_member(body, "stackTrace");
  if (!message || !type || !trace) return std::nullopt;

  std::string text;
  json::Writer writer(text, {.html_safe = true});
  writer.begin_object();
  writer.key("errorMessage").string(message->value_or(""));
  writer.key("errorType").string(type->value_or(""));
  if (*trace && **trace != "null" && **trace != "[]") {
    if (!(*trace)->starts_with('[')) return std::nullopt;
    writer.key("stackTrace").raw(**trace);
  }
  writer.end_object();
  return text;
}

}  // namespace thimble::emulator
