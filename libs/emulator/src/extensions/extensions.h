#pragma once
// The extensions of one environment, and Lambda's Extensions API as they see it.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/base/event_loop.h"
#include "thimble/base/random_id.h"
#include "thimble/http/exchange.h"

#include "extension.h"
#include "function.h"
#include "platform_event.h"
#include "supervisor/children.h"
#include "supervisor/spawn.h"
#include "telemetry/extension_directory.h"

namespace thimble::emulator {

// Why an environment is shut down: shutdownReason of the Extensions API.
enum class ShutdownReason { kSpindown, kTimeout, kFailure };

// Told how the extensions get on.
class ExtensionsListener {
 public:
  virtual ~ExtensionsListener() = default;
  // One is about to register, perhaps before anything else is known of the runtime.
  virtual void on_extension_registering() {}
  // Every external extension has registered. Called once, and not if there are none.
  virtual void on_extensions_registered() = 0;
  // Every extension waits for its next event, after one of them did not.
  virtual void on_extensions_ready() = 0;
  // One has ended, or has said that it will. Never after shut_down().
  virtual void on_extension_failed(std::string_view error_type, std::string_view reason) = 0;
  // One has ended: what it sent before is to be read.
  virtual void on_extension_ending() = 0;
  // After shut_down(): no process is left.
  virtual void on_extensions_stopped() = 0;
  // Extension output may be read on.
  [[nodiscard]] virtual bool has_room_for_output() = 0;
};

// Starts external extensions, registers both kinds, hands events out. A refused request changes
// nothing.
class Extensions final : public ExtensionListener, public ExtensionDirectory {
 public:
  // References outlive it.
  struct Context {
    EventLoop& loop;
    Children& children;
    EventBus& bus;
    RandomIds& ids;
    const Function& function;
    const Env& env;  // the emulator's own
    const InheritedState& inherited;
  };

  Extensions(const Context& context, ExtensionsListener& listener)
      : context_(context), listener_(listener) {}
  Extensions(const Extensions&) = delete;
  Extensions& operator=(const Extensions&) = delete;

  // Starts what is in the extensions' folder. kLimit if there are too many; any other error is a
  // launch error.
  [[nodiscard]] Result<void> start(const std::string& runtime_api,
                                   const Confinement& confinement = {});

  // Internal extensions may register; nothing is started.
  void open_registration() {
    is_registration_open_ = true;
    is_shutting_down_ = false;
  }

  [[nodiscard]] bool empty() const { return extensions_.empty(); }
  [[nodiscard]] bool has_external() const;
  [[nodiscard]] bool all_registered() const;
  [[nodiscard]] bool all_ready() const;

  // Internal extensions come too late from now on.
  void close_registration() { is_registration_open_ = false; }

  // The body of a request is at most this long.
  static constexpr std::size_t kMaxBody = 256 * 1024;
  // A request whose path begins with wire::kExtensionPrefix.
  void on_request(http::Exchange& exchange);

  // INVOKE to those who want it.
  struct InvokeEvent {
    std::string_view request_id;
    std::string_view deadline_ms;
    std::string_view arn;
    std::string_view trace_id;
  };
  void invoke(const InvokeEvent& event);

  // SHUTDOWN to the external extensions that want it; the others are killed.
  void shut_down(ShutdownReason reason, WallTime deadline);
  // Kills those that are left.
  void kill();
  // Forgets all of them. No process may be left.
  void clear();

  void resume_output();
  void drain_output();

  // The registered extension of that identifier.
  [[nodiscard]] const Extension* find(std::string_view identifier) const;
  [[nodiscard]] bool is_registration_open() const { return is_registration_open_; }

  // ExtensionDirectory
  [[nodiscard]] std::optional<std::string_view> extension_name(
      std::string_view identifier) const override;
  [[nodiscard]] bool is_initializing() const override { return is_registration_open_; }

 private:
  bool on_extension_output(std::string_view name, std::string_view bytes) override;
  void on_extension_ending() override { listener_.on_extension_ending(); }
  void on_extension_exit(std::string_view name, const Exit& exit) override;

  void register_extension(http::Exchange& exchange);
  void next(http::Exchange& exchange, Extension& extension);
  void publish_state(const Extension& extension, std::string_view error_type);
  void report_error(http::Exchange& exchange, Extension& extension, std::string_view error_type,
                    ExtensionState state);
  // These two refuse the request themselves.
  [[nodiscard]] bool has_identifier(http::Exchange& exchange);
  [[nodiscard]] Extension* identify(http::Exchange& exchange);
  [[nodiscard]] Extension* find_by_name(std::string_view name);
  [[nodiscard]] std::string event_id() { return context_.ids.uuid(); }
  void refuse_state(http::Exchange& exchange, const Extension& extension, std::string_view to);
  [[nodiscard]] bool has_processes() const;

  Context context_;
  ExtensionsListener& listener_;
  std::vector<std::unique_ptr<Extension>> extensions_;
  bool is_registration_open_ = false;
  bool is_shutting_down_ = false;
};

}  // namespace thimble::emulator
