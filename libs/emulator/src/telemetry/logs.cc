#include "logs.h"

#include <unistd.h>

#include <string_view>
#include <utility>

#include "application_level.h"
#include "json_log.h"

namespace thimble::emulator {

Logs::Logs(const Context& context)
    : context_(context),
      out_(context.loop, STDOUT_FILENO),
      err_(context.loop, STDERR_FILENO),
      emulator_log_({.clock = context.loop.clock(),
                     .level = context.options.log_level,
                     .format = context.options.log_format,
                     .env = context.env},
                    err_) {
  context_.bus.add(emulator_log_);
  if (context_.options.log_format == LogFormat::kText) {
    context_.bus.add(tails_);
    context_.bus.add(text_log_.emplace(out_));
  }
  add_segments();
  out_.on_loss([this](const std::string& what) { warn("stdout: " + what); });
  err_.on_loss([this](const std::string& what) { warn("stderr: " + what); });
}

// Lines are put together for each environment by itself.
std::unique_ptr<EventSink> Logs::open_environment_log() {
  const auto& [loop, bus, ids, options, env, function] = context_;
  if (options.log_format != LogFormat::kJson) return nullptr;
  const bool has_json_lines = env.value_or("AWS_LAMBDA_LOG_FORMAT", "") == "JSON";
  return std::make_unique<JsonLog>(
      JsonLog::Options{.clock = loop.clock(),
                       .system_level = options.system_log_level,
                       .application_level = has_json_lines ? application_level(env.value_or(
                                                                 "AWS_LAMBDA_LOG_LEVEL", ""))
                                                           : std::nullopt,
                       .schema = {.version = {},
                                  .initialization_type = function.initialization_type(),
                                  .function_name = function.name,
                                  .function_version = function.version,
                                  .memory_size_mb = function.memory_mb},
                       .shares_out = options.concurrency > 1},
      out_, tails_);
}

// Only an address that was given: the one that runtimes are told without is nobody's.
void Logs::add_segments() {
  const std::string_view text = context_.env.value_or("AWS_XRAY_DAEMON_ADDRESS", "");
  if (text.empty()) return;
  auto address = parse_daemon_address(text);
  auto daemon = address ? XrayDaemon::open(*address) : fail(std::move(address.error()));
  if (!daemon) {
    return warn("AWS_XRAY_DAEMON_ADDRESS: no segments are sent: " + daemon.error().message);
  }
  daemon_.emplace(std::move(*daemon));
  segments_.emplace(XraySegments::Options{.ids = context_.ids,
                                          .clock = context_.loop.clock(),
                                          .function_name = context_.function.name,
                                          .function_arn = context_.function.arn,
                                          .account_id = context_.function.account_id},
                    *daemon_);
  context_.bus.add(*segments_);
}

void Logs::warn(const std::string& text) {
  context_.bus.publish(Notice{.level = Notice::Level::kWarning, .message = text});
}

void Logs::finish(Milliseconds longest) {
  out_.finish(longest);
  err_.finish(longest);
}

}  // namespace thimble::emulator
