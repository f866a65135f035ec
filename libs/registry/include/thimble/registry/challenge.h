#pragma once
// What a server asks for before it answers: the WWW-Authenticate header.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::registry {

// One challenge of RFC 9110 section 11.6.1.
struct Challenge {
  std::string scheme;   // Lower case: "basic", "bearer".
  std::string token68;  // Of schemes that send one instead of parameters.
  std::vector<std::pair<std::string, std::string>> parameters;  // Names in lower case.

  // The value of that parameter, unquoted; lives as long as this.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
};

// Reads one header, which may hold several challenges. kInvalid for what is not the grammar's, for
// a parameter that occurs twice, and for more than 8 KiB.
[[nodiscard]] Result<std::vector<Challenge>> parse_challenges(std::string_view header);

}  // namespace thimble::registry
