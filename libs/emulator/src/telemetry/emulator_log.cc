#include "emulator_log.h"

#include <cinttypes>
#include <cstdio>
#include <ctime>

#include "thimble/emulator/secrets.h"
#include "thimble/json/writer.h"

#include "invocation_lines.h"

namespace thimble::emulator {
namespace {

double milliseconds(Nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return "TRACE";
    case LogLevel::kDebug:
      return "DEBUG";
    case LogLevel::kInfo:
      return "INFO";
    case LogLevel::kWarning:
      return "WARNING";
    case LogLevel::kError:
      return "ERROR";
    case LogLevel::kFatal:
      return "FATAL";
    case LogLevel::kPanic:
      return "PANIC";
  }
  return "INFO";
}

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[256];
  const int length = std::snprintf(text, sizeof text, pattern, values...);
  return {text, static_cast<std::size_t>(length < 0 ? 0 : length)};
}

}  // namespace

void EmulatorLog::on_event(const PlatformEvent& event) {
  std::visit([this](const auto& concrete) { write(concrete); }, event);
}

void EmulatorLog::line(LogLevel level, std::string_view message) {
  if (level < options_.level) return;
  text_.clear();
  if (options_.format == LogFormat::kJson) {
    append_json_line(level, message);
  } else {
    append_text_line(level, message);
  }
  text_ += '\n';
  err_.append(text_);
}

void EmulatorLog::foreign_line(LogLevel level, std::string_view message) {
  if (level >= options_.level) line(level, without_secrets(message, options_.env));
}

void EmulatorLog::append_json_line(LogLevel level, std::string_view message) {
  json::Writer writer(text_);
  writer.begin_object().key("timestamp").string(time_.text(options_.clock.wall()));
  writer.key("level").string(level == LogLevel::kWarning ? "WARN" : level_name(level));
  writer.key("message").string(message).end_object();
}

void EmulatorLog::append_text_line(LogLevel level, std::string_view message) {
  const auto now =
      std::chrono::duration_cast<Milliseconds>(options_.clock.wall().time_since_epoch()).count();
  const long second = static_cast<long>(now / 1000);
  if (second != stamped_second_) {
    stamped_second_ = second;
    const std::time_t time = second;
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::snprintf(stamp_, sizeof stamp_, "%02d %s %04d %02d:%02d:%02d,", parts.tm_mday % 100,
                  kMonths[parts.tm_mon % 12], (parts.tm_year + 1900) % 10000, parts.tm_hour % 100,
                  parts.tm_min % 100, parts.tm_sec % 100);
  }
  char millis[8];
  std::snprintf(millis, sizeof millis, "%03d", static_cast<int>(now % 1000));
  text_.append(stamp_).append(millis).append(" [").append(level_name(level)).append("] (rapid) ");
  append_clean(text_, message);
}

void EmulatorLog::first_fatal_error(std::string_view type) {
  if (!type.empty())
    line(LogLevel::kWarning, std::string("First fatal error stored in appctx: ").append(type));
}

void EmulatorLog::write(const CommandGiven& event) {
  std::string text("exec '");
  text.append(event.file).append("' (cwd=").append(event.working_directory);
  text.append(", handler=").append(event.handler).append(")");
  foreign_line(LogLevel::kInfo, text);
}

void EmulatorLog::write(const InitStarted& event) {
  std::string text("INIT START(type: ");
  text.append(event.initialization_type);
  text.append(", phase: ").append(event.is_during_invoke ? "invoke" : "init");
  line(LogLevel::kInfo, text.append(")"));
}

void EmulatorLog::write(const RestoreStarted&) {
  line(LogLevel::kInfo, "RESTORE START");
}

void EmulatorLog::write(const RestoreEnded& event) {
  line(LogLevel::kInfo,
       event.is_success ? "RESTORE RTDONE(status: success)" : "RESTORE RTDONE(status: error)");
  line(LogLevel::kInfo, format("RESTORE REPORT(durationMs: %f)", milliseconds(event.duration)));
}

void EmulatorLog::write(const RuntimeStarting& event) {
  if (event.missing_credentials.empty()) return;
  std::string text("Starting runtime without ");
  for (std::size_t i = 0; i < event.missing_credentials.size(); ++i) {
    text.append(i == 0 ? "" : ", ").append(event.missing_credentials[i]);
  }
  line(LogLevel::kInfo, text.append(" , Expected?: false"));
}

void EmulatorLog::write(const InitEnded& event) {
  line(LogLevel::kInfo,
       event.is_success ? "INIT RTDONE(status: success)" : "INIT RTDONE(status: error)");
  line(LogLevel::kInfo, format("INIT REPORT(durationMs: %f)", milliseconds(event.duration)));
}

void EmulatorLog::write(const InitFailed& event) {
  first_fatal_error(event.error_type);
  foreign_line(LogLevel::kError,
               std::string("Init failed error=").append(event.reason).append(" InvokeID="));
}

void EmulatorLog::write(const InvokeStarted& event) {
  if (LogLevel::kInfo < options_.level) return;
  line(LogLevel::kInfo,
       std::string("INVOKE START(requestId: ").append(event.request_id).append(")"));
}

void EmulatorLog::write(const InvokeRuntimeDone& event) {
  if (LogLevel::kInfo < options_.level) return;
  line(LogLevel::kInfo, format("INVOKE RTDONE(status: %s, produced bytes: %zu, duration: %fms)",
                               event.error_type.empty() ? "success" : "error", event.produced_bytes,
                               milliseconds(event.duration)));
}

void EmulatorLog::write(const InvokeFailed& event) {
  std::string text("Invoke failed error=");
  const std::string_view reason = event.is_timeout ? "errResetReceived" : event.reason;
  foreign_line(LogLevel::kError, text.append(reason).append(" InvokeID=").append(event.request_id));
  foreign_line(LogLevel::kError, std::string("Invoke DONE failed: ").append(event.error_type));
}

void EmulatorLog::write(const ExtensionRegistered& event) {
  std::string text(event.is_external ? "External agent " : "Internal agent ");
  text.append(event.name)
      .append(" (")
      .append(event.identifier)
      .append(") registered, subscribed to [");
  foreign_line(LogLevel::kInfo, text.append(event.events).append("]"));
}

void EmulatorLog::write(const ProcessExited& event) {
  first_fatal_error(event.error_type);
  line(LogLevel::kWarning,
       std::string("Process ").append(event.name).append(" exited: ").append(event.how));
}

void EmulatorLog::write(const ProcessKilled& event) {
  std::string text("Sending SIGKILL to ");
  line(LogLevel::kInfo,
       text.append(event.name).append("(").append(std::to_string(event.pid)).append(")."));
}

void EmulatorLog::write(const ResetStarted& event) {
  line(LogLevel::kWarning, std::string("Reset initiated: ").append(event.reason));
}

void EmulatorLog::write(const ResetWaiting&) {
  line(LogLevel::kInfo, "Waiting for runtime domain processes termination");
}

void EmulatorLog::write(const SignalReceived& event) {
  line(LogLevel::kInfo, std::string("Received signal signal=").append(event.name));
  line(LogLevel::kInfo, "Shutting down...");
}

void EmulatorLog::write(const Notice& event) {
  switch (event.level) {
    case Notice::Level::kInfo:
      return foreign_line(LogLevel::kInfo, event.message);
    case Notice::Level::kWarning:
      return foreign_line(LogLevel::kWarning, event.message);
    case Notice::Level::kError:
      return foreign_line(LogLevel::kError, event.message);
  }
}

}  // namespace thimble::emulator
