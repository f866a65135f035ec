#pragma once
// An execution environment as the pool and as its Runtime API see it, whichever kind it is.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "thimble/http/exchange.h"

#include "extensions/extensions.h"
#include "invocation.h"

namespace thimble::emulator {

// Told when an environment can take an invocation.
class EnvironmentListener {
 public:
  virtual ~EnvironmentListener() = default;
  virtual void on_free() = 0;
};

// The connections of an environment's Runtime API.
class RuntimeConnections {
 public:
  virtual ~RuntimeConnections() = default;
  // Takes in what a runtime that has just ended sent before.
  virtual void read_pending() = 0;
  // Nobody is left at the other ends.
  virtual void close_connections() = 0;
  [[nodiscard]] virtual bool any() const = 0;
};

// What the pool asks of an environment.
class PooledEnvironment {
 public:
  PooledEnvironment() = default;
  PooledEnvironment(const PooledEnvironment&) = delete;
  PooledEnvironment& operator=(const PooledEnvironment&) = delete;
  virtual ~PooledEnvironment() = default;

  // Whether it can take an invocation.
  [[nodiscard]] virtual bool is_free() const = 0;
  // Whether it has answered its caller, so that it will be free soon if all goes well.
  [[nodiscard]] virtual bool is_about_to_be_free() const { return false; }
  // Whether it has no processes, so that nothing of earlier invocations is left.
  [[nodiscard]] virtual bool is_stopped() const = 0;
  // Starts one that is stopped before there is an invocation. It may be free meanwhile, and takes
  // one that then waits. An init that fails, or takes longer than Lambda allows, is told of and
  // left at that: the first invocation starts it again, as part of itself.
  virtual void prepare() {}
  // Runs an invocation. Only when is_free().
  virtual void invoke(std::unique_ptr<Invocation> invocation) = 0;
  // Ends the processes of one that is free, as when Lambda needs it no longer. It is free again
  // when it is stopped.
  virtual void retire() = 0;
  // Kills everything and takes no more invocations. on_stopped is called when the processes have
  // been collected.
  virtual void shut_down(std::function<void()> on_stopped) = 0;
  // Lets the output of its processes flow again after it was held back.
  virtual void resume_output() = 0;
};

// A runtime, its extensions, and what they may ask. A refused request changes nothing, so that a
// runtime can always go on rightly.
class ExecutionEnvironment : public PooledEnvironment {
 public:
  // The address the runtime is told, and its connections; both known once its server listens.
  // Before the first invoke.
  void set_runtime_api(std::string address, RuntimeConnections& connections) {
    runtime_api_ = std::move(address);
    connections_ = &connections;
  }
  // Asked before more output is read.
  void set_output_gate(std::function<bool()> has_room) { has_room_ = std::move(has_room); }

  // The runtime's requests. Each exchange is answered, at once or, for next, when there is an
  // invocation.
  virtual void next(http::Exchange& exchange) = 0;
  virtual void response(http::Exchange& exchange, std::string_view request_id) = 0;
  // Whether response_begins() may do anything.
  [[nodiscard]] virtual bool may_stream() const = 0;
  // The head of a response has come. If its caller wants it as it is produced, and the runtime
  // produces it so, it is read here and does not come to response(); or it is refused here.
  virtual void response_begins(http::Exchange& exchange, std::string_view request_id) = 0;
  virtual void error(http::Exchange& exchange, std::string_view request_id) = 0;
  virtual void init_error(http::Exchange& exchange) = 0;

  // SnapStart's: only if is_snap_start().
  [[nodiscard]] virtual bool is_snap_start() const { return false; }
  // The runtime is still on its way to its snapshot.
  [[nodiscard]] virtual bool is_before_restore() const { return false; }
  virtual void restore_next(http::Exchange&) {}
  virtual void restore_error(http::Exchange&) {}
  virtual void credentials(http::Exchange&) {}

  // Extensions ask for themselves.
  [[nodiscard]] virtual Extensions& extensions() = 0;

 protected:
  [[nodiscard]] const std::string& runtime_api() const { return runtime_api_; }
  [[nodiscard]] RuntimeConnections& connections() const { return *connections_; }
  [[nodiscard]] bool has_room() const { return !has_room_ || has_room_(); }

 private:
  std::string runtime_api_;
  RuntimeConnections* connections_ = nullptr;
  std::function<bool()> has_room_;
};

}  // namespace thimble::emulator
