#include <thimble/events/raw_json.h>

#include <thimble/json/writer.h>

namespace thimble::events {

RawJson RawJson::of(std::string_view string) {
  RawJson json;
  json::Writer(json.text).string(string);
  return json;
}

}  // namespace thimble::events
