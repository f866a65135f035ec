#pragma once
// What a registry's answer means when it is not the one hoped for.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/fetch/client.h>

namespace thimble::registry {

// One of "errors" of the specification's section "Error Codes": "MANIFEST_UNKNOWN".
struct ApiError {
  std::string code;
  std::string message;
};

// The first error that a body names; nothing for a body of another kind.
[[nodiscard]] std::optional<ApiError> parse_api_error(std::string_view body);

// Whether any of a body's errors has that code.
[[nodiscard]] bool has_error(const fetch::Response& response, std::string_view code);

// Whether the same request may get a better answer later: 408, 429, 500, 502, 503, 504.
[[nodiscard]] bool may_pass(const fetch::Response& response);

// The header Retry-After in seconds; nothing without it, or with a date.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after(const fetch::Response& response);

struct Asked {
  std::string_view method;
  std::string_view registry;    // As the user wrote it: "docker.io".
  std::string_view repository;  // May be empty.
};

// The error for such an answer: status, the registry's own code and words, and what may help.
[[nodiscard]] Error describe(const fetch::Response& response, const Asked& asked);

}  // namespace thimble::registry
