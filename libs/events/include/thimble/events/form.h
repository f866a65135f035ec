#pragma once
// Text that is encoded as in a form or a query string.

#include <string>
#include <string_view>

namespace thimble::events {

// "red+flower%21" is "red flower!". A percent sign that no two hexadecimal digits follow stays.
[[nodiscard]] std::string decode_form(std::string_view text);

// The same, but a plus sign is a plus sign: for paths.
[[nodiscard]] std::string decode_percent(std::string_view text);

}  // namespace thimble::events
