#pragma once
// What may be a header of a request, and how a line of an answer becomes one.

#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/fetch/client.h>

namespace thimble::fetch {

// Whether `text` is a token of RFC 9110 section 5.6.2: a header's name, a method.
[[nodiscard]] bool is_token(std::string_view text);

// Fails for a name that is no token, or a value with a control character: one with a line break
// would be a header more.
[[nodiscard]] Result<void> check_header(const Header& header);

[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

// "Name: value" with its line break; nothing for what is no header.
[[nodiscard]] std::optional<Header> parse_header(std::string_view line);

// The status of a line such as "HTTP/1.1 200 OK"; nothing for any other line.
[[nodiscard]] std::optional<int> parse_status_line(std::string_view line);

}  // namespace thimble::fetch
