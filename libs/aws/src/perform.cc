#include "perform.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>

#include <thimble/aws/endpoint.h>
#include <thimble/aws/sigv4.h>
#include <thimble/base/parse_number.h>

#include "service_error.h"

namespace thimble::aws {
namespace {

constexpr Milliseconds kLongestWait{20'000};
constexpr Milliseconds kCallTimeout{60'000};

int max_attempts(const Config& config) {
  const auto given = config.setting("AWS_MAX_ATTEMPTS", "max_attempts");
  const auto number = given ? parse_number<int>(*given) : std::nullopt;
  return number && *number > 0 ? std::min(*number, 20) : 3;
}

// "Full jitter": anything up to the longest wait of this attempt, the first being 0.
Milliseconds wait_before_retry(int attempt) {
  const Milliseconds longest =
      std::min(Milliseconds(1000) * (1 << std::min(attempt, 10)), kLongestWait);
  std::random_device random;
  return Milliseconds(std::uniform_int_distribution<std::int64_t>(0, longest.count())(random));
}

// Takes the caller's secrets out of a text that the service wrote.
void hide_secrets(std::string& text, const Credentials& credentials) {
  for (const std::string& secret : {credentials.secret_access_key, credentials.session_token}) {
    if (secret.empty()) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "***");
      at += 3;
    }
  }
}

fetch::Request request_for(const Call& call, const Endpoint& endpoint) {
  fetch::Request request{.method = call.method, .url = endpoint.url + call.path};
  if (!call.query.empty()) request.url += "?" + call.query;
  request.headers = call.headers;
  if (!call.body.empty()) request.body = call.body;
  request.timeout = kCallTimeout;
  return request;
}

}  // namespace

Result<Answer> perform(const World& world, const Config& config, const Call& call,
                       const Credentials* credentials, std::string_view region) {
  const std::string what = call.service + " " + call.operation;
  const auto endpoint = endpoint_of(call.service, region, config);
  if (!endpoint) return fail(Error(endpoint.error()).during(what));
  const int attempts = max_attempts(config);
  for (int attempt = 0;; ++attempt) {
    fetch::Request request = request_for(call, *endpoint);
    if (credentials != nullptr && !call.is_anonymous) {
      auto done = sign(request, {.service = endpoint->signing_service,
                                 .region = endpoint->signing_region,
                                 .credentials = *credentials,
                                 .time = world.clock.wall()});
      if (!done) return fail(std::move(done.error()).during(what));
    }
    auto response = world.send(request);
    const bool is_last = attempt + 1 >= attempts;
    if (!response) {
      if (is_last || response.error().code != ErrorCode::kIo) {
        return fail(std::move(response.error()).during(what));
      }
    } else {
      Answer answer;
      answer.status = response->status;
      if (!response->ok()) answer.error = read_service_error(*response, world.clock.wall());
      if (answer.error && credentials != nullptr) hide_secrets(answer.error->message, *credentials);
      const bool again =
          answer.error && (answer.error->is_throttling() || answer.error->is_transient());
      if (!again || is_last) {
        answer.headers = std::move(response->headers);
        answer.body = std::move(response->body);
        return answer;
      }
    }
    world.sleep(wait_before_retry(attempt));
  }
}

}  // namespace thimble::aws
