// Reads any bytes as a WWW-Authenticate header; what was read is the same when it is written down
// and read again.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/registry/challenge.h>

#include "check.h"

namespace {

using namespace thimble::registry;
using thimble::fuzz::check;

std::string quoted(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string written(const std::vector<Challenge>& challenges) {
  std::string out;
  for (const Challenge& challenge : challenges) {
    if (!out.empty()) out += ", ";
    out += challenge.scheme;
    if (!challenge.token68.empty()) out += " " + challenge.token68;
    std::string_view before = " ";
    for (const auto& [name, value] : challenge.parameters) {
      out += before;
      out += name + "=" + quoted(value);
      before = ",";
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto challenges =
      parse_challenges(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!challenges) return 0;
  const std::string text = written(*challenges);
  if (text.size() > 8192) return 0;
  const auto again = parse_challenges(text);
  check(again.has_value(), "what was read can be written down");
  check(written(*again) == text && again->size() == challenges->size(),
        "and is the same when it is read again");
  for (const Challenge& challenge : *challenges) {
    check(!challenge.scheme.empty(), "a challenge has a scheme");
    for (const auto& [name, value] : challenge.parameters) {
      check(challenge.find(name) == value, "each parameter is there once");
      for (const char c : value) {
        check(static_cast<unsigned char>(c) >= ' ' || c == '\t', "no value has a line break");
      }
    }
  }
  return 0;
}
