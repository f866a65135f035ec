// libs/aws behind a command line, for tests/image. Answers are JSON on stdout, errors text on
// stderr.

#include <cstdio>
#include <string>
#include <string_view>

#include <thimble/aws/sigv4.h>
#include <thimble/base/base64.h>
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

}  // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc > 1 ? argv[1] : "";
  if (verb == "sign") return sign_lines();
  std::fprintf(stderr, "usage: aws_driver sign\n");
  return 2;
}
