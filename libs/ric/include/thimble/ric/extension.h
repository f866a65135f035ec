#pragma once
// For writing an extension: a program in /opt/extensions, or a part of the handler's program.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::ric {

struct ExtensionOptions {
  // An external extension's is its file's name, without folders.
  std::string name;
  bool wants_invoke = true;
  bool wants_shutdown = true;
  // "host:port"; from AWS_LAMBDA_RUNTIME_API if it is empty.
  std::string runtime_api = {};
};

struct ExtensionEvent {
  enum class Type : std::uint8_t { kInvoke, kShutdown };

  Type type = Type::kInvoke;
  // When the invocation, or the time to shut down, ends.
  std::chrono::system_clock::time_point deadline;
  // Of an invocation.
  std::string request_id;
  std::string invoked_function_arn;
  std::string trace_id;
  // "spindown", "timeout" or "failure".
  std::string shutdown_reason;
};

// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html
struct TelemetrySubscription {
  // "http://sandbox.localdomain:PORT/PATH" or "tcp://sandbox.localdomain:PORT", where this program
  // listens already.
  std::string destination;
  bool platform = true;
  bool function = true;
  bool extension = false;
  std::string schema_version = "2022-12-13";
  // Zero leaves the choice to Lambda.
  std::uint32_t max_items = 0;
  std::uint32_t max_bytes = 0;
  std::chrono::milliseconds timeout{0};
};

// A registered extension
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html):
//
//   auto extension = thimble::ric::Extension::start({.name = "my-extension"});
//   if (!extension) return 1;
//   while (auto event = extension->next()) {
//     if (event->type == ExtensionEvent::Type::kShutdown) return 0;
//   }
//
// Every call waits for its answer. Not to be used by two threads at a time.
class Extension final {
 public:
  // Registers. Fails if Lambda refuses, with what it says.
  [[nodiscard]] static Result<Extension> start(ExtensionOptions options);
  Extension(Extension&&) noexcept;
  Extension& operator=(Extension&&) noexcept;
  ~Extension();

  // Waits for the next event; the environment may be frozen meanwhile. Until the first call the
  // init phase goes on.
  [[nodiscard]] Result<ExtensionEvent> next();

  // Before the first next(); once.
  [[nodiscard]] Result<void> subscribe(const TelemetrySubscription& subscription);

  // Reports why the extension cannot go on, before or after the first next(). It is to exit then.
  [[nodiscard]] Result<void> report_init_error(std::string_view type, std::string_view message);
  [[nodiscard]] Result<void> report_exit_error(std::string_view type, std::string_view message);

  // What registration said.
  [[nodiscard]] std::string_view id() const;
  [[nodiscard]] std::string_view function_name() const;
  [[nodiscard]] std::string_view function_version() const;

 private:
  class Impl;
  explicit Extension(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace thimble::ric
