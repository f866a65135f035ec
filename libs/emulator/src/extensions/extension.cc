#include "extension.h"

#include <array>
#include <utility>

#include "thimble/wire/extensions_api.h"

namespace thimble::emulator {

std::string_view name_of(ExtensionState state) {
  switch (state) {
    case ExtensionState::kStarted:
      return "Started";
    case ExtensionState::kRegistered:
      return "Registered";
    case ExtensionState::kReady:
      return "Ready";
    case ExtensionState::kRunning:
      return "Running";
    case ExtensionState::kInitError:
      return "InitError";
    case ExtensionState::kExitError:
      return "ExitError";
  }
  return "";
}

Result<void> Extension::start(EventLoop& loop, Children& children, SpawnOptions options) {
  is_external_ = true;
  auto process = Process::start(loop, children, std::move(options), *this);
  if (!process) return fail(std::move(process.error()));
  process_ = std::move(*process);
  return {};
}

Extension::~Extension() {
  if (parked_ != nullptr) parked_->abort();
}

void Extension::on_exit(const Exit& exit) {
  listener_.on_extension_ending();
  // The process object must outlive this call, which is its own.
  const auto ended = std::move(process_);
  parked_ = nullptr;
  listener_.on_extension_exit(name_, exit);
}

void Extension::wait_for_event(http::Exchange& exchange, const std::string& event_id) {
  state = ExtensionState::kReady;
  if (pending_) {
    state = ExtensionState::kRunning;
    answer(exchange, *std::exchange(pending_, std::nullopt), event_id);
    return;
  }
  parked_ = &exchange;
  exchange.on_gone([this] { parked_ = nullptr; });
}

void Extension::give(std::string event, const std::string& event_id) {
  if (parked_ == nullptr) {
    pending_ = std::move(event);
    return;
  }
  state = ExtensionState::kRunning;
  answer(*std::exchange(parked_, nullptr), event, event_id);
}

void Extension::answer(http::Exchange& exchange, std::string_view event,
                       std::string_view event_id) {
  const std::array<http::Header, 2> headers{
      {{wire::kExtensionIdentifier, identifier_}, {wire::kExtensionEventIdentifier, event_id}}};
  exchange.reply({.status = 200, .content_type = "application/json", .headers = headers}, event);
}

}  // namespace thimble::emulator
