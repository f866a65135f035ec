#include "json_error.h"

#include "thimble/json/writer.h"

namespace thimble::emulator {

std::string runtime_api_error(std::string_view type, std::string_view message) {
  std::string text;
  json::Writer writer(text, {.html_safe = true});
  writer.begin_object()
      .key("errorMessage")
      .string(message)
      .key("errorType")
      .string(type)
      .end_object();
  return text += '\n';
}

std::string function_error(std::string_view type, std::string_view message) {
  std::string text;
  json::Writer writer(text, {.html_safe = true});
  writer.begin_object()
      .key("errorType")
      .string(type)
      .key("errorMessage")
      .string(message)
      .end_object();
  return text;
}

}  // namespace thimble::emulator
