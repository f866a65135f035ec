#pragma once
// One execution environment with everything that belongs to it alone.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "thimble/http/address.h"
#include "thimble/http/server.h"

#include "environment_context.h"
#include "execution_environment.h"
#include "origin.h"
#include "platform_event.h"
#include "supervisor/network_namespace.h"
#include "telemetry/telemetry_api.h"
#include "telemetry/telemetry_service.h"

namespace thimble::emulator {

class RuntimeApi;

// The environment, its Runtime API's address, and those who hear of what happens in it: its own
// extensions, and all who listen to the emulator.
class Sandbox final {
 public:
  // References outlive it.
  struct Options {
    EventLoop& loop;
    Children& children;
    EventBus& bus;  // the emulator's
    RandomIds& ids;
    RuntimeNames& names;
    const Function& function;
    const Env& env;
    const InheritedState& inherited;
    std::size_t max_response_bytes;
    StreamLimits stream_limits;
    BufferPool& buffers;
    const OriginPolicy& origins;
    http::Address address;  // of the Runtime API
    http::Limits limits;
    const Enforcement* enforcement = nullptr;  // null: nothing is enforced
    // Its Runtime API listens, and its processes run, in a network of its own.
    bool has_own_network = false;
    ReservedPorts& reserved_ports;
    // A log of what happens in this environment alone; null if there is none.
    std::function<std::unique_ptr<EventSink>()> open_log;
    std::function<bool()> has_room_for_output;
  };

  // Fails if the address cannot be listened on, or there can be no network of its own.
  [[nodiscard]] static Result<std::shared_ptr<Sandbox>> open(const Options& options,
                                                             EnvironmentListener& listener);
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox();

  [[nodiscard]] ExecutionEnvironment& environment() { return *environment_; }
  [[nodiscard]] const http::Address& runtime_address() const;

 private:
  Sandbox(const Options& options, EnvironmentListener& listener,
          std::unique_ptr<NetworkNamespace> network);

  std::unique_ptr<NetworkNamespace> network_;  // null: the emulator's
  EventBus bus_;
  std::unique_ptr<EventSink> log_;  // may be null
  TelemetryService telemetry_;
  std::unique_ptr<ExecutionEnvironment> environment_;
  TelemetryApi telemetry_api_;
  std::unique_ptr<RuntimeApi> runtime_api_;
};

}  // namespace thimble::emulator
