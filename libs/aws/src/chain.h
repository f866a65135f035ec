#pragma once
// Finds credentials where the AWS CLI finds them, in its order.

#include <thimble/aws/config.h>
#include <thimble/aws/credentials.h>
#include <thimble/aws/world.h>
#include <thimble/base/result.h>

namespace thimble::aws {

// The environment's keys (unless the profile was asked for by name), the profile's role, web
// identity, single sign-on, the profile's keys, its program, the container, the instance: the first
// that is configured counts, and if it does not work the search is over. Fails with kNotFound if
// there is none at all.
[[nodiscard]] Result<Credentials> find_credentials(const World& world, const Config& config);

}  // namespace thimble::aws
