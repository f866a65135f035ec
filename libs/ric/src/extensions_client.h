#pragma once
// The Extensions API, version 2020-01-01, from the extension's side
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).

#include <initializer_list>
#include <string>
#include <string_view>

#include <thimble/base/result.h>

#include "connection.h"
#include "request_head.h"

namespace thimble::ric {

// Asks one call after the other. An answer is valid until the next call.
class ExtensionsClient final {
 public:
  explicit ExtensionsClient(Endpoint endpoint)
      : connection_(std::move(endpoint)), head_(connection_.endpoint().text) {}

  // Registers for `events`, "INVOKE" and "SHUTDOWN", and returns what Lambda says of the function.
  [[nodiscard]] Result<std::string_view> register_extension(
      std::string_view name, std::initializer_list<std::string_view> events);

  // Waits for the next event, and returns it.
  [[nodiscard]] Result<std::string_view> next();

  // Asks for the next event, but does not wait for it: for who has no events.
  [[nodiscard]] Result<void> ask_for_next();

  // POST .../init/error or .../exit/error
  [[nodiscard]] Result<void> post_error(std::string_view path, std::string_view type,
                                        std::string_view message);

  // PUT /2022-07-01/telemetry
  [[nodiscard]] Result<void> subscribe(std::string_view body);

  [[nodiscard]] std::string_view identifier() const { return identifier_; }

 private:
  [[nodiscard]] Result<std::string_view> ask(std::string_view body, std::string_view what);
  void start_next();

  Connection connection_;
  RequestHead head_;
  std::string identifier_;
};

}  // namespace thimble::ric
