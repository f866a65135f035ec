#include "payload.h"

#include <algorithm>
#include <array>
#include <string>

#include "thimble/json/reader.h"

namespace thimble::emulator {
namespace {

// Of no kind, JSON's own, the SDKs', and those a client adds without being asked.
constexpr std::array<std::string_view, 9> kMediaTypes = {"",
                                                         "application/json",
                                                         "text/json",
                                                         "application/octet-stream",
                                                         "binary/octet-stream",
                                                         "application/x-amz-json-1.0",
                                                         "application/x-amz-json-1.1",
                                                         "application/x-www-form-urlencoded",
                                                         "text/plain"};

}  // namespace

bool may_be_json(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return type.ends_with("+json") || std::ranges::find(kMediaTypes, type) != kMediaTypes.end();
}

Result<void> check_payload(std::string_view payload) {
  if (payload.empty()) return {};
  std::string scratch;
  // As generous as a runtime's own parser may be: what it makes of half a surrogate is its affair.
  json::Reader in(
      payload, scratch,
      {.max_depth = json::Reader::kMaxDepth, .lone_surrogates = json::LoneSurrogates::kReplace});
  in.skip_value();
  return in.finish();
}

}  // namespace thimble::emulator
