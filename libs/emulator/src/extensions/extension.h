#pragma once
// One extension: a process beside the runtime (external) or a part of it (internal).

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "thimble/http/exchange.h"

#include "supervisor/process.h"

namespace thimble::emulator {

// What an extension did last, in the public emulator's words, which appear in its messages.
enum class ExtensionState {
  kStarted,     // its process runs
  kRegistered,  // it has said which events it wants
  kReady,       // it has asked for its next event
  kRunning,     // it has been given one
  kInitError,   // it has reported that it cannot start
  kExitError,   // it has reported that it must end
};

[[nodiscard]] std::string_view name_of(ExtensionState state);

// Told how an external extension ended.
class ExtensionListener {
 public:
  virtual ~ExtensionListener() = default;
  // Returns false to be told no more for now.
  virtual bool on_extension_output(std::string_view name, std::string_view bytes) = 0;
  // It has ended; what it has sent may still be unread. It counts as running until this returns.
  virtual void on_extension_ending() = 0;
  // May destroy the extension.
  virtual void on_extension_exit(std::string_view name, const Exit& exit) = 0;
};

// A registered extension, or a started one that has yet to register.
class Extension final : private ProcessListener {
 public:
  // `identifier` is what it names itself with in requests.
  Extension(std::string name, std::string identifier, ExtensionListener& listener)
      : name_(std::move(name)), identifier_(std::move(identifier)), listener_(listener) {}

  Extension(const Extension&) = delete;
  Extension& operator=(const Extension&) = delete;
  // Whoever waits for an event gets none.
  ~Extension() override;

  // Starts an external one. kNotFound and others as Process::start.
  [[nodiscard]] Result<void> start(EventLoop& loop, Children& children, SpawnOptions options);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& identifier() const { return identifier_; }
  [[nodiscard]] bool is_external() const { return is_external_; }
  [[nodiscard]] bool is_running() const { return process_ != nullptr; }
  [[nodiscard]] int pid() const { return process_ ? process_->pid() : 0; }
  void kill() {
    if (process_) process_->kill();
  }
  void resume_output() {
    if (process_) process_->resume_output();
  }
  void drain_output() {
    if (process_) process_->drain_output();
  }

  // Waits for the next event on this exchange; answered at once if one is already there.
  void wait_for_event(http::Exchange& exchange, const std::string& event_id);
  // Takes back the exchange it waits on, if any, to be answered by the caller.
  [[nodiscard]] http::Exchange* take_waiting() { return std::exchange(parked_, nullptr); }
  // Gives it an event, now or when it asks; it is kRunning then.
  void give(std::string event, const std::string& event_id);

  ExtensionState state = ExtensionState::kStarted;
  bool wants_invoke = false;
  bool wants_shutdown = false;

 private:
  bool on_output(std::string_view bytes) override {
    return listener_.on_extension_output(name_, bytes);
  }
  void on_exit(const Exit& exit) override;
  void answer(http::Exchange& exchange, std::string_view event, std::string_view event_id);

  std::string name_;
  std::string identifier_;
  ExtensionListener& listener_;
  bool is_external_ = false;
  std::unique_ptr<Process> process_;
  http::Exchange* parked_ = nullptr;
  std::optional<std::string> pending_;  // an event its broken connection has not taken
};

}  // namespace thimble::emulator
