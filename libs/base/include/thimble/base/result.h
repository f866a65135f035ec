#pragma once
// How a fallible function answers: a value, or an Error that says what was being done, to what, and
// why it failed.

#include <cerrno>
#include <cstring>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace thimble {

// What a caller may branch on. The text of an error is for people only.
enum class ErrorCode {
  kInvalid,     // the input is wrong; trying again cannot help
  kNotFound,    // the named thing does not exist
  kPermission,  // it exists and may not be used
  kBusy,        // somebody else has it (a port, a file)
  kLimit,       // larger than, or more than, what is allowed
  kIo,          // the system said no
};

// Why something failed. `message` is lower case, has no full stop and names the object in quotes.
struct Error {
  ErrorCode code = ErrorCode::kIo;
  std::string message;

  // Puts what the caller was doing in front: "open log: permission denied".
  [[nodiscard]] Error during(std::string_view what) && {
    message.insert(0, std::string(what) + ": ");
    return std::move(*this);
  }
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

[[nodiscard]] inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

// The error a system call left in `number` (an errno value), as "what: no such file or directory".
[[nodiscard]] inline Error system_error(std::string_view what, int number = errno) {
  ErrorCode code = ErrorCode::kIo;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::kNotFound;
  if (number == EACCES || number == EPERM) code = ErrorCode::kPermission;
  if (number == EADDRINUSE) code = ErrorCode::kBusy;
  std::string reason = std::strerror(number);
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z' &&
      !(reason[1] >= 'A' && reason[1] <= 'Z')) {
    reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
  }
  return Error{code, std::string(what) + ": " + reason};
}

}  // namespace thimble
