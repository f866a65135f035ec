#pragma once
// An answer whose content type is not JSON.

#include <string>

namespace thimble::ric {

struct Response {
  std::string body = {};
  std::string content_type = "application/json";
};

}  // namespace thimble::ric
