#pragma once
// What proves to AWS who is asking.

#include <optional>
#include <string>

#include <thimble/base/clock.h>

namespace thimble::aws {

struct Credentials {
  std::string access_key_id = {};
  std::string secret_access_key = {};  // Never printed.
  std::string session_token = {};      // Empty for keys that last. Never printed.
  std::optional<WallTime> expires = {};
  std::string source = {};  // Where they are from, for people: "profile 'dev'".
};

}  // namespace thimble::aws
