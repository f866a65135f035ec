#pragma once
// For tests: AWS as a script, a clock that stands still, a home folder of its own.

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <thimble/aws/config.h>
#include <thimble/aws/session.h>
#include <thimble/aws/world.h>
#include <thimble/base/env.h>
#include <thimble/base/file.h>
#include <thimble/base/manual_clock.h>

namespace thimble::aws {

class FakeWorld : public testing::Test {
 protected:
  FakeWorld() {
    std::string pattern = (std::filesystem::temp_directory_path() / "thimble-aws-XXXXXX").string();
    home = ::mkdtemp(pattern.data());
    env.set("HOME", home.string());
    env.set("PATH", "/usr/bin:/bin");
    clock.set_wall(WallTime(Seconds(1440938160)));  // 2015-08-30T12:36:00Z
  }
  ~FakeWorld() override { std::filesystem::remove_all(home); }

  // Puts a file below the home folder.
  void write(std::string_view path, std::string_view text) const {
    ASSERT_TRUE(write_file(home / path, text));
  }

  // Answers the next request; what it was is in `requests` then.
  void answer(int status, std::string body, std::vector<fetch::Header> headers = {}) {
    answers.push_back(fetch::Response{
        .status = status, .headers = std::move(headers), .body = std::move(body), .url = {}});
  }
  void answer(Error error) { answers.push_back(fail(std::move(error))); }

  World world() {
    return {.clock = clock,
            .send = [this](const fetch::Request& request) { return send(request); },
            .sleep = [this](Milliseconds time) { waits.push_back(time); }};
  }

  Config config(const ConfigOptions& options = {}) {
    auto loaded = Config::load(env, options);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return *std::move(loaded);
  }

  Session session(const ConfigOptions& options = {}) { return {config(options), world()}; }

  static std::string header(const fetch::Request& request, std::string_view name) {
    for (const auto& [key, value] : request.headers) {
      if (key == name) return value;
    }
    return "(none)";
  }
  static std::string body(const fetch::Request& request) {
    const auto* text = std::get_if<std::string>(&request.body);
    return text == nullptr ? "" : *text;
  }

  std::filesystem::path home;
  Env env;
  ManualClock clock;
  std::vector<fetch::Request> requests;
  std::vector<Milliseconds> waits;
  std::vector<Result<fetch::Response>> answers;

 private:
  [[nodiscard]] Result<fetch::Response> send(const fetch::Request& request) {
    requests.push_back(request);
    if (requests.size() > answers.size()) return fail(ErrorCode::kIo, "nobody is there");
    return answers[requests.size() - 1];
  }
};

}  // namespace thimble::aws
