// libs/aws behind a command line, for tests/image. Answers are JSON on stdout, errors text on
// stderr.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/aws/ecr.h>
#include <thimble/aws/endpoint.h>
#include <thimble/aws/session.h>
#include <thimble/aws/sigv4.h>
#include <thimble/base/base64.h>
#include <thimble/base/clock.h>
#include <thimble/base/env.h>
#include <thimble/base/result.h>
#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

namespace {

using namespace thimble;

// A request to sign, as a line of JSON has it.
struct Task {
  fetch::Request request;
  std::string service;
  std::string region;
  aws::Credentials credentials;
  std::int64_t time = 0;  // Seconds since 1970.
  bool unsigned_payload = false;
  std::int64_t expires = 0;  // Above zero: the URL is signed.
};

Result<Task> parse_task(std::string_view line) {
  Task task;
  std::string scratch;
  json::Reader in(line, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key == "method") {
      task.request.method = in.read_string();
    } else if (*key == "url") {
      task.request.url = in.read_string();
    } else if (*key == "headers") {
      in.enter_array();
      while (in.next_element()) {
        in.enter_array();
        in.next_element();
        std::string name(in.read_string());
        in.next_element();
        task.request.headers.push_back({std::move(name), std::string(in.read_string())});
        in.next_element();
      }
    } else if (*key == "body") {
      auto body = base64_decode(in.read_string());
      if (!body) return fail(std::move(body.error()));
      task.request.body = std::move(*body);
    } else if (*key == "service") {
      task.service = in.read_string();
    } else if (*key == "region") {
      task.region = in.read_string();
    } else if (*key == "access_key") {
      task.credentials.access_key_id = in.read_string();
    } else if (*key == "secret_key") {
      task.credentials.secret_access_key = in.read_string();
    } else if (*key == "token" && !in.read_null()) {
      task.credentials.session_token = in.read_string();
    } else if (*key == "time") {
      task.time = in.read_int64();
    } else if (*key == "unsigned_payload") {
      task.unsigned_payload = in.read_bool();
    } else if (*key == "expires") {
      task.expires = in.read_int64();
    }
  }
  if (auto done = in.finish(); !done) return fail(std::move(done.error()));
  return task;
}

Result<std::string> answer(std::string_view line) {
  auto task = parse_task(line);
  if (!task) return fail(std::move(task.error()));
  const aws::Signing signing = {.service = task->service,
                                .region = task->region,
                                .credentials = task->credentials,
                                .time = WallTime(Seconds(task->time)),
                                .unsigned_payload = task->unsigned_payload};
  std::string url = task->request.url;
  if (task->expires > 0) {
    auto presigned = aws::presign(task->request, signing, Seconds(task->expires));
    if (!presigned) return fail(std::move(presigned.error()));
    url = std::move(*presigned);
  } else if (auto done = aws::sign(task->request, signing); !done) {
    return fail(std::move(done.error()));
  }
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("url").string(url).key("headers").begin_array();
  for (const auto& [name, value] : task->request.headers) {
    writer.begin_array().string(name).string(value).end_array();
  }
  writer.end_array().end_object();
  return out;
}

// sign: for every line of stdin, a request, one line with what became of it.
int sign_lines() {
  std::string line;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    const auto signed_line = answer(line);
    if (!signed_line) {
      std::fprintf(stderr, "%s\n", signed_line.error().message.c_str());
      return 1;
    }
    std::printf("%s\n", signed_line->c_str());
    line.clear();
  }
  return 0;
}

int print(const Result<std::string>& answer) {
  if (!answer) {
    std::fprintf(stderr, "%s\n", answer.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", answer->c_str());
  return 0;
}

Result<std::string> credentials(aws::Session& session) {
  const auto keys = session.credentials();
  if (!keys) return fail(keys.error());
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("access_key").string(keys->access_key_id);
  writer.key("secret_key").string(keys->secret_access_key);
  writer.key("token").string(keys->session_token).key("source").string(keys->source);
  if (keys->expires) {
    const auto seconds = std::chrono::duration_cast<Seconds>(keys->expires->time_since_epoch());
    writer.key("expires").integer(seconds.count());
  }
  writer.end_object();
  return out;
}

Result<std::string> login_of(aws::Session& session, const aws::EcrHost& host) {
  const auto login = aws::ecr_login(session, host);
  if (!login) return fail(login.error());
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("user").string(login->user);
  writer.key("password").string(login->password).end_object();
  return out;
}

Result<std::string> endpoint(const aws::Session& session, std::string_view service,
                             std::string_view region) {
  const auto endpoint = aws::endpoint_of(service, region, session.config());
  if (!endpoint) return fail(endpoint.error());
  return endpoint->url + " " + endpoint->signing_service + " " + endpoint->signing_region;
}

// What the arguments ask for, the first of them being a verb.
Result<std::string> answer_to(std::span<const std::string_view> words, aws::Session& session) {
  const std::string_view verb = words[0];
  if (verb == "credentials" && words.size() == 1) return credentials(session);
  if (verb == "region" && words.size() == 1) return session.region();
  if (verb == "endpoint" && words.size() == 3) return endpoint(session, words[1], words[2]);
  if (verb == "json" && words.size() == 4) {
    return session.call_body(aws::json_call(words[1], words[2], std::string(words[3])));
  }
  if (verb == "rest" && words.size() == 4) {
    return session.call_body(aws::rest_call(words[1], words[2], words[2], words[3]));
  }
  const auto host = words.size() > 1 ? aws::EcrHost::parse(words[1]) : std::nullopt;
  if (verb == "ecr-login" && host) return login_of(session, *host);
  if (verb == "create-repository" && host && words.size() == 3) {
    const auto is_new = aws::create_repository(session, *host, words[2]);
    if (!is_new) return fail(is_new.error());
    return *is_new ? "new" : "there";
  }
  return fail(ErrorCode::kInvalid, "what is '" + std::string(verb) + "'?");
}

}  // namespace

// aws_driver sign | [--profile=NAME] VERB ...
int main(int argc, char** argv) {
  std::vector<std::string_view> words(argv + 1, argv + argc);
  aws::ConfigOptions options;
  if (!words.empty() && words[0].starts_with("--profile=")) {
    options.profile = words[0].substr(10);
    words.erase(words.begin());
  }
  if (words.empty()) return 2;
  if (words[0] == "sign") return sign_lines();
  const SystemClock clock;
  auto session = aws::Session::open(Env::from(environ), clock, options);
  if (!session) return print(fail(session.error()));
  return print(answer_to(words, *session));
}
