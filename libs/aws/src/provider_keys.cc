// Credentials that are written down: in variables, in files, in what a program prints.
#include <utility>

#include <thimble/base/parse_number.h>
#include <thimble/base/subprocess.h>
#include <thimble/json/query.h>
#include <thimble/json/reader.h>

#include "providers.h"
#include "service_error.h"
#include "text.h"
#include "timestamp.h"
#include "words.h"

namespace thimble::aws {
namespace {

constexpr Milliseconds kProcessTimeout{300'000};  // Somebody may have to type a code.

}  // namespace

MaybeCredentials from_environment(const Config& config) {
  const Env& env = config.env();
  Credentials keys;
  keys.access_key_id = env.value_or("AWS_ACCESS_KEY_ID", "");
  keys.secret_access_key = env.value_or("AWS_SECRET_ACCESS_KEY", "");
  if (keys.access_key_id.empty()) return std::nullopt;
  if (keys.secret_access_key.empty()) {
    return fail(ErrorCode::kInvalid, "'AWS_ACCESS_KEY_ID' is set, 'AWS_SECRET_ACCESS_KEY' is not");
  }
  keys.session_token = env.value_or("AWS_SESSION_TOKEN", env.value_or("AWS_SECURITY_TOKEN", ""));
  keys.expires = parse_time(env.value_or("AWS_CREDENTIAL_EXPIRATION", ""));
  keys.source = "the environment";
  return keys;
}

MaybeCredentials from_profile_keys(const Config& config, std::string_view profile) {
  const auto id = config.find(profile, "aws_access_key_id");
  const auto secret = config.find(profile, "aws_secret_access_key");
  if (!id && !secret) return std::nullopt;
  const std::string name = "profile '" + std::string(profile) + "'";
  if (!id || !secret) {
    return fail(ErrorCode::kInvalid, name + " has no '" +
                                         (id ? "aws_secret_access_key" : "aws_access_key_id") +
                                         "': `aws configure` sets both");
  }
  Credentials keys{.access_key_id = std::string(*id), .secret_access_key = std::string(*secret)};
  keys.session_token = config.find(profile, "aws_session_token").value_or("");
  keys.source = name;
  return keys;
}

Result<Credentials> read_credentials(std::string_view text, const CredentialNames& names) {
  Credentials keys;
  std::string expiration;
  std::string scratch;
  json::Reader in(text, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    std::string* const wanted = *key == names.access_key_id       ? &keys.access_key_id
                                : *key == names.secret_access_key ? &keys.secret_access_key
                                : *key == names.session_token     ? &keys.session_token
                                : *key == names.expiration        ? &expiration
                                                                  : nullptr;
    if (wanted == nullptr) continue;
    if (in.peek() == json::Token::kNumber) {
      in.next();
      *wanted = in.raw();
    } else if (!in.read_null()) {
      *wanted = in.read_string();
    }
  }
  // The reader's own message is about places, not about what is there.
  if (auto done = in.finish(); !done) return fail(std::move(done.error()).during("no credentials"));
  for (const auto& [name, value] : {std::pair(names.access_key_id, &keys.access_key_id),
                                    std::pair(names.secret_access_key, &keys.secret_access_key)}) {
    if (value->empty()) {
      return fail(ErrorCode::kInvalid, "no credentials: '" + std::string(name) + "' is missing");
    }
  }
  if (const auto milliseconds = parse_number<std::int64_t>(expiration)) {
    keys.expires = WallTime(Milliseconds(*milliseconds));
  } else if (!expiration.empty()) {
    keys.expires = parse_time(expiration);
    if (!keys.expires) {
      return fail(ErrorCode::kInvalid,
                  "no credentials: '" + std::string(names.expiration) + "' is not a time");
    }
  }
  return keys;
}

MaybeCredentials from_process(const Config& config, std::string_view profile) {
  const auto line = config.find(profile, "credential_process");
  if (!line) return std::nullopt;
  const std::string what = "credential_process of profile '" + std::string(profile) + "'";
  auto words = split_words(*line);
  if (words && words->empty()) words = fail(ErrorCode::kInvalid, "it names no program");
  if (!words) return fail(std::move(words.error()).during(what));
  const auto finished = run({.argv = *words,
                             .environment = config.env().entries(),
                             .max_output = std::size_t{1} << 20,
                             .timeout = kProcessTimeout});
  if (!finished) return fail(Error(finished.error()).during(what));
  if (finished->exit_code != 0) {
    const std::string_view said = trim(finished->err);
    return fail(ErrorCode::kPermission,
                what + ": exit code " + std::to_string(finished->exit_code) +
                    (said.empty() ? "" : " (" + printable(said.substr(0, said.find('\n'))) + ")"));
  }
  const auto version = json::find_member(finished->out, "Version");
  if (version && version->value_or("") != "1") {
    return fail(ErrorCode::kInvalid, what + ": its output has no \"Version\": 1");
  }
  auto keys = read_credentials(finished->out,
                               {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"});
  if (!keys) return fail(std::move(keys.error()).during(what));
  keys->source = what;
  return *std::move(keys);
}

}  // namespace thimble::aws
