#pragma once
// The Authorization header for one registry: a name and password, or a token for each scope.

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include <thimble/base/result.h>
#include <thimble/fetch/client.h>
#include <thimble/fetch/url.h>
#include <thimble/registry/challenge.h>
#include <thimble/registry/client.h>

namespace thimble::registry {

// What a request is for: "repository:team/app:pull,push", one or several with spaces between. As in
// the distribution project's "Token Authentication".
struct Scope {
  std::string text;
  std::string repository;
};

// Used by all threads that talk to the registry. While one gets a token the others wait for it.
class Authorizer final {
 public:
  Authorizer(fetch::Client& http, const ClientOptions& options, std::string registry)
      : http_(http), options_(options), registry_(std::move(registry)) {}
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;

  // What to send with a request; nothing until the registry has asked for something.
  [[nodiscard]] Result<std::optional<std::string>> header(const Scope& scope, std::stop_token stop);

  // Takes the 401 that a request with `sent` got. True: another header will be sent now. False: the
  // registry does not want what there is, and the 401 is the answer.
  [[nodiscard]] Result<bool> challenged(const fetch::Response& response, const fetch::Url& registry,
                                        const Scope& scope, const std::optional<std::string>& sent);

 private:
  struct Token {
    std::string value;
    std::chrono::steady_clock::time_point expires;
  };

  [[nodiscard]] Result<std::optional<Credentials>> credentials(const Scope& scope);
  [[nodiscard]] Result<std::string> basic(const Scope& scope);
  [[nodiscard]] Result<std::string> bearer(const Scope& scope, std::stop_token stop);
  [[nodiscard]] Result<Token> fetch_token(const Scope& scope, std::stop_token stop);
  [[nodiscard]] Result<fetch::Url> realm() const;

  fetch::Client& http_;
  const ClientOptions& options_;
  std::string registry_;
  std::mutex mutex_;
  std::optional<Challenge> challenge_;
  bool registry_is_loopback_ = false;
  std::map<std::string, std::optional<Credentials>> credentials_;  // By repository.
  std::map<std::string, Token> tokens_;                            // By scope.
};

}  // namespace thimble::registry
