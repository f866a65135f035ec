#include "authorizer.h"

#include <algorithm>
#include <utility>

#include <thimble/base/base64.h>
#include <thimble/json/reader.h>

#include "answer.h"
#include "backoff.h"
#include "printable.h"

namespace thimble::registry {
namespace {

using std::chrono::steady_clock;

constexpr std::uint64_t kMaxTokenBody = std::uint64_t{1} << 20;
constexpr std::string_view kClientId = "thimble";

// The challenge to take of those offered: a token if there is a choice, as it says less.
Result<std::optional<Challenge>> choose(const fetch::Response& response) {
  std::optional<Challenge> chosen;
  for (const fetch::Header& header : response.headers) {
    if (!std::ranges::equal(
            header.name, std::string_view("www-authenticate"), {},
            [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c + 0; },
            [](char c) { return c + 0; })) {
      continue;
    }
    auto challenges = parse_challenges(header.value);
    if (!challenges) return fail(std::move(challenges.error()));
    for (Challenge& challenge : *challenges) {
      if (challenge.scheme == "bearer" || (challenge.scheme == "basic" && !chosen)) {
        chosen = std::move(challenge);
      }
    }
  }
  return chosen;
}

bool is_token_text(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

struct TokenAnswer {
  std::string token;
  std::int64_t expires_in = 60;
};

Result<TokenAnswer> parse_token(std::string_view body) {
  TokenAnswer answer;
  std::string access_token;
  std::string scratch;
  json::Reader in(body, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key == "token" && !in.read_null())
      answer.token = in.read_string();
    else if (*key == "access_token" && !in.read_null())
      access_token = in.read_string();
    else if (*key == "expires_in" && !in.read_null())
      answer.expires_in = in.read_int64();
  }
  if (auto done = in.finish(); !done) return fail(std::move(done.error()));
  if (answer.token.empty()) answer.token = std::move(access_token);
  if (!is_token_text(answer.token)) return fail(ErrorCode::kInvalid, "there is no token in it");
  answer.expires_in = std::clamp<std::int64_t>(answer.expires_in, 0, 3600);
  return answer;
}

std::string with_parameter(std::string text, std::string_view name, std::string_view value) {
  if (!text.empty() && !text.ends_with('?')) text += '&';
  return text + std::string(name) + "=" + fetch::percent_encode(value);
}

std::string basic_header(const Credentials& credentials) {
  return "Basic " + base64_encode(credentials.username + ":" + credentials.password);
}

}  // namespace

Result<std::optional<std::string>> Authorizer::header(const Scope& scope, std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  if (!challenge_) return std::nullopt;
  auto value = challenge_->scheme == "basic" ? basic(scope) : bearer(scope, std::move(stop));
  if (!value) return fail(std::move(value.error()));
  return std::optional(std::move(*value));
}

Result<bool> Authorizer::challenged(const fetch::Response& response, const fetch::Url& registry,
                                    const Scope& scope, const std::optional<std::string>& sent) {
  auto chosen = choose(response);
  if (!chosen) return fail(std::move(chosen.error()).during("registry '" + registry_ + "'"));
  if (!*chosen) return false;

  const std::lock_guard lock(mutex_);
  registry_is_loopback_ = registry.is_loopback();
  if (!sent) {
    challenge_ = std::move(*chosen);
    return true;
  }
  if (challenge_ && challenge_->scheme == "basic" && (*chosen)->scheme == "basic") return false;
  // Another thread may have got a newer one meanwhile.
  const auto token = tokens_.find(scope.text);
  if (token != tokens_.end() && "Bearer " + token->second.value == *sent) tokens_.erase(token);
  challenge_ = std::move(*chosen);
  return true;
}

Result<std::optional<Credentials>> Authorizer::credentials(const Scope& scope) {
  if (!options_.credentials) return std::nullopt;
  const auto known = credentials_.find(scope.repository);
  if (known != credentials_.end()) return known->second;
  auto found = options_.credentials(registry_, scope.repository);
  if (!found) return found;
  credentials_[scope.repository] = *found;
  return found;
}

Result<std::string> Authorizer::basic(const Scope& scope) {
  auto found = credentials(scope);
  if (!found) return fail(std::move(found.error()));
  if (!*found || (*found)->username.empty()) {
    return fail(
        ErrorCode::kPermission,
        "registry '" + registry_ + "' wants a name and a password; run: docker login " + registry_);
  }
  return basic_header(**found);
}

Result<std::string> Authorizer::bearer(const Scope& scope, std::stop_token stop) {
  const auto known = tokens_.find(scope.text);
  if (known != tokens_.end() && known->second.expires > steady_clock::now()) {
    return "Bearer " + known->second.value;
  }
  auto token = fetch_token(scope, std::move(stop));
  if (!token) return fail(std::move(token.error()).during("registry '" + registry_ + "': token"));
  return "Bearer " + (tokens_[scope.text] = std::move(*token)).value;
}

// The registry chooses who gets the password. Nobody in the clear, but whom the user lets be spoken
// to so, and never a service of this machine that a registry elsewhere names.
Result<fetch::Url> Authorizer::realm() const {
  const auto text = challenge_->find("realm");
  if (!text) return fail(ErrorCode::kInvalid, "WWW-Authenticate names no realm");
  auto url = fetch::Url::parse(*text);
  if (!url) return fail(std::move(url.error()).during("realm"));
  if (!url->is_https() && !url->is_loopback() && !url->leads_to_one_of(options_.plain_http_hosts)) {
    return fail(ErrorCode::kPermission,
                "realm '" + printable(*text) +
                    "' is not https:, no password is sent there without --plain-http " +
                    printable(url->host));
  }
  if (url->is_loopback() && !registry_is_loopback_) {
    return fail(ErrorCode::kPermission,
                "realm '" + printable(*text) + "' is on this machine, the registry is not");
  }
  return url;
}

Result<Authorizer::Token> Authorizer::fetch_token(const Scope& scope, std::stop_token stop) {
  const auto url = realm();
  if (!url) return fail(url.error());
  auto found = credentials(scope);
  if (!found) return fail(std::move(found.error()));

  // https://distribution.github.io/distribution/spec/auth/oauth/ and .../auth/token/
  const bool by_oauth = *found && !(*found)->identity_token.empty();
  std::string parameters = by_oauth ? std::string() : url->query;
  if (const auto service = challenge_->find("service")) {
    parameters = with_parameter(parameters, "service", *service);
  }
  std::string_view rest = scope.text;
  for (bool more = !rest.empty() && !by_oauth; more;) {
    const std::size_t space = rest.find(' ');
    parameters = with_parameter(parameters, "scope", rest.substr(0, space));
    more = space != std::string_view::npos;
    if (more) rest.remove_prefix(space + 1);
  }
  fetch::Request request{.url = url->text.substr(0, url->text.find('?')),
                         .stop = stop,
                         .max_body = kMaxTokenBody,
                         .max_redirects = 3,
                         .idle_timeout = options_.idle_timeout,
                         .timeout = 5 * options_.idle_timeout};
  if (by_oauth) {
    if (!scope.text.empty()) parameters = with_parameter(parameters, "scope", scope.text);
    parameters = with_parameter(parameters, "grant_type", "refresh_token");
    parameters = with_parameter(parameters, "client_id", kClientId);
    parameters = with_parameter(parameters, "refresh_token", (*found)->identity_token);
    request.method = "POST";
    request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
    request.body = std::move(parameters);
  } else {
    if (!parameters.empty()) request.url += "?" + parameters;
    if (*found && !(*found)->username.empty()) {
      request.headers.push_back({"Authorization", basic_header(**found)});
    }
  }

  for (Backoff backoff(options_.retry, stop);;) {
    const auto asked_at = steady_clock::now();
    auto response = http_.send(request);
    if (!response && (response.error().code != ErrorCode::kIo || !backoff.wait())) {
      return fail(std::move(response.error()));
    }
    if (!response) continue;
    if (may_pass(*response) && backoff.wait(retry_after(*response))) continue;
    if (!response->ok()) return fail(describe(*response, {request.method, registry_, {}}));
    auto answer = parse_token(response->body);
    if (!answer) return fail(std::move(answer.error()).during("read the answer of the realm"));
    // A token that ends while a request is under way is of no use.
    const std::chrono::seconds lifetime(answer->expires_in);
    return Token{std::move(answer->token), asked_at + lifetime * 9 / 10};
  }
}

}  // namespace thimble::registry
