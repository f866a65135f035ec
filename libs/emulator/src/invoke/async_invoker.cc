#include "async_invoker.h"

#include <algorithm>
#include <utility>

#include "thimble/json/query.h"

namespace thimble::emulator {
namespace {

constexpr std::size_t kLongestErrorType = 128;

// As errors are called in any language. Some handlers put sentences there, which may hold anything.
bool is_error_type(std::string_view type) {
  return !type.empty() && type.size() <= kLongestErrorType && std::ranges::all_of(type, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._:$<>-").find(c) != std::string_view::npos;
  });
}

// What the handler called its error; what the runtime says of it is often only Runtime.Unknown.
std::string error_type_of(const Outcome& outcome) {
  std::string type = outcome.error_type;
  if (outcome.body) {
    if (auto named = json::find_string(outcome.body->view(), "errorType");
        named && *named && is_error_type(**named)) {
      type = std::move(**named);
    }
  }
  return type.empty() ? "Unknown" : type;
}

// Nobody reads what an event's function streams, however much that is.
class Nowhere final : public ResponseStream {
 public:
  void begin(std::string_view) override {}
  void write(std::string_view) override {}
  [[nodiscard]] std::size_t pending_bytes() const override { return 0; }
  void on_drained(std::function<void()>) override {}
};

std::string counted(std::size_t count, std::string_view thing) {
  return std::to_string(count).append(" ").append(thing).append(count == 1 ? "" : "s");
}

}  // namespace

AsyncInvoker::AsyncInvoker(Options options)
    : options_(std::move(options)),
      run_ready_(options_.loop, [this] { run_ready(); }),
      run_due_(options_.loop, [this] { run_due(); }) {}

std::unique_ptr<Invocation> AsyncInvoker::submit(std::unique_ptr<Invocation> invocation) {
  const std::size_t bytes = invocation->payload->size();
  if (is_shut_down_) return invocation;
  if (events_.size() >= options_.most || bytes_ + bytes > options_.most_bytes) return invocation;
  bytes_ += bytes;
  ready_.push_back(invocation->request_id);
  events_.emplace(std::move(invocation->request_id),
                  Event{.trace_id = std::move(invocation->trace_id),
                        .tenant_id = std::move(invocation->tenant_id),
                        .qualifier = std::move(invocation->qualifier),
                        .durable_name = std::move(invocation->durable_name),
                        .durable_arn = std::move(invocation->durable_arn),
                        .payload = std::move(invocation->payload)});
  run_ready_.schedule();
  return nullptr;
}

void AsyncInvoker::run_ready() {
  for (const std::string& request_id : std::exchange(ready_, {})) attempt(request_id);
}

void AsyncInvoker::run_due() {
  const SteadyTime now = options_.loop.clock().now();
  std::vector<std::string> due;
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    due.push_back(std::move(delayed_.begin()->second));
    delayed_.erase(delayed_.begin());
  }
  if (!delayed_.empty()) run_due_.start_at(delayed_.begin()->first);
  for (const std::string& request_id : due) attempt(request_id);
}

void AsyncInvoker::attempt(const std::string& request_id) {
  const auto found = events_.find(request_id);
  if (found == events_.end()) return;
  Event& event = found->second;
  ++event.attempts;
  auto invocation = std::make_unique<Invocation>();
  invocation->request_id = request_id;
  invocation->delivery_id = options_.ids.uuid();
  invocation->trace_id = event.trace_id;
  invocation->tenant_id = event.tenant_id;
  invocation->qualifier = event.qualifier;
  invocation->durable_name = event.durable_name;
  invocation->durable_arn = event.durable_arn;
  invocation->payload = event.payload;
  invocation->caller = this;
  invocation->stream = std::make_unique<Nowhere>();
  options_.run(std::move(invocation));
}

void AsyncInvoker::on_outcome(Invocation& invocation, Outcome outcome) {
  const auto found = events_.find(invocation.request_id);
  if (found == events_.end()) return;
  if (outcome.kind == Outcome::Kind::kResponse) return forget(found);

  const unsigned attempts = found->second.attempts;
  const std::string type = error_type_of(outcome);
  if (attempts > options_.retries) {
    notice(Notice::Level::kError, found->first,
           "failed after " + counted(attempts, "attempt") + ": " + type);
    return forget(found);
  }
  const Milliseconds delay = options_.retry_delay * attempts;
  notice(Notice::Level::kWarning, found->first,
         "failed: " + type + "; retry " + std::to_string(attempts) + " of " +
             std::to_string(options_.retries) + " in " + std::to_string(delay.count()) + " ms");
  delayed_.emplace(options_.loop.clock().now() + delay, found->first);
  run_due_.start_at(delayed_.begin()->first);
}

void AsyncInvoker::forget(Events::iterator event) {
  bytes_ -= event->second.payload->size();
  events_.erase(event);
}

void AsyncInvoker::notice(Notice::Level level, std::string_view request_id,
                          const std::string& text) {
  std::string message("Asynchronous invocation ");
  message.append(request_id).append(" ").append(text);
  options_.bus.publish(Notice{.level = level, .message = message});
}

void AsyncInvoker::shut_down() {
  is_shut_down_ = true;
  run_ready_.cancel();
  run_due_.cancel();
  const std::size_t dropped = std::exchange(events_, {}).size();
  ready_.clear();
  delayed_.clear();
  bytes_ = 0;
  if (dropped == 0) return;
  options_.bus.publish(Notice{.level = Notice::Level::kWarning,
                              .message = "Shutting down: dropped " +
                                         counted(dropped, "unfinished asynchronous invocation")});
}

}  // namespace thimble::emulator
