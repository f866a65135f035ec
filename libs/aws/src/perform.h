#pragma once
// Sends calls: finds their address, signs them, tries them again.

#include <string_view>

#include <thimble/aws/call.h>
#include <thimble/aws/config.h>
#include <thimble/aws/credentials.h>
#include <thimble/aws/world.h>
#include <thimble/base/result.h>

namespace thimble::aws {

// Sends `call` to `region` and waits for the answer, whatever it is; signed unless it is anonymous
// or `credentials` is null. No answer at all, throttling and a service in trouble are tried again,
// $AWS_MAX_ATTEMPTS times (3) in all, after 1, 2, 4 ... seconds times a random fraction.
[[nodiscard]] Result<Answer> perform(const World& world, const Config& config, const Call& call,
                                     const Credentials* credentials, std::string_view region);

}  // namespace thimble::aws
