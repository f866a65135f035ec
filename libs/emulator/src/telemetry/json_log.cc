#include "json_log.h"

#include <cassert>
#include <utility>
#include <variant>

#include "application_level.h"

namespace thimble::emulator {
namespace {

SchemaOptions latest(SchemaOptions options) {
  options.version = SchemaVersion::kTelemetry20250129;
  return options;
}

// The invocation an event is about; empty if there is none.
std::string_view request_id_of(const PlatformEvent& event) {
  return std::visit(
      [](const auto& concrete) -> std::string_view {
        if constexpr (requires { concrete.request_id; }) {
          return concrete.request_id;
        } else {
          return {};
        }
      },
      event);
}

}  // namespace

JsonLog::JsonLog(const Options& options, Output& out, LogTails& tails)
    : options_(options), out_(out), tails_(tails), schema_(latest(options.schema)) {}

// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html has the
// table, "System log level event mapping". A function in an image has no runtime version.
JsonLog::Levels JsonLog::levels_of(const PlatformEvent& event) const {
  constexpr Levels kDebug{LogLevel::kDebug, LogLevel::kDebug};
  constexpr Levels kInfo{LogLevel::kInfo, LogLevel::kInfo};
  constexpr Levels kWarning{LogLevel::kWarning, LogLevel::kWarning};
  if (std::holds_alternative<InitStarted>(event) || std::holds_alternative<RestoreStarted>(event)) {
    return kDebug;
  }
  if (const auto* done = std::get_if<InvokeRuntimeDone>(&event)) {
    return done->error_type.empty() ? kDebug : kWarning;
  }
  if (std::holds_alternative<InvokeFailed>(event) || std::holds_alternative<Dropped>(event)) {
    return kWarning;
  }
  if (const auto* ready = std::get_if<InitRuntimeDone>(&event)) {
    return ready->error_type.empty() ? kDebug : kWarning;
  }
  if (const auto* ended = std::get_if<InitEnded>(&event)) {
    if (!ended->is_success) return kWarning;
    return options_.schema.initialization_type == "on-demand" ? kDebug : kInfo;
  }
  if (const auto* restored = std::get_if<RestoreEnded>(&event)) {
    return restored->is_success ? Levels{LogLevel::kDebug, LogLevel::kInfo} : kWarning;
  }
  if (const auto* reported = std::get_if<InvokeReported>(&event)) {
    return reported->error_type.empty() ? kInfo : kWarning;
  }
  if (const auto* extension = std::get_if<ExtensionStateChanged>(&event)) {
    return extension->error_type.empty() ? kInfo : kWarning;
  }
  return kInfo;
}

void JsonLog::on_event(const PlatformEvent& event) {
  if (const auto* output = std::get_if<FunctionOutput>(&event)) return write(*output);
  if (const auto* output = std::get_if<ExtensionOutput>(&event)) return write(*output);
  request_id_ = request_id_of(event);
  if (const auto* exited = std::get_if<ProcessExited>(&event)) {
    // Those of invocations have ended with them.
    finish_lines({});
    finish_lines_of_extension(exited->name);
  } else if (std::holds_alternative<InvokeStarted>(event)) {
    // What was printed before belongs to no invocation; or, where several run at once, to any.
    if (options_.schema.initialization_type != "lambda-managed-instances") finish_lines({});
  } else if (std::holds_alternative<InvokeRuntimeDone>(event) ||
             std::holds_alternative<InvokeFailed>(event) ||
             std::holds_alternative<InvokeReported>(event)) {
    finish_lines(request_id_);
  }
  levels_ = levels_of(event);
  record_count_ = 0;
  const WallTime now = options_.clock.wall();
  if (const auto* subscribed = std::get_if<Subscribed>(&event)) {
    schema_.write(*subscribed, now, *this);
  } else if (const auto* dropped = std::get_if<Dropped>(&event)) {
    schema_.write(*dropped, now, *this);
  } else {
    schema_.write(event, now, *this);
  }
}

// A line of its own, whatever stands before it.
void JsonLog::on_record(std::string_view record) {
  assert(record_count_ < levels_.size());
  if (levels_[record_count_++] < options_.system_level) return;
  if (!out_.is_at_line_start()) out_.append("\n");
  out_.append(record);
  out_.append("\n");
  tails_.append_line(request_id_, record);
  tails_.append(request_id_, "\n");
}

void JsonLog::write_output(std::string_view request_id, std::string_view bytes) {
  if (options_.shares_out && !out_.is_at_line_start()) out_.append("\n");
  out_.append(bytes);
  tails_.append(request_id, bytes);
}

void JsonLog::write(const FunctionOutput& output) {
  if (!options_.application_level && !options_.shares_out) {
    return write_output(output.request_id, output.bytes);
  }
  lines_of(lines_, output.request_id).feed(output.bytes, [&](std::string_view line) {
    write_line(output.request_id, line);
  });
}

void JsonLog::write(const ExtensionOutput& output) {
  if (!options_.shares_out) return write_output({}, output.bytes);
  lines_of(extension_lines_, output.name).feed(output.bytes, [&](std::string_view line) {
    write_output({}, line);
  });
}

LineSplitter& JsonLog::lines_of(LinesByWriter& lines, std::string_view writer) {
  const auto found = lines.find(writer);
  return found != lines.end() ? found->second
                              : lines.try_emplace(std::string(writer)).first->second;
}

void JsonLog::write_line(std::string_view request_id, std::string_view line) {
  const auto& least = options_.application_level;
  if (!least || level_of_line(line) >= *least) write_output(request_id, line);
}

void JsonLog::finish_lines(std::string_view request_id) {
  const auto lines = lines_.find(request_id);
  if (lines == lines_.end()) return;
  lines->second.finish([&](std::string_view line) { write_line(request_id, line); });
  lines_.erase(lines);
}

void JsonLog::finish_lines_of_extension(std::string_view name) {
  const auto lines = extension_lines_.find(name);
  if (lines == extension_lines_.end()) return;
  lines->second.finish([&](std::string_view line) { write_output({}, line); });
  extension_lines_.erase(lines);
}

}  // namespace thimble::emulator
