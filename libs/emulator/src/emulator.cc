#include "thimble/emulator/emulator.h"

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thimble/wire/invoke_api.h"

#include "container.h"
#include "enforcement.h"
#include "extensions/extension_files.h"
#include "function.h"
#include "invoke/async_invoker.h"
#include "invoke/durable_endpoint.h"
#include "invoke/durable_proxy.h"
#include "invoke/invoke_api.h"
#include "invoke/tracer.h"
#include "origin.h"
#include "platform_event.h"
#include "pool/pool.h"
#include "pool/sandbox.h"
#include "supervisor/children.h"
#include "supervisor/network_namespace.h"
#include "supervisor/signals.h"
#include "telemetry/logs.h"

namespace thimble::emulator {
namespace {

constexpr Milliseconds kLongestShutdown = Seconds(4);
constexpr Milliseconds kLongestLastWrite = Seconds(1);

std::string_view signal_text(int number) {
  return number == SIGTERM ? "terminated" : "interrupt";
}

// The whole graph of objects, in the order they need each other.
class Emulator final {
 public:
  // `enforcement` may be null.
  Emulator(EventLoop& loop, const Options& options, const Env& env, Function function,
           const Enforcement* enforcement)
      : loop_(loop),
        options_(options),
        env_(env),
        function_(std::move(function)),
        enforcement_(enforcement),
        logs_({.loop = loop,
               .bus = bus_,
               .ids = ids_,
               .options = options,
               .env = env,
               .function = function_}),
        origins_(options.cors),
        tracer_(ids_, loop.clock()),
        children_(loop),
        give_up_(loop, [this] { loop_.stop(); }) {
    if (logs_.has_segments()) tracer_.record();
  }

  Result<void> start() {
    // Extensions listen on fixed ports.
    are_networks_needed_ =
        options_.concurrency > 1 && !function_.is_attached &&
        !extension_files(function_.extensions_folder).value_or(std::vector<std::string>()).empty();
    if (are_networks_needed_) {
      if (auto network = NetworkNamespace::create(); !network) {
        return fail(std::move(network.error())
                        .during("--concurrency " + std::to_string(options_.concurrency) +
                                ": extensions in \"" + function_.extensions_folder +
                                "\" would share ports; a network for each environment"));
      }
    }
    auto signals = Signals::take_over(loop_, [this](int number) { on_signal(number); });
    if (!signals) return fail(std::move(signals.error()));
    signals_ = std::move(*signals);

    const std::size_t max_response =
        options_.max_response_bytes ? options_.max_response_bytes : wire::kMaxResponseBytes;
    const std::size_t max_request =
        options_.max_request_bytes ? options_.max_request_bytes : wire::kMaxRequestBytes;
    const std::size_t max_event =
        options_.max_event_bytes ? options_.max_event_bytes : wire::kMaxEventBytes;
    const http::Limits limits{.head_bytes = options_.max_head_bytes,
                              .headers = options_.max_headers,
                              .connections = options_.max_connections,
                              .head_time = options_.head_timeout,
                              .idle_time = options_.idle_timeout};
    auto runtime_address = http::parse_address(options_.runtime_api_address);
    if (!runtime_address) return fail(std::move(runtime_address.error()));
    sandbox_options_.emplace(Sandbox::Options{
        .loop = loop_,
        .children = children_,
        .bus = bus_,
        .ids = ids_,
        .names = names_,
        .function = function_,
        .env = env_,
        .inherited = signals_->inherited(),
        .max_response_bytes = max_response,
        .stream_limits = {.bytes = options_.max_streamed_bytes ? options_.max_streamed_bytes
                                                               : wire::kMaxStreamedBytes,
                          .bytes_per_second = options_.stream_rate,
                          .unhurried_bytes = wire::kUnhurriedAfterBytes},
        .buffers = buffers_,
        .origins = origins_,
        .address = *runtime_address,
        .limits = limits,
        .enforcement = enforcement_,
        .has_own_network = options_.enforce.no_network || are_networks_needed_,
        .reserved_ports = reserved_ports_,
        .open_log = [this] { return logs_.open_environment_log(); },
        .has_room_for_output = [this] { return logs_.has_room(); }});
    auto pool = Pool::create(
        {.loop = loop_,
         .open = [this](EnvironmentListener& listener) { return open_environment(listener); },
         .environments = options_.concurrency,
         // An attached runtime is not ours to end, and a managed one runs them at the same time.
         .isolates_tenants = !function_.is_attached && !function_.is_managed(),
         .queued_invocations = options_.queue_depth,
         .queued_bytes = options_.queue_bytes});
    if (!pool) return fail(std::move(pool.error()));
    pool_ = std::move(*pool);
    logs_.on_room([this] { pool_->resume_output(); });
    async_invoker_ = std::make_unique<AsyncInvoker>(
        AsyncInvoker::Options{.loop = loop_,
                              .bus = bus_,
                              .ids = ids_,
                              .run =
                                  [this](std::unique_ptr<Invocation> invocation) {
                                    tracer_.begin(*invocation);
                                    pool_->submit_to_background(std::move(invocation));
                                  },
                              .most = options_.event_queue_depth,
                              .most_bytes = options_.event_queue_bytes,
                              .retries = options_.event_retries,
                              .retry_delay = options_.event_retry_delay});
    if (!options_.durable_endpoint.empty()) {
      if (auto started = start_durable_proxy(max_request); !started) return started;
    }
    invoke_api_ = std::make_unique<InvokeApi>(
        InvokeApi::Options{.bus = bus_,
                           .pool = *pool_,
                           .async_invoker = *async_invoker_,
                           .log_tails = logs_.tails(),
                           .durable = durable_proxy_.get(),
                           .ids = ids_,
                           .tracer = tracer_,
                           .function = function_,
                           .origins = origins_,
                           .fidelity = options_.fidelity,
                           .max_request_bytes = max_request,
                           .max_event_bytes = max_event,
                           .streams_plain_invokes = options_.stream_invoke});
    auto invoke_address = http::parse_address(options_.invoke_address.empty()
                                                  ? default_invoke_address(env_)
                                                  : std::string_view(options_.invoke_address));
    if (!invoke_address) return fail(std::move(invoke_address.error()));
    auto server = http::Server::listen(
        *invoke_address,
        {.loop = loop_, .buffers = buffers_, .handler = *invoke_api_, .limits = limits});
    if (!server) return fail(std::move(server.error()).during("Invoke API"));
    server_ = std::move(*server);
    reserved_ports_.push_back(server_->address().port);
    announce(invoke_address->port == 0 || runtime_address->port == 0);
    if (function_.is_managed() || options_.init == InitMode::kEager) pool_->prepare();
    return {};
  }

