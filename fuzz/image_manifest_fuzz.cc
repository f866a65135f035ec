// Reads any bytes as a manifest, an index, an image's configuration and its name.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/image/image_config.h>
#include <thimble/image/manifest.h>
#include <thimble/image/reference.h>

#include "check.h"

namespace {

using namespace thimble::image;
using thimble::fuzz::check;

// What was written is read again, and written the same way.
template <class T>
void round_trip(std::string_view text) {
  const auto first = T::parse(text);
  if (!first) {
    check(!first.error().message.empty(), "an error is explained");
    return;
  }
  const std::string written = first->serialize();
  const auto second = T::parse(written);
  check(second.has_value(), "what was written is read");
  check(second->serialize() == written, "what was read is written the same way");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [subject, text] = thimble::fuzz::input_of(data, size);
  switch (subject) {
    case 'm':
      round_trip<Manifest>(text);
      break;
    case 'i':
      round_trip<Index>(text);
      break;
    case 'c':
      round_trip<ImageConfig>(text);
      break;
    case 'r':
      if (const auto name = Reference::parse(text)) {
        check(Reference::parse(name->str()) == *name, "a whole name is read as it was written");
      }
      break;
    default:
      (void)media_type_of(text);
      (void)Platform::parse(text);
      (void)Digest::parse(text);
  }
  return 0;
}
