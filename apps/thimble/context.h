#pragma once
// What every verb of the command line tool is given: variables, folders, and the two streams.

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <thimble/base/env.h>
#include <thimble/base/result.h>

#include "interrupt.h"

namespace thimble::cli {

// Where `build` puts an image, and others look for it, unless told otherwise.
inline constexpr std::string_view kBuiltImage = ".thimble/image";

// What the tool exits with. Scripts may rely on it.
enum class ExitCode {
  kOk = 0,
  kFunctionError = 1,
  kUsage = 2,
  kConfig = 3,
  kEngine = 4,
  kTimeout = 5,
  kRegistry = 6,
  kPreflight = 7,
};

// A verb's failure: what to say and how to exit.
struct Failure {
  ExitCode code = ExitCode::kConfig;
  Error error;
};

// `result` as a verb's failure with that code.
[[nodiscard]] inline Failure failure(ExitCode code, Error error) {
  return {code, std::move(error)};
}

// What a step of a verb comes to, where not all failures exit with the same code.
template <class T>
using Outcome = std::expected<T, Failure>;

[[nodiscard]] inline std::unexpected<Failure> fail(Failure failure) {
  return std::unexpected(std::move(failure));
}

// This machine's platform, as OCI names it: "linux/amd64".
[[nodiscard]] std::string host_platform();

class Context final {
 public:
  // Both outlive it.
  Context(const Env& env, Interrupt& interrupt) : env_(env), interrupt_(interrupt) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] const Env& env() const { return env_; }

  // For who is about to become another program.
  void stop_waiting_for_signals() const { interrupt_.stop(); }

  // $THIMBLE_CACHE_DIR, else thimble/ in the user's cache folder (XDG Base Directory
  // Specification).
  [[nodiscard]] std::filesystem::path cache_folder() const;

  // The file that images of that architecture ("amd64", "arm64") get as emulator and entrypoint: in
  // share/thimble/ of where the tool is installed, or of $THIMBLE_SHARE_DIR.
  [[nodiscard]] Result<std::filesystem::path> emulator_for(std::string_view architecture) const;

  // Where the libraries for handlers are installed along with the tool; empty if they are not.
  [[nodiscard]] std::filesystem::path installed_libraries() const;

  // Of SOURCE_DATE_EPOCH, else 0. Fails if that is no number of seconds.
  [[nodiscard]] Result<std::int64_t> build_time() const;

  // A result on stdout, alone on its lines.
  void print(std::string_view text) const;

  // A line for people, on stderr. Control characters of others' texts do not reach the terminal.
  void say(std::string_view line) const;

  [[nodiscard]] ExitCode exit_code() const { return exit_code_; }

  // Ends the verb: says what failed, and remembers the code.
  void fail(const Failure& failure);
  void set_exit_code(ExitCode code) { exit_code_ = code; }

 private:
  const Env& env_;
  Interrupt& interrupt_;
  ExitCode exit_code_ = ExitCode::kOk;
};

}  // namespace thimble::cli
