#include "registration.h"

#include <utility>

#include "thimble/http/request.h"
#include "thimble/json/reader.h"

namespace thimble::emulator {

Result<Registration> parse_registration(std::string_view body) {
  Registration registration;
  std::string scratch;
  json::Reader reader(body, scratch);
  reader.enter_object();
  while (const auto key = reader.next_key()) {
    const bool is_events = *key == "events";
    const bool is_keys = *key == "configurationKeys";
    if ((!is_events && !is_keys) || reader.read_null()) continue;
    reader.enter_array();
    while (reader.next_element()) {
      const std::string_view text = reader.read_string();
      if (is_events) registration.events.emplace_back(text);
      if (is_keys) registration.has_configuration_keys = true;
    }
  }
  if (auto done = reader.finish(); !done) return fail(std::move(done.error()));
  return registration;
}

bool accepts_account_id(std::string_view features) {
  while (!features.empty()) {
    if (http::take_list_item(features) == "accountId") return true;
  }
  return false;
}

}  // namespace thimble::emulator
