#pragma once
// The log people know: START, END and REPORT lines and the function's output on stdout, the
// emulator's own lines on stderr, in the public emulator's words.

#include <string>
#include <string_view>

#include "thimble/emulator/options.h"

#include "output.h"
#include "platform_event.h"

namespace thimble::emulator {

class TextLog final : public EventSink {
 public:
  // Writes START, END, REPORT and function output to `out`, lines at or above `level` to `err`.
  TextLog(const Clock& clock, LogLevel level, Output& out, Output& err)
      : clock_(clock), level_(level), out_(out), err_(err) {}

  void on_event(const PlatformEvent& event) override;

 private:
  void line(LogLevel level, std::string_view message);
  void first_fatal_error(std::string_view type);

  void write(const CommandGiven& event);
  void write(const InitStarted& event);
  void write(const RestoreStarted& event);
  void write(const RestoreEnded& event);
  void write(const RuntimeStarting& event);
  void write(const InitRuntimeDone& event);
  void write(const InitEnded& event);
  void write(const InitFailed& event);
  void write(const InvokeStarted& event);
  void write(const InvokeResponded& event);
  void write(const InvokeStreamEnded& event);
  void write(const InvokeRuntimeDone& event);
  void write(const InvokeFailed& event);
  void write(const InvokeReported& event);
  void write(const FunctionOutput& event);
  void write(const ExtensionOutput& event);
  void write(const ExtensionRegistered& event);
  void write(const ExtensionStateChanged& event);
  void write(const ProcessExited& event);
  void write(const ProcessKilled& event);
  void write(const ResetStarted& event);
  void write(const ResetWaiting& event);
  void write(const SignalReceived& event);
  void write(const Notice& event);

  const Clock& clock_;
  LogLevel level_;
  Output& out_;
  Output& err_;
  std::string text_;          // reused for every line
  long stamped_second_ = -1;  // the second stamp_ was made for
  char stamp_[32] = {};
};

}  // namespace thimble::emulator
