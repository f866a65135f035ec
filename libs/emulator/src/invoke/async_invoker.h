#pragma once
// Asynchronous invocations: what X-Amz-Invocation-Type: Event asks for
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html).

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/base/event_loop.h"
#include "thimble/base/random_id.h"

#include "invocation.h"
#include "platform_event.h"

namespace thimble::emulator {

// Runs invocations nobody waits for, and those that fail again, with the same request id. What
// fails every time, and what the end of the emulator cuts short, is said in the log.
class AsyncInvoker final : private Caller {
 public:
  struct Options {
    EventLoop& loop;
    EventBus& bus;
    RandomIds& ids;
    // Runs an invocation, now or later; its caller is told how it ended.
    std::function<void(std::unique_ptr<Invocation>)> run;
    std::size_t most;          // invocations that are not finished
    std::size_t most_bytes;    // of their payloads together
    unsigned retries;          // after the first attempt
    Milliseconds retry_delay;  // before the first retry; n times as long before the nth
  };

  // References outlive it, and it outlives what was run.
  explicit AsyncInvoker(Options options);

  // Takes the invocation over, to be run in the loop's next turn at the earliest; or returns it if
  // too much is unfinished. What it says of caller and exchange does not count.
  [[nodiscard]] std::unique_ptr<Invocation> submit(std::unique_ptr<Invocation> invocation);

  // Forgets everything, says in the log how much that was, and takes no more. Before what runs is
  // ended.
  void shut_down();

 private:
  // What every attempt has in common.
  struct Event {
    std::string trace_id;
    std::string tenant_id;
    std::string qualifier;
    std::string durable_name;
    std::string durable_arn;
    std::shared_ptr<const Buffer> payload;
    unsigned attempts = 0;  // that have been started
  };
  using Events = std::map<std::string, Event, std::less<>>;

  void on_outcome(Invocation& invocation, Outcome outcome) override;
  void run_ready();
  void run_due();
  void attempt(const std::string& request_id);
  void forget(Events::iterator event);
  void notice(Notice::Level level, std::string_view request_id, const std::string& text);

  Options options_;
  Events events_;  // by request id
  std::size_t bytes_ = 0;
  bool is_shut_down_ = false;
  std::vector<std::string> ready_;
  std::multimap<SteadyTime, std::string> delayed_;
  Deferred run_ready_;
  Timer run_due_;
};

}  // namespace thimble::emulator
