// Reads any bytes as each kind of event: the first byte, from 'A' on, says as which.

#include <cstddef>
#include <cstdint>

#include <thimble/json/query.h>

#include "check.h"
#include "every_event.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using thimble::fuzz::check;
  const auto [subject, text] = thimble::fuzz::input_of(data, size);
  const std::size_t kind = static_cast<unsigned char>(subject - 'A');
  if (kind >= thimble::events::kEventKinds.size()) return 0;
  const auto first = thimble::events::kEventKinds[kind].rewrite(text);
  if (!first) {
    check(!first.error().message.empty(), "an error is explained");
    return 0;
  }
  check(thimble::json::valid(first->text,
                             {.lone_surrogates = thimble::json::LoneSurrogates::kReplace}),
        "what is written is JSON");
  check(first->same, "what is written is read as what it was written from");
  const auto second = thimble::events::kEventKinds[kind].rewrite(first->text);
  check(second && second->text == first->text, "what was written is written again as it is");
  return 0;
}
