#pragma once
// The emulator's own lines on stderr, in the public emulator's words.

#include <string>
#include <string_view>

#include "thimble/base/env.h"
#include "thimble/emulator/options.h"

#include "output.h"
#include "platform_event.h"
#include "record_time.h"

namespace thimble::emulator {

// Writes what is at or above a level, without the secrets of an environment, each as
// `09 Feb 2024 03:04:05,067 [INFO] (rapid) INIT START(...)` or as
// `{"timestamp":"2024-02-09T03:04:05.067Z","level":"INFO","message":"INIT START(...)"}`.
class EmulatorLog final : public EventSink {
 public:
  struct Options {
    const Clock& clock;
    LogLevel level;
    LogFormat format;
    const Env& env;
  };

  EmulatorLog(const Options& options, Output& err) : options_(options), err_(err) {}

  void on_event(const PlatformEvent& event) override;

 private:
  void line(LogLevel level, std::string_view message);
  // One that may repeat what came from outside.
  void foreign_line(LogLevel level, std::string_view message);
  void append_text_line(LogLevel level, std::string_view message);
  void append_json_line(LogLevel level, std::string_view message);
  void first_fatal_error(std::string_view type);

  // What the function's log or extensions are told of.
  void write(const InitRuntimeDone&) {}
  void write(const InvokeResponded&) {}
  void write(const InvokeStreamEnded&) {}
  void write(const InvokeReported&) {}
  void write(const FunctionOutput&) {}
  void write(const ExtensionOutput&) {}
  void write(const ExtensionStateChanged&) {}
  void write(const Subscribed&) {}
  void write(const Dropped&) {}

  void write(const CommandGiven& event);
  void write(const InitStarted& event);
  void write(const RestoreStarted& event);
  void write(const RestoreEnded& event);
  void write(const RuntimeStarting& event);
  void write(const InitEnded& event);
  void write(const InitFailed& event);
  void write(const InvokeStarted& event);
  void write(const InvokeRuntimeDone& event);
  void write(const InvokeFailed& event);
  void write(const ExtensionRegistered& event);
  void write(const ProcessExited& event);
  void write(const ProcessKilled& event);
  void write(const ResetStarted& event);
  void write(const ResetWaiting& event);
  void write(const SignalReceived& event);
  void write(const Notice& event);

  const Options options_;
  Output& err_;
  std::string text_;          // reused for every line
  long stamped_second_ = -1;  // the second stamp_ was made for
  char stamp_[32] = {};
  RecordTime time_;
};

}  // namespace thimble::emulator
