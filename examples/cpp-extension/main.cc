// An extension that says, when the environment ends, how long its invocations took.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <thimble/ric/extension.h>
#include <thimble/ric/log.h>

#include "durations.h"
#include "listener.h"

// What is left of the time to shut down for saying so.
constexpr std::chrono::milliseconds kTimeToLeave{200};

// What the listener's thread and main share; it lives for as long as either of them.
struct Seen {
  explicit Seen(durations::Listener open) : listener(std::move(open)) {}

  durations::Listener listener;
  std::mutex mutex;
  std::condition_variable changed;
  durations::Statistics statistics;
};

int main(int, char** arguments) {
  using thimble::ric::Extension;
  using thimble::ric::ExtensionEvent;
  namespace log = thimble::ric::log;

  // Lambda knows an external extension by its file's name.
  const std::string path = arguments[0];
  auto extension = Extension::start({.name = path.substr(path.rfind('/') + 1)});
  if (!extension) {
    log::fatal(extension.error().message);
    return 1;
  }
  const auto give_up = [&](const thimble::Error& error) {
    log::fatal(error.message);
    if (auto told = extension->report_init_error("Extension.NoTelemetry", error.message); !told) {
      log::error(told.error().message);
    }
    return 1;
  };

  auto listener = durations::Listener::open();
  if (!listener) return give_up(listener.error());
  const auto seen = std::make_shared<Seen>(*std::move(listener));
  std::thread([seen] {
    seen->listener.run([&](std::string_view line) {
      if (const auto report = durations::read_report(line)) {
        const std::lock_guard lock(seen->mutex);
        seen->statistics.add(*report);
        seen->changed.notify_one();
      }
    });
  }).detach();
  if (auto subscribed = extension->subscribe(
          {.destination = "tcp://sandbox.localdomain:" + std::to_string(seen->listener.port()),
           .function = false,
           .timeout = std::chrono::milliseconds(25)});
      !subscribed) {
    return give_up(subscribed.error());
  }

  std::string last_request_id;
  while (true) {
    const auto event = extension->next();
    if (!event) {
      log::fatal(event.error().message);
      return 1;
    }
    if (event->type == ExtensionEvent::Type::kInvoke) {
      last_request_id = event->request_id;
    } else {
      // The last report may be on its way.
      std::unique_lock lock(seen->mutex);
      const durations::Statistics& statistics = seen->statistics;
      seen->changed.wait_until(lock, event->deadline - kTimeToLeave,
                               [&] { return statistics.last_request_id == last_request_id; });
      log::info("durations", {{"reason", event->shutdown_reason},
                              {"invocations", statistics.count},
                              {"total_ms", statistics.total_ms},
                              {"longest_ms", statistics.longest_ms}});
      return 0;
    }
  }
}
