#include "engine.h"

#include <filesystem>

#include <thimble/base/subprocess.h>
#include <thimble/base/unfinished.h>
#include <thimble/image/docker_archive.h>

namespace thimble::cli {
namespace {

// The last line of what a program said, which is where it says why.
std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(
      text.substr(text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1));
}

Result<void> answers(const std::string& engine) {
  const auto done = run({.argv = {engine, "version"}, .merge_stderr = true});
  if (!done) return fail(done.error());
  if (done->exit_code == 0) return {};
  return fail(ErrorCode::kIo, "'" + engine + " version' failed: " + last_line(done->out));
}

}  // namespace

Result<std::string> find_engine(std::string_view wanted) {
  if (!wanted.empty()) {
    if (auto there = answers(std::string(wanted)); !there) return fail(std::move(there.error()));
    return std::string(wanted);
  }
  Error first{ErrorCode::kNotFound, "neither docker nor podman is installed"};
  for (const char* engine : {"docker", "podman"}) {
    auto there = answers(engine);
    if (there) return engine;
    if (there.error().code != ErrorCode::kNotFound && first.code == ErrorCode::kNotFound) {
      first = std::move(there.error());
    }
  }
  return fail(std::move(first));
}

Result<void> load_into(std::string_view engine, const image::Image& image,
                       const image::Reference& name) {
  const std::string what = "load into " + std::string(engine);
  const Unfinished archive(std::filesystem::temp_directory_path() / "thimble-image");
  if (auto written = image::write_docker_archive(image, {name}, archive.path()); !written) {
    return fail(std::move(written.error()).during(what));
  }
  const auto done = run(
      {.argv = {std::string(engine), "load", "-i", archive.path().string()}, .merge_stderr = true});
  if (!done) return fail(Error(done.error()).during(what));
  if (done->exit_code != 0) return fail(ErrorCode::kIo, what + ": " + last_line(done->out));
  return {};
}

}  // namespace thimble::cli
