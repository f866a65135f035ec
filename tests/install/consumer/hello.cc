// A handler that uses something of every library that is installed.
#include <string>
#include <string_view>

#include <thimble/base/base64.h>
#include <thimble/json/query.h>
#include <thimble/json/writer.h>
#include <thimble/ric.h>
#include <thimble/ric/identity.h>
#include <thimble/wire/runtime_api.h>

namespace ric = thimble::ric;

namespace {

thimble::Result<std::string> handle(std::string_view event, const ric::Context& context) {
  const auto identity = ric::parse_cognito_identity(context.cognito_identity);
  if (!identity) return std::unexpected(identity.error());
  auto name = thimble::json::find_string(event, "name");
  if (!name) return std::unexpected(name.error());
  ric::log::info("greeted", {{"characters", name->value_or("").size()}, {"share", 0.5}});
  std::string answer;
  thimble::json::Writer(answer)
      .begin_object()
      .key("greeting")
      .string("Hello, " + name->value_or("whoever") + "!")
      .key("base64")
      .string(thimble::base64_encode(name->value_or("")))
      .key("function")
      .string(context.function_name)
      .end_object();
  return answer;
}

}  // namespace

int main() {
  return ric::run(handle);
}
