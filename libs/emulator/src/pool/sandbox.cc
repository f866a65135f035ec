#include "sandbox.h"

#include <utility>

#include "managed_environment.h"
#include "on_demand_environment.h"
#include "runtime_api/runtime_api.h"

namespace thimble::emulator {
namespace {

std::unique_ptr<ExecutionEnvironment> make_environment(const Sandbox::Options& options,
                                                       const NetworkNamespace* network,
                                                       EventBus& bus,
                                                       EnvironmentListener& listener) {
  const EnvironmentContext context{.loop = options.loop,
                                   .children = options.children,
                                   .bus = bus,
                                   .ids = options.ids,
                                   .names = options.names,
                                   .function = options.function,
                                   .env = options.env,
                                   .inherited = options.inherited,
                                   .max_response_bytes = options.max_response_bytes,
                                   .stream_limits = options.stream_limits,
                                   .enforcement = options.enforcement,
                                   .network = network};
  if (options.function.is_managed()) return std::make_unique<ManagedEnvironment>(context, listener);
  return std::make_unique<OnDemandEnvironment>(context, listener);
}

}  // namespace

Sandbox::Sandbox(const Options& options, EnvironmentListener& listener,
                 std::unique_ptr<NetworkNamespace> network)
    : network_(std::move(network)),
      log_(options.open_log()),
      telemetry_({.loop = options.loop,
                  .initialization_type = options.function.initialization_type(),
                  .function_name = options.function.name,
                  .function_version = options.function.version,
                  .memory_size_mb = options.function.memory_mb,
                  .json_logs = options.env.value_or("AWS_LAMBDA_LOG_FORMAT", "") == "JSON",
                  .network = network_.get(),
                  .bus = &bus_}),
      environment_(make_environment(options, network_.get(), bus_, listener)),
      telemetry_api_(environment_->extensions(), telemetry_, options.reserved_ports,
                     options.function.is_managed()) {
  bus_.add(options.bus);
  if (log_) bus_.add(*log_);
  bus_.add(telemetry_);
  environment_->set_output_gate(options.has_room_for_output);
}

Sandbox::~Sandbox() = default;

Result<std::shared_ptr<Sandbox>> Sandbox::open(const Options& options,
                                               EnvironmentListener& listener) {
  std::unique_ptr<NetworkNamespace> network;
  if (options.has_own_network) {
    auto made = NetworkNamespace::create();
    if (!made) return fail(std::move(made.error()).during("a network of its own"));
    network = std::move(*made);
  }
  std::shared_ptr<Sandbox> sandbox(new Sandbox(options, listener, std::move(network)));
  auto runtime_api = RuntimeApi::listen({.loop = options.loop,
                                         .buffers = options.buffers,
                                         .environment = *sandbox->environment_,
                                         .telemetry = sandbox->telemetry_api_,
                                         .function = options.function,
                                         .origins = options.origins,
                                         .address = options.address,
                                         .limits = options.limits,
                                         .max_response_bytes = options.max_response_bytes,
                                         .network = sandbox->network_.get()});
  if (!runtime_api) return fail(std::move(runtime_api.error()).during("Runtime API"));
  sandbox->runtime_api_ = std::move(*runtime_api);
  options.reserved_ports.push_back(sandbox->runtime_address().port);
  return sandbox;
}

const http::Address& Sandbox::runtime_address() const {
  return runtime_api_->address();
}

}  // namespace thimble::emulator
