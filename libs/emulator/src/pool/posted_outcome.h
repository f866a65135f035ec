#pragma once
// What a runtime's POST of a response or an error makes of its invocation.

#include <cstddef>

#include "thimble/http/exchange.h"

#include "invocation.h"

namespace thimble::emulator {

// The outcome, and the answer to the runtime, which comes after the caller has been told.
struct PostedOutcome {
  // What the runtime is answered.
  enum class Answer { kAccepted, kInvalidMode, kTooLarge };

  Outcome outcome;
  std::size_t produced_bytes = 0;
  Answer answer = Answer::kAccepted;

  void reply_to(http::Exchange& exchange, std::size_t max_response_bytes) const;
};

// Of /response, whose body has been read. The exchange keeps nothing of the body.
[[nodiscard]] PostedOutcome posted_response(http::Exchange& exchange,
                                            std::size_t max_response_bytes);
// Of /error.
[[nodiscard]] PostedOutcome posted_error(http::Exchange& exchange);
// Of /init/error and /restore/error.
[[nodiscard]] Outcome posted_init_error(http::Exchange& exchange);

// Of a streamed response that is larger than allowed, and of one that broke off.
[[nodiscard]] Outcome stream_too_large(std::size_t limit);
[[nodiscard]] Outcome stream_broken_off();

}  // namespace thimble::emulator
