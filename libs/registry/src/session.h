#pragma once
// One registry as requests see it: its address, who one is there, and trying again.

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/fetch/client.h>
#include <thimble/fetch/url.h>
#include <thimble/registry/client.h>

#include "authorizer.h"
#include "backoff.h"

namespace thimble::registry {

// A request to a registry.
struct Call {
  std::string method = "GET";
  std::variant<std::string, fetch::Url> target = {};  // A path, or where a Location led.
  Scope scope = {};
  std::vector<fetch::Header> headers = {};
  std::variant<std::monostate, std::string, fetch::FileBody> body = {};
  std::function<Result<void>(const fetch::Response&)> on_answer = {};
  std::function<Result<void>(std::string_view)> on_body = {};
  std::function<void(std::uint64_t sent, std::uint64_t received)> on_progress = {};
  std::uint64_t max_body = std::uint64_t{1} << 20;
  bool large = false;       // May take any time, as long as something moves.
  bool is_patient = false;  // The registry may be silent for long: it reads a blob again.
  bool tried_again = true;  // What may pass is; else that is the caller's business.
  std::stop_token stop = {};
};

// Used by all threads that talk to the registry.
class Session final {
 public:
  Session(fetch::Client& http, const ClientOptions& options, std::string registry);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Returns any answer, 401 after a token or password included. Authorization goes to the registry
  // itself and nowhere else: not where a Location or a redirect leads.
  [[nodiscard]] Result<fetch::Response> send(const Call& call);

  // Where the Location of an answer leads; from https: never to http:.
  [[nodiscard]] Result<fetch::Url> location(const fetch::Response& response) const;

  [[nodiscard]] Backoff backoff(std::stop_token stop) const {
    return {options_.retry, std::move(stop)};
  }

  // The error for an answer that is not what `call` hoped for.
  [[nodiscard]] Error refused(const fetch::Response& response, const Call& call) const;

  [[nodiscard]] const std::string& registry() const { return registry_; }

 private:
  [[nodiscard]] Result<fetch::Url> base(std::stop_token stop);
  [[nodiscard]] Result<fetch::Url> find_base(std::stop_token stop);
  [[nodiscard]] Result<fetch::Response> send_authorized(const Call& call, const fetch::Url& url,
                                                        const fetch::Url& base);
  [[nodiscard]] fetch::Request request_for(const Call& call, const fetch::Url& url) const;

  fetch::Client& http_;
  const ClientOptions& options_;
  std::string registry_;
  Authorizer authorizer_;
  std::mutex mutex_;
  std::optional<fetch::Url> base_;
};

}  // namespace thimble::registry
