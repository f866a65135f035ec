#pragma once
// What of a message's head a proxy passes on.

#include <span>
#include <vector>

#include "thimble/http/request.h"

namespace thimble::http {

// Those of `headers` that are meant for whoever is at the other end: not for the next hop only
// (RFC 9110 section 7.6.1), and not about how the body is framed, which every hop decides for
// itself. They are views of the same texts, in order.
[[nodiscard]] std::vector<Header> end_to_end(std::span<const Header> headers);

}  // namespace thimble::http
