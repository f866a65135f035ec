#pragma once
// Calls AWS in the name of whoever is configured.

#include <memory>
#include <string>

#include <thimble/aws/call.h>
#include <thimble/aws/config.h>
#include <thimble/aws/credentials.h>
#include <thimble/aws/world.h>
#include <thimble/base/clock.h>
#include <thimble/base/env.h>
#include <thimble/base/result.h>
#include <thimble/fetch/client.h>

namespace thimble::aws {

// A client's options for AWS: $AWS_CA_BUNDLE, and plain HTTP to where credentials are served by it
// and to endpoints that are configured so.
[[nodiscard]] fetch::ClientOptions client_options(const Config& config);

// A profile, its region and its credentials, which are looked for once they are needed and again
// before they expire. May be used by several threads at once.
//
//   auto session = aws::Session::open(env, clock, {.profile = "dev"});
//   auto answer = session->call(aws::json_call("ecr", "...DescribeRepositories", "{}"));
class Session final {
 public:
  // With a client of its own. `clock` outlives the session.
  [[nodiscard]] static Result<Session> open(const Env& env, const Clock& clock,
                                            const ConfigOptions& options = {});

  // With another outside, whose clock outlives the session.
  Session(Config config, World world);

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  [[nodiscard]] const Config& config() const;

  // kNotFound if there are none; an error of any other kind is of a place that is configured and
  // does not work.
  [[nodiscard]] Result<Credentials> credentials();

  // The region to call if a call does not say one; kNotFound if none is configured.
  [[nodiscard]] Result<std::string> region() const;

  // Sends a call, signed; tried again if the service is busy. Any answer is a success of this.
  [[nodiscard]] Result<Answer> call(const Call& call);

  // The body of a 2xx answer; any other one is an error.
  [[nodiscard]] Result<std::string> call_body(const Call& call);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thimble::aws
