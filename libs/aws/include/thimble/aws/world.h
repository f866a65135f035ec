#pragma once
// What libs/aws needs of the outside, which tests replace.

#include <functional>

#include <thimble/base/clock.h>
#include <thimble/base/result.h>
#include <thimble/fetch/client.h>

namespace thimble::aws {

struct World {
  const Clock& clock;
  std::function<Result<fetch::Response>(const fetch::Request&)> send;
  std::function<void(Milliseconds)> sleep;
};

}  // namespace thimble::aws
