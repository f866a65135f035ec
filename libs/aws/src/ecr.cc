#include "thimble/aws/ecr.h"

#include <algorithm>
#include <array>
#include <utility>

#include <thimble/aws/endpoint.h>
#include <thimble/base/base64.h>
#include <thimble/json/number.h>
#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

#include "text.h"

namespace thimble::aws {
namespace {

constexpr std::string_view kTarget = "AmazonEC2ContainerRegistry_V20150921.";

bool is_account(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Cuts `prefix` off the front of `text`.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

struct Authorization {
  std::string token;
  std::string expires;  // Seconds since 1970, perhaps with a fraction.
};

// The first of "authorizationData".
Result<Authorization> read_authorization(std::string_view body) {
  Authorization first;
  std::string scratch;
  json::Reader in(body, scratch);
  in.enter_object();
  while (const auto member = in.next_key()) {
    if (*member != "authorizationData") continue;
    in.enter_array();
    while (in.next_element()) {
      if (!first.token.empty()) continue;
      in.enter_object();
      while (const auto key = in.next_key()) {
        if (*key == "authorizationToken") first.token = in.read_string();
        if (*key == "expiresAt" && in.peek() == json::Token::kNumber) {
          in.next();
          first.expires = in.raw();
        }
      }
    }
  }
  if (auto done = in.finish(); !done) return fail(std::move(done.error()));
  return first;
}

Call call_of(const EcrHost& host, std::string_view operation, std::string body) {
  Call call = json_call("ecr", std::string(kTarget).append(operation), std::move(body));
  call.region = host.region;
  return call;
}

}  // namespace

std::optional<EcrHost> EcrHost::parse(std::string_view text) {
  const std::string lower_text = lower(text);
  std::string_view rest = lower_text;
  EcrHost host;
  const std::size_t dot = rest.find('.');
  if (dot == std::string_view::npos || !is_account(rest.substr(0, dot))) return std::nullopt;
  host.account = rest.substr(0, dot);
  rest.remove_prefix(dot + 1);
  bool dual_stack = false;
  if (take(rest, "dkr.ecr-fips.") || take(rest, "dkr-ecr-fips.")) {
    host.is_fips = true;
    dual_stack = lower_text[dot + 4] == '-';
  } else if (take(rest, "dkr-ecr.")) {
    dual_stack = true;
  } else if (!take(rest, "dkr.ecr.")) {
    return std::nullopt;
  }
  const std::size_t end = rest.find('.');
  if (end == std::string_view::npos || !is_region(rest.substr(0, end))) return std::nullopt;
  host.region = rest.substr(0, end);
  const std::string_view suffix = rest.substr(end + 1);
  const Partition& partition = partition_of(host.region);
  const std::string_view dual_stack_suffix =
      partition.name == "aws-cn" ? "on.amazonwebservices.com.cn" : "on.aws";
  if (suffix != (dual_stack ? dual_stack_suffix : partition.dns_suffix)) return std::nullopt;
  return host;
}

Result<EcrLogin> ecr_login(Session& session, const EcrHost& host) {
  std::string body;
  json::Writer(body).begin_object().end_object();
  const Call call = call_of(host, "GetAuthorizationToken", std::move(body));
  const auto answer = session.call_body(call);
  if (!answer) return fail(answer.error());
  const std::string what = "ecr GetAuthorizationToken";
  auto authorization = read_authorization(*answer);
  if (!authorization) return fail(std::move(authorization.error()).during(what));
  const auto pair = base64_decode(authorization->token);
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos || colon + 1 == pair->size()) {
    return fail(ErrorCode::kInvalid, what + ": the answer has no token for a user");
  }
  EcrLogin login{.user = pair->substr(0, colon), .password = pair->substr(colon + 1)};
  const auto seconds = json::to_double(authorization->expires);
  if (seconds && *seconds > 0 && *seconds < 1e11) {
    login.expires = WallTime(Seconds(static_cast<std::int64_t>(*seconds)));
  }
  return login;
}

Result<bool> create_repository(Session& session, const EcrHost& host, std::string_view name) {
  std::string body;
  json::Writer(body)
      .begin_object()
      .key("registryId")
      .string(host.account)
      .key("repositoryName")
      .string(name)
      .end_object();
  const Call call = call_of(host, "CreateRepository", std::move(body));
  const auto answer = session.call(call);
  if (!answer) return fail(answer.error());
  if (!answer->error) return true;
  if (answer->error->code == "RepositoryAlreadyExistsException") return false;
  return fail(to_error(call, *answer->error));
}

}  // namespace thimble::aws
