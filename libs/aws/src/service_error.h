#pragma once
// Reads what a service says when it refuses, in whichever protocol.

#include <string>
#include <string_view>

#include <thimble/aws/call.h>
#include <thimble/base/clock.h>
#include <thimble/fetch/client.h>

namespace thimble::aws {

// Out of an answer that is no success, at `now` by this machine's clock: a signature that is
// refused because of that clock says so. What AWS shows of the request it was asked is left out,
// for it has the session token in it.
[[nodiscard]] ServiceError read_service_error(const fetch::Response& response, WallTime now);

// One line of text without control characters, of 500 bytes at most.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace thimble::aws
