#include "thimble/emulator/entrypoint.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string>
#include <string_view>

namespace thimble::emulator {
namespace {

constexpr const char* kBootstraps[] = {"/var/task/bootstrap", "/opt/bootstrap",
                                       "/var/runtime/bootstrap"};
constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

// Executes folder/name. Returns, with errno set, if that cannot be done; false if the path is too
// long for a path.
bool try_in(std::string_view folder, std::string_view name, char* const* arguments,
            char* const* environment) {
  if (folder.empty()) folder = ".";
  char file[PATH_MAX];
  if (folder.size() + 1 + name.size() + 1 > sizeof file) return false;
  char* end = std::copy(folder.begin(), folder.end(), file);
  *end++ = '/';
  end = std::copy(name.begin(), name.end(), end);
  *end = '\0';
  ::execve(file, arguments, environment);
  return true;
}

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
            "no command given, and none of /var/task/bootstrap, /opt/bootstrap and "
            "/var/runtime/bootstrap exists"};
  }

  // execvp would run a file without a #! line with a shell, which these images have not. Nothing is
  // allocated here: the allocator would make system calls of its own.
  const std::string_view name = arguments[0];
  int reason = ENOENT;
  if (name.find('/') != std::string_view::npos) {
    ::execve(arguments[0], arguments, environment);
    reason = errno;
  } else {
    const char* variable = std::getenv("PATH");
    std::string_view path = variable != nullptr ? std::string_view(variable) : kDefaultPath;
    while (!path.empty()) {
      const std::size_t colon = path.find(':');
      if (try_in(path.substr(0, colon), name, arguments, environment) && errno != ENOENT &&
          errno != ENOTDIR) {
        reason = errno;
      }
      path = colon == std::string_view::npos ? std::string_view() : path.substr(colon + 1);
    }
    if (reason == ENOENT) {
      return {ErrorCode::kNotFound,
              "exec \"" + std::string(name) + "\": executable file not found in $PATH"};
    }
  }
  return system_error("exec \"" + std::string(name) + "\"", reason);
}

}  // namespace thimble::emulator
