#include "session.h"

#include <utility>

#include "answer.h"
#include "printable.h"

namespace thimble::registry {
namespace {

constexpr int kMaxRedirects = 5;
constexpr std::uint64_t kSlowest = 100;  // Bytes per second.

// Docker's registry is not at the name that references have.
std::string host_of(const std::string& registry) {
  return registry == "docker.io" || registry == "index.docker.io" ? "registry-1.docker.io"
                                                                  : registry;
}

}  // namespace

Session::Session(fetch::Client& http, const ClientOptions& options, std::string registry)
    : http_(http),
      options_(options),
      registry_(std::move(registry)),
      authorizer_(http, options, registry_) {}

Result<fetch::Url> Session::base(std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  if (!base_) {
    auto found = find_base(std::move(stop));
    if (!found) return found;
    base_ = std::move(*found);
  }
  return *base_;
}

// Registries of this machine mostly have no certificate. Asked without https: one that has answers
// 400, or nothing that is HTTP.
Result<fetch::Url> Session::find_base(std::stop_token stop) {
  const std::string host = host_of(registry_);
  auto secure = fetch::Url::parse("https://" + host + "/v2/");
  if (!secure) return fail(std::move(secure.error()).during("registry '" + registry_ + "'"));
  auto plain = fetch::Url::parse("http://" + host + "/v2/");
  if (!plain) return fail(std::move(plain.error()).during("registry '" + registry_ + "'"));
  if (plain->leads_to_one_of(options_.plain_http_hosts)) return plain;
  if (!secure->is_loopback()) return secure;

  const auto ask = [&](const fetch::Url& url) {
    return http_.send({.url = url.text,
                       .stop = stop,
                       .idle_timeout = options_.idle_timeout,
                       .timeout = 5 * options_.idle_timeout});
  };
  auto answer = ask(*plain);
  if (answer && answer->status != 400) return plain;
  auto secure_answer = ask(*secure);
  if (secure_answer) return secure;
  // A certificate that is not trusted says more than that the other way failed.
  if (secure_answer.error().code != ErrorCode::kIo) return fail(std::move(secure_answer.error()));
  if (answer) return plain;
  return fail(std::move(answer.error()));
}

fetch::Request Session::request_for(const Call& call, const fetch::Url& url) const {
  fetch::Request request{.method = call.method,
                         .url = url.text,
                         .headers = call.headers,
                         .body = call.body,
                         .on_answer = call.on_answer,
                         .on_body = call.on_body,
                         .on_progress = call.on_progress,
                         .fresh_connection = call.only_once,
                         .stop = call.stop,
                         .max_body = call.max_body,
                         .max_redirects = kMaxRedirects,
                         .idle_timeout = options_.idle_timeout * (call.is_patient ? 10 : 1),
                         .slowest = kSlowest};
  if (!call.large && !call.is_patient) request.timeout = options_.idle_timeout * 5;
  return request;
}

Result<fetch::Response> Session::send_authorized(const Call& call, const fetch::Url& url,
                                                 const fetch::Url& base) {
  fetch::Request request = request_for(call, url);
  if (!url.has_origin_of(base)) return http_.send(request);
  for (int round = 0;; ++round) {
    request.headers = call.headers;
    auto authorization = authorizer_.header(call.scope, call.stop);
    if (!authorization) return fail(std::move(authorization.error()));
    if (*authorization) request.headers.push_back({"Authorization", **authorization});
    auto response = http_.send(request);
    if (!response || response->status != 401 || round == 2) return response;
    // Of a redirect's end it would be somebody else who asks.
    const auto from = fetch::Url::parse(response->url);
    if (!from || !from->has_origin_of(base)) return response;
    auto again = authorizer_.challenged(*response, base, call.scope, *authorization);
    if (!again) return fail(std::move(again.error()));
    if (!*again) return response;
  }
}

Result<fetch::Response> Session::send(const Call& call) {
  const auto at = base(call.stop);
  if (!at) return fail(at.error());
  fetch::Url url = *at;
  if (const auto* path = std::get_if<std::string>(&call.target)) {
    auto resolved = at->resolve(*path);
    if (!resolved) return fail(std::move(resolved.error()));
    url = std::move(*resolved);
  } else {
    url = std::get<fetch::Url>(call.target);
  }
  for (Backoff tries = backoff(call.stop);;) {
    auto response = send_authorized(call, url, *at);
    if (!call.tried_again) return response;
    if (!response) {
      if (response.error().code != ErrorCode::kIo || !tries.wait()) return response;
    } else if (!may_pass(*response) || !tries.wait(retry_after(*response))) {
      return response;
    }
  }
}

Result<fetch::Url> Session::location(const fetch::Response& response) const {
  const auto header = response.header("location");
  const auto from = fetch::Url::parse(response.url);
  if (!header || !from) {
    return fail(ErrorCode::kInvalid, "registry '" + registry_ + "': its answer names no Location");
  }
  auto url = from->resolve(*header);
  if (!url) return fail(std::move(url.error()).during("registry '" + registry_ + "': Location"));
  if (from->is_https() && !url->is_https()) {
    return fail(ErrorCode::kPermission, "registry '" + registry_ + "' leads from https: to '" +
                                            printable(url->text.substr(0, url->text.find('?'))) +
                                            "', which is not safe");
  }
  return url;
}

Error Session::refused(const fetch::Response& response, const Call& call) const {
  return describe(response, {call.method, registry_, call.scope.repository});
}

}  // namespace thimble::registry
