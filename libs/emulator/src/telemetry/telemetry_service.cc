#include "telemetry_service.h"

#include <algorithm>
#include <utility>

namespace thimble::emulator {

TelemetryService::TelemetryService(Options options)
    : options_(std::move(options)),
      bury_(options_.loop, [this] { retired_.clear(); }),
      tell_of_dropped_(options_.loop,
                       [this] { options_.bus->publish(std::exchange(dropped_, {})); }) {}

TelemetryService::Answer TelemetryService::subscribe(const Extension& extension,
                                                     Subscription subscription) {
  const auto earlier =
      std::ranges::find(subscribers_, extension.identifier,
                        [](const std::unique_ptr<Subscriber>& one) -> const std::string& {
                          return one->identifier();
                        });
  if (earlier != subscribers_.end()) {
    if ((*earlier)->subscription().api() != subscription.api()) return Answer::kUsesOtherApi;
    if ((*earlier)->subscription() == subscription) return Answer::kSubscribed;
    retire(std::move(*earlier));
    subscribers_.erase(earlier);
  }

  const Subscribed subscribed{
      .name = extension.name, .api = subscription.api(), .types = subscription.types};
  auto subscriber = std::make_unique<Subscriber>(
      Subscriber::Options{.loop = options_.loop,
                          .identifier = std::string(extension.identifier),
                          .subscription = std::move(subscription),
                          .schema = {.version = {},
                                     .initialization_type = options_.initialization_type,
                                     .function_name = options_.function_name,
                                     .function_version = options_.function_version,
                                     .memory_size_mb = options_.memory_size_mb,
                                     .json_logs = options_.json_logs},
                          .network = options_.network,
                          .on_idle = [this] { subscriber_idle(); },
                          .on_dropped = [this](const Dropped& lost) { on_dropped(lost); }});
  const WallTime now = options_.loop.clock().wall();
  for (const Kept& kept : kept_) {
    std::visit([&](const auto& what) { subscriber->on_event(what, kept.time); }, kept.what);
  }
  if (not_kept_.records > 0) subscriber->on_event(not_kept_, now);
  subscribers_.push_back(std::move(subscriber));
  publish(subscribed, now);
  if (options_.bus != nullptr) options_.bus->publish(subscribed);
  return Answer::kSubscribed;
}

void TelemetryService::on_event(const PlatformEvent& event) {
  if (std::holds_alternative<InitStarted>(event)) begin_init();
  if (subscribers_.empty() && !is_keeping_) return;

  const WallTime now = options_.loop.clock().wall();
  if (const auto* output = std::get_if<FunctionOutput>(&event)) {
    return on_output(RecordType::kFunction, function_lines_, output->bytes, now);
  }
  if (const auto* extension = std::get_if<ExtensionOutput>(&event)) {
    return on_output(RecordType::kExtension, lines_of(extension->name), extension->bytes, now);
  }
  const bool is_crash =
      std::holds_alternative<InvokeFailed>(event) || std::holds_alternative<ProcessExited>(event);
  // A line without an end belongs to what was before.
  if (is_crash || std::holds_alternative<InvokeRuntimeDone>(event)) finish_lines(now);
  publish(event, now);
  if (std::holds_alternative<InitEnded>(event)) end_init();
  // Who is told of a crash late may be told never.
  if (is_crash || std::holds_alternative<ResetStarted>(event)) flush();
}

// --- What is kept for late subscribers

void TelemetryService::begin_init() {
  // Their extensions have ended with the environment before.
  for (auto& subscriber : subscribers_) retire(std::move(subscriber));
  subscribers_.clear();
  end_init();
  function_lines_ = {};
  extension_lines_.clear();
  is_keeping_ = true;
}

void TelemetryService::end_init() {
  is_keeping_ = false;
  kept_ = {};
  texts_.clear();
  lists_.clear();
  kept_bytes_ = 0;
  not_kept_ = {};
}

std::string_view TelemetryService::keep_text(std::string_view text) {
  return text.empty() ? std::string_view() : texts_.emplace_back(text);
}

// Only what can happen in an init; the rest comes after its end.
void TelemetryService::keep(const PlatformEvent& event, WallTime time) {
  PlatformEvent copy = event;
  if (auto* ready = std::get_if<InitRuntimeDone>(&copy)) {
    ready->error_type = keep_text(ready->error_type);
  } else if (auto* restored = std::get_if<RestoreEnded>(&copy)) {
    restored->error_type = keep_text(restored->error_type);
  } else if (auto* extension = std::get_if<ExtensionStateChanged>(&copy)) {
    extension->name = keep_text(extension->name);
    extension->state = keep_text(extension->state);
    extension->error_type = keep_text(extension->error_type);
    auto& events = lists_.emplace_back();
    for (const std::string_view name : extension->events) events.push_back(keep_text(name));
    extension->events = events;
  } else if (!std::holds_alternative<InitStarted>(copy) &&
             !std::holds_alternative<RestoreStarted>(copy)) {
    return;
  }
  kept_.emplace_back(time, copy);
}

void TelemetryService::keep(const LogLine& line, WallTime time) {
  // A short line takes more than its text.
  const std::size_t bytes = line.text.size() + sizeof(Kept) + sizeof(std::string);
  if (kept_bytes_ + bytes > kMostKeptBytes) {
    ++not_kept_.records;
    not_kept_.bytes += line.text.size();
    return;
  }
  kept_bytes_ += bytes;
  kept_.emplace_back(time, LogLine{.type = line.type, .text = keep_text(line.text)});
}

void TelemetryService::keep(const Subscribed& subscribed, WallTime time) {
  Subscribed copy = subscribed;
  copy.name = keep_text(copy.name);
  kept_.emplace_back(time, std::move(copy));
}

// --- From events to subscribers

template <class What>
void TelemetryService::publish(const What& what, WallTime time) {
  if (is_keeping_) keep(what, time);
  for (const auto& subscriber : subscribers_) subscriber->on_event(what, time);
}

void TelemetryService::on_output(RecordType type, LineSplitter& lines, std::string_view bytes,
                                 WallTime time) {
  lines.feed(bytes,
             [&](std::string_view line) { publish(LogLine{.type = type, .text = line}, time); });
}

void TelemetryService::finish_lines(WallTime time) {
  function_lines_.finish([&](std::string_view line) {
    publish(LogLine{.type = RecordType::kFunction, .text = line}, time);
  });
  for (const auto& [name, lines] : extension_lines_) {
    lines->finish([&](std::string_view line) {
      publish(LogLine{.type = RecordType::kExtension, .text = line}, time);
    });
  }
}

LineSplitter& TelemetryService::lines_of(std::string_view extension) {
  for (const auto& [name, lines] : extension_lines_) {
    if (name == extension) return *lines;
  }
  return *extension_lines_.emplace_back(extension, std::make_unique<LineSplitter>()).second;
}

// --- Ends

void TelemetryService::flush() {
  finish_lines(options_.loop.clock().wall());
  for (const auto& subscriber : subscribers_) subscriber->flush();
}

bool TelemetryService::is_idle() const {
  return std::ranges::all_of(subscribers_,
                             [](const auto& subscriber) { return subscriber->is_idle(); });
}

void TelemetryService::subscriber_idle() {
  if (on_idle_ && is_idle()) on_idle_();
}

// Not at once: it may be in the middle of another event.
void TelemetryService::on_dropped(const Dropped& dropped) {
  if (options_.bus == nullptr) return;
  dropped_.records += dropped.records;
  dropped_.bytes += dropped.bytes;
  tell_of_dropped_.schedule();
}

void TelemetryService::retire(std::unique_ptr<Subscriber> subscriber) {
  retired_.push_back(std::move(subscriber));
  bury_.schedule();
}

}  // namespace thimble::emulator
