#pragma once
// Everybody who is told of everything that happens: the logs on stdout and stderr, the tails that
// callers ask for, X-Ray's daemon.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "thimble/base/env.h"
#include "thimble/base/event_loop.h"
#include "thimble/base/random_id.h"
#include "thimble/emulator/options.h"

#include "emulator_log.h"
#include "function.h"
#include "log_tails.h"
#include "output.h"
#include "platform_event.h"
#include "text_log.h"
#include "xray_daemon.h"
#include "xray_segments.h"

namespace thimble::emulator {

// Adds to the emulator's bus what the options and the environment's variables ask for.
class Logs final {
 public:
  struct Context {
    EventLoop& loop;
    EventBus& bus;
    RandomIds& ids;
    const Options& options;
    const Env& env;
    const Function& function;
  };

  // References outlive it. Nothing may be published after its end.
  explicit Logs(const Context& context);
  Logs(const Logs&) = delete;
  Logs& operator=(const Logs&) = delete;

  // What each environment has for itself; null if what listens to all of them is enough.
  [[nodiscard]] std::unique_ptr<EventSink> open_environment_log();

  [[nodiscard]] LogTails& tails() { return tails_; }
  // Segments are sent, so what begins a trace is sampled.
  [[nodiscard]] bool has_segments() const { return segments_.has_value(); }

  // Whether the reader of stdout keeps up, and what to do when it does again.
  [[nodiscard]] bool has_room() const { return !out_.is_full(); }
  void on_room(std::function<void()> callback) { out_.on_room(std::move(callback)); }

  // Writes what is left, or gives up after `longest` for each. At the end of the program.
  void finish(Milliseconds longest);

 private:
  void add_segments();
  void warn(const std::string& text);

  const Context context_;
  Output out_;
  Output err_;
  EmulatorLog emulator_log_;
  LogTails tails_;
  std::optional<TextLog> text_log_;
  std::optional<XrayDaemon> daemon_;
  std::optional<XraySegments> segments_;
};

}  // namespace thimble::emulator
