#include "thimble/emulator/entrypoint.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

namespace thimble::emulator {
namespace {

constexpr const char* kBootstraps[] = {"/var/task/bootstrap", "/opt/bootstrap", "/var/runtime/bootstrap"};
constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

}  // namespace

bool is_entrypoint(const char* program) {
  const std::string_view path = program == nullptr ? "" : program;
  const std::size_t slash = path.rfind('/');
  return path.substr(slash == std::string_view::npos ? 0 : slash + 1) == "lambda-entrypoint";
}

Error exec_handler(char* const* arguments, char* const* environment) {
  if (arguments[0] == nullptr) {
    for (const char* bootstrap : kBootstraps) {
      char* const argv[] = {const_cast<char*>(bootstrap), nullptr};
      ::execve(bootstrap, argv, environment);
      if (errno != ENOENT) return system_error("exec \"" + std::string(bootstrap) + "\"");
    }
    return {ErrorCode::kNotFound,
            "no command given, and none of /var/task/bootstrap, /opt/bootstrap and /var/runtime/bootstrap exists"};
  }

  // execvp would run a file without a #! line with a shell, which these images have not.
  const std::string name = arguments[0];
  if (name.find('/') != std::string::npos) {
    ::execve(name.c_str(), arguments, environment);
    return system_error("exec \"" + name + "\"");
  }
  const char* variable = std::getenv("PATH");
  std::string_view path = variable != nullptr ? std::string_view(variable) : kDefaultPath;
  int reason = ENOENT;
  while (!path.empty()) {
    const std::size_t colon = path.find(':');
    std::string file(path.substr(0, colon));
    file.append(file.empty() ? "./" : "/").append(name);
    ::execve(file.c_str(), arguments, environment);
    if (errno != ENOENT && errno != ENOTDIR) reason = errno;
    path = colon == std::string_view::npos ? std::string_view() : path.substr(colon + 1);
  }
  if (reason == ENOENT) return {ErrorCode::kNotFound, "exec \"" + name + "\": executable file not found in $PATH"};
  return system_error("exec \"" + name + "\"", reason);
}

}  // namespace thimble::emulator
