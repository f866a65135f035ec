// Reads any bytes as the body of a register request, and what stands before the first line feed as
// its Lambda-Extension-Accept-Feature.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/json/query.h>

#include "check.h"
#include "extensions/registration.h"

namespace {

using namespace thimble;
using fuzz::check;

void check_body(std::string_view bytes) {
  const auto registration = emulator::parse_registration(bytes);
  if (!registration) {
    check(!registration.error().message.empty(), "a refusal says why");
    return;
  }
  check(json::valid(bytes), "only JSON registers");
  check(registration->events.size() <= bytes.size() / 2, "no event is made up");
}

void check_features(std::string_view features) {
  if (!emulator::accepts_account_id(features)) return;
  check(features.find("accountId") != std::string_view::npos, "it stands there");
  check(!emulator::accepts_account_id("x" + std::string(features)) ||
            features.find(',') != std::string_view::npos,
        "it is a word of its own");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_body(bytes);
  check_features(fuzz::split_line(bytes).first);
  return 0;
}
