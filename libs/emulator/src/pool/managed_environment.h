#pragma once
// An execution environment of Lambda Managed Instances: its runtime runs several invocations at the
// same time (https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html).

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "environment.h"
#include "managed_invocation.h"
#include "posted_outcome.h"

namespace thimble::emulator {

// Any number of /next may wait, and as many invocations run as AWS_LAMBDA_MAX_CONCURRENCY says. An
// invocation has ended when its response has been posted, or when the process it went to has ended;
// a timeout ends it for its caller, and harms nothing else. Only if for the time of a whole timeout
// nobody has asked for an invocation that waits, and none runs, is the runtime taken for hung and
// started again.
class ManagedEnvironment final : public Environment, private ManagedInvocationListener {
 public:
  ManagedEnvironment(const EnvironmentContext& context, EnvironmentListener& listener);
  ~ManagedEnvironment() override;

  [[nodiscard]] bool is_free() const override;
  void prepare() override;
  void invoke(std::unique_ptr<Invocation> invocation) override;

  void next(http::Exchange& exchange) override;
  void response(http::Exchange& exchange, std::string_view request_id) override;
  [[nodiscard]] bool may_stream() const override { return !taken_.empty(); }
  void response_begins(http::Exchange& exchange, std::string_view request_id) override;
  void error(http::Exchange& exchange, std::string_view request_id) override;

 private:
  using Taken = std::vector<std::unique_ptr<ManagedInvocation>>;

  // Environment
  void on_initialized() override;
  void fail_invocations(const Outcome& outcome) override;
  void drop_invocations() override;
  void forget_parked() override { parked_.clear(); }
  void on_stopped() override;

  // ManagedInvocationListener
  void on_timeout(ManagedInvocation& invocation) override;
  void on_stream_done(ManagedInvocation& invocation, Outcome outcome) override;

  void start_init();
  // Remembers which process an invocation went to, in case that ends before it has answered.
  void watch(http::Exchange& exchange, const ManagedInvocation& invocation);
  void on_connection_closed(std::uint16_t port, const std::string& request_id);
  void look_for_the_dead();
  void park(http::Exchange& exchange);
  void hand_out();
  // Whom a post is for; null, and the post refused, if for none that runs.
  [[nodiscard]] ManagedInvocation* find(http::Exchange& exchange, std::string_view request_id);
  [[nodiscard]] std::unique_ptr<ManagedInvocation> take_out(const ManagedInvocation& invocation);
  void finish(http::Exchange& exchange, ManagedInvocation& invocation, PostedOutcome posted);
  void report(std::unique_ptr<ManagedInvocation> finished);
  void bury(std::unique_ptr<ManagedInvocation> invocation);

  Timer init_timeout_;
  Taken taken_;  // in the order they came
  Taken ended_;  // until nobody can be inside them
  Deferred bury_;
  std::deque<http::Exchange*> parked_;

  // One process of a runtime may end alone, as awslambdaric's do. Its connection closes then; but
  // so do connections whose clients have no more use for them.
  struct Suspect {
    std::string request_id;
    pid_t process;
    int looks_left;
  };
  std::map<std::uint16_t, pid_t> processes_;  // by the ports of their connections
  std::vector<Suspect> suspects_;
  Timer look_;
};

}  // namespace thimble::emulator
