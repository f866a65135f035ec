#pragma once
// The Runtime API, version 2018-06-01, as one runtime sees it
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

#include <memory>
#include <string>

#include "thimble/http/server.h"

#include "function.h"
#include "origin.h"
#include "pool/execution_environment.h"
#include "supervisor/network_namespace.h"
#include "telemetry/telemetry_api.h"

namespace thimble::emulator {

// Reads which request it is and hands it to the environment, which knows what is allowed when.
class RuntimeApi final : public http::Handler, public RuntimeConnections {
 public:
  struct Options {
    EventLoop& loop;
    BufferPool& buffers;
    ExecutionEnvironment& environment;
    TelemetryApi& telemetry;
    const Function& function;
    const OriginPolicy& origins;
    http::Address address;
    http::Limits limits;
    std::size_t max_response_bytes;
    const NetworkNamespace* network = nullptr;  // where it listens; null: the emulator's
  };

  // References outlive it. Tells the environment its address.
  [[nodiscard]] static Result<std::unique_ptr<RuntimeApi>> listen(const Options& options);

  [[nodiscard]] const http::Address& address() const { return server_->address(); }

 private:
  explicit RuntimeApi(const Options& options)
      : environment_(options.environment),
        telemetry_(options.telemetry),
        function_(options.function),
        origins_(options.origins),
        max_response_bytes_(options.max_response_bytes) {}

  std::size_t body_limit(const http::Request& request) override;
  void on_head(http::Exchange& exchange) override;
  void on_request(http::Exchange& exchange) override;
  void read_pending() override { server_->read_pending(); }
  void close_connections() override { server_->close_connections(); }
  [[nodiscard]] bool any() const override { return server_->has_connections(); }

  ExecutionEnvironment& environment_;
  TelemetryApi& telemetry_;
  const Function& function_;
  const OriginPolicy& origins_;
  std::size_t max_response_bytes_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace thimble::emulator
