#include "context.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <thimble/base/parse_number.h>

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

// Without what a terminal would obey; line feeds and tabs stay.
std::string harmless(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
    out += control ? '?' : c;
  }
  return out;
}

// What Go calls an architecture, as the kernel calls it.
std::string_view kernel_name(std::string_view architecture) {
  if (architecture == "amd64") return "x86_64";
  if (architecture == "arm64") return "aarch64";
  return architecture;
}

// Where the tool is installed: PREFIX of PREFIX/bin/thimble.
fs::path prefix_of_this() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
}

}  // namespace

std::string host_platform() {
#if defined(__aarch64__)
  return "linux/arm64";
#else
  return "linux/amd64";
#endif
}

fs::path Context::cache_folder() const {
  if (const auto own = env_.value_or("THIMBLE_CACHE_DIR", ""); !own.empty()) return fs::path(own);
  const std::string_view xdg = env_.value_or("XDG_CACHE_HOME", "");
  if (xdg.starts_with('/')) return fs::path(xdg) / "thimble";
  if (const auto home = env_.value_or("HOME", ""); !home.empty()) {
    return fs::path(home) / ".cache" / "thimble";
  }
  return fs::temp_directory_path() / ("thimble-" + std::to_string(::getuid()));
}

fs::path Context::installed_libraries() const {
  const fs::path prefix = prefix_of_this();
  std::error_code error;
  const bool there = fs::is_directory(prefix / "lib" / "cmake" / "thimble", error);
  return there ? prefix : fs::path();
}

Result<fs::path> Context::emulator_for(std::string_view architecture) const {
  std::error_code error;
  fs::path share(env_.value_or("THIMBLE_SHARE_DIR", ""));
  if (share.empty()) share = prefix_of_this() / "share" / "thimble";
  fs::path emulator = share / kernel_name(architecture) / "aws-lambda-rie";
  if (fs::is_regular_file(emulator, error)) return emulator;
  return thimble::fail(ErrorCode::kNotFound,
                       "no emulator for " + std::string(architecture) + " at '" +
                           emulator.string() +
                           "': install Thimble with it, set THIMBLE_SHARE_DIR, or build without "
                           "one: --no-emulator");
}

Result<std::int64_t> Context::build_time() const {
  const std::string_view text = env_.value_or("SOURCE_DATE_EPOCH", "");
  if (text.empty()) return 0;
  const auto seconds = parse_number<std::int64_t>(text);
  if (!seconds || *seconds < 0) {
    return thimble::fail(ErrorCode::kInvalid, "SOURCE_DATE_EPOCH is '" + std::string(text) +
                                                  "', not a number of seconds since 1970");
  }
  return *seconds;
}

void Context::print(std::string_view text) const {
  write_all(STDOUT_FILENO, text);
}

void Context::say(std::string_view line) const {
  write_all(STDERR_FILENO, harmless(line) + "\n");
}

void Context::fail(const Failure& failure) {
  say("thimble: " + failure.error.message);
  exit_code_ = failure.code;
}

}  // namespace thimble::cli
