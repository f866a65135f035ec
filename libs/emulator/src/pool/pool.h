#pragma once
// Hands invocations to environments, in the order they came.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "thimble/base/event_loop.h"
#include "thimble/base/result.h"

#include "execution_environment.h"
#include "invocation.h"

namespace thimble::emulator {

// Some environments, a bounded queue of what callers wait for, and what runs in the background. An
// invocation goes to the first environment that is free and belongs to its tenant; else to one that
// has no processes; else, if none of its tenant's is about to be free, to a new one, if there may
// be more; else one of another tenant, that longest unused, is ended to make room for it. So
// processes that have seen a tenant's invocations never see another's.
//
// A caller goes before the background's, but not for ever: after kMostBeforeBackground of them it
// is the background's turn.
class Pool final : private EnvironmentListener {
 public:
  // Makes another environment, which the pool then shares.
  using Open =
      std::function<Result<std::shared_ptr<PooledEnvironment>>(EnvironmentListener& listener)>;

  struct Options {
    EventLoop& loop;
    Open open;
    std::size_t environments = 1;  // at most
    bool isolates_tenants = true;  // else tenants share
    // How many invocations may wait, and how many bytes of payload they may have together.
    std::size_t queued_invocations;
    std::size_t queued_bytes;
  };

  // With one environment. Fails if that cannot be made.
  [[nodiscard]] static Result<std::unique_ptr<Pool>> create(Options options);

  // Starts the first environment before there is an invocation.
  void prepare() { members_.front().environment->prepare(); }

  // Takes the invocation over, to be run now or later; or returns it if the queue is full.
  [[nodiscard]] std::unique_ptr<Invocation> submit(std::unique_ptr<Invocation> invocation);

  // The same in the background. Never refused: who submits sees to it that there are not too many.
  void submit_to_background(std::unique_ptr<Invocation> invocation);

  // Lets the output of all environments flow again after it was held back.
  void resume_output();

  // Ends what waits with kShutDown and stops the environments.
  void shut_down(std::function<void()> on_stopped);

 private:
  using Queue = std::deque<std::unique_ptr<Invocation>>;

  struct Member {
    std::shared_ptr<PooledEnvironment> environment;
    std::string tenant;      // of what it has run since it was started
    std::uint64_t used = 0;  // when it ran something last, counted in invocations; 0: never
    bool is_retiring = false;
    std::uint64_t promised = 0;  // in which look at the queue it was counted on
  };

  explicit Pool(Options options)
      : options_(std::move(options)),
        dispatch_(options_.loop, [this] { dispatch(); }),
        patience_(options_.loop, [this] { dispatch_without_patience(); }) {}

  void on_free() override { dispatch_.schedule(); }
  void dispatch();
  void dispatch_without_patience();
  [[nodiscard]] bool may_open() const {
    return may_open_ && !is_shut_down_ && members_.size() < options_.environments;
  }
  [[nodiscard]] bool open();
  [[nodiscard]] bool belongs_to(const Member& member, const std::string& tenant) const {
    return !options_.isolates_tenants || member.tenant == tenant || member.used == 0;
  }
  // Where an invocation of that tenant can run now; null: nowhere.
  [[nodiscard]] Member* find_free(const std::string& tenant);
  // Whether an environment is being ended for the invocation, or will be free for it before a new
  // one could be; each counts for one invocation of a look at the queue.
  [[nodiscard]] bool is_promised(const std::string& tenant);
  [[nodiscard]] bool has_free() const;
  // Begins to end the environment that was not used for longest, if one is free.
  [[nodiscard]] bool retire_one();
  // Runs the first of the queue that can run, and makes room for those before it. False: none can.
  [[nodiscard]] bool run_one_of(Queue& queue);
  void run(Member& member, std::unique_ptr<Invocation> invocation);
  [[nodiscard]] bool is_turn_of_background() const {
    return !background_.empty() && run_before_background_ >= kMostBeforeBackground;
  }

  static constexpr unsigned kMostBeforeBackground = 8;
  // How long a runtime that has answered may take to ask for more before another is started.
  static constexpr Milliseconds kPatience{20};
  Options options_;
  std::vector<Member> members_;
  bool may_open_ = true;  // until that fails
  std::uint64_t runs_ = 0;
  std::uint64_t looks_ = 0;
  bool is_patient_ = true;
  Deferred dispatch_;
  Timer patience_;
  Queue queue_;
  std::size_t queued_bytes_ = 0;
  Queue background_;
  unsigned run_before_background_ = 0;  // of the queue, while the background waited
  bool is_shut_down_ = false;
  std::size_t not_stopped_ = 0;  // after shut_down()
};

}  // namespace thimble::emulator