  void run() {
    loop_.run();
    logs_.finish(kLongestLastWrite);
  }

 private:
  void warn(const std::string& text) {
    bus_.publish(Notice{.level = Notice::Level::kWarning, .message = text});
  }

  // The first has the address that was asked for, the others have any port if they share a network.
  Result<std::shared_ptr<PooledEnvironment>> open_environment(EnvironmentListener& listener) {
    auto sandbox = Sandbox::open(*sandbox_options_, listener);
    if (!sandbox) {
      if (pool_) warn("No further environment: " + sandbox.error().message);
      return fail(std::move(sandbox.error()));
    }
    if (!pool_) runtime_api_address_ = (*sandbox)->runtime_address().text();
    if (!sandbox_options_->has_own_network) sandbox_options_->address.port = 0;
    return std::shared_ptr<PooledEnvironment>(*sandbox, &(*sandbox)->environment());
  }

  Result<void> start_durable_proxy(std::size_t max_request_bytes) {
    auto address = parse_durable_endpoint(options_.durable_endpoint);
    if (!address) return fail(std::move(address.error()));
    auto endpoint = http::Endpoint::look_up(*address);
    if (!endpoint) return fail(std::move(endpoint.error()).during("durable endpoint"));
    durable_proxy_ = std::make_unique<DurableProxy>(
        DurableProxy::Options{.loop = loop_,
                              .bus = bus_,
                              .ids = ids_,
                              .endpoint = std::move(*endpoint),
                              .max_request_bytes = max_request_bytes,
                              .longest_silence = options_.idle_timeout});
    return {};
  }

  // Says what the public emulator says, and the ports if the system chose one.
  void announce(bool has_chosen_ports) {
    const Command& command = function_.command;
    if (command.is_given) {
      bus_.publish(CommandGiven{.file = command.argv.front(),
                                .working_directory = command.working_directory,
                                .handler = function_.command.argv.size() > 1
                                               ? std::string_view(command.argv.back())
                                               : std::string_view()});
    }
    if (enforcement_ != nullptr && !enforcement_->notice().empty()) warn(enforcement_->notice());
    if (are_networks_needed_) {
      warn(
          "Each environment has a network of its own, without a way out, for their extensions' "
          "ports");
    }
    if (function_.is_attached) {
      const std::string text =
          "No runtime is started; start yours with AWS_LAMBDA_RUNTIME_API=" + runtime_api_address_;
      bus_.publish(Notice{.level = Notice::Level::kInfo, .message = text});
    }
    if (has_chosen_ports) {
      const std::string text =
          "listening on " + server_->address().text() + ", Runtime API on " + runtime_api_address_;
      bus_.publish(Notice{.level = Notice::Level::kInfo, .message = text});
    }
  }

  void on_signal(int number) {
    if (number == SIGCHLD) return children_.collect();
    if (std::exchange(is_ending_, true)) return;
    bus_.publish(SignalReceived{.name = signal_text(number)});
    give_up_.start_after(kLongestShutdown);
    server_->stop_accepting();
    async_invoker_->shut_down();
    pool_->shut_down([this] { loop_.stop(); });
  }

  EventLoop& loop_;
  const Options& options_;
  const Env& env_;
  const Function function_;
  const Enforcement* enforcement_;
  BufferPool buffers_;
  RandomIds ids_;
  RuntimeNames names_;
  EventBus bus_;
  Logs logs_;
  OriginPolicy origins_;
  Tracer tracer_;
  Children children_;
  std::unique_ptr<Signals> signals_;
  ReservedPorts reserved_ports_;
  std::optional<Sandbox::Options> sandbox_options_;
  std::string runtime_api_address_;  // the first
  std::unique_ptr<AsyncInvoker> async_invoker_;
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<DurableProxy> durable_proxy_;
  std::unique_ptr<InvokeApi> invoke_api_;
  std::unique_ptr<http::Server> server_;
  Timer give_up_;
  bool are_networks_needed_ = false;
  bool is_ending_ = false;
};

}  // namespace

Result<void> run(const Options& options, const Env& given) {
  Env env = given;
  // A log in which every line is JSON needs a runtime that writes such lines.
  if (options.log_format == LogFormat::kJson) env.set_if_absent("AWS_LAMBDA_LOG_FORMAT", "JSON");
  auto function = load_function(options, env);
  if (!function) return fail(std::move(function.error()));
  const SystemClock clock;
  auto loop = EventLoop::create(clock);
  if (!loop) return fail(std::move(loop.error()));
  const auto enforcement = Enforcement::prepare(options, *function);
  if (!enforcement) return fail(enforcement.error());
  Emulator emulator(**loop, options, env, std::move(*function), enforcement->get());
  if (auto started = emulator.start(); !started) return started;
  emulator.run();
  return {};
}

}  // namespace thimble::emulator
