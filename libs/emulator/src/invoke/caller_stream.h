#pragma once
// The answer to a caller who wants a response as it is produced.

#include <cstddef>
#include <functional>
#include <string_view>

#include "invocation.h"

namespace thimble::emulator {

// One answer in pieces, on invocation.exchange while there is one. Belongs to the invocation.
class CallerStream final : public ResponseStream {
 public:
  enum class Form {
    kEvents,  // InvokeWithResponseStream's messages
    kRaw,     // the bytes themselves
  };

  // `version` is the one that was invoked, and outlives it.
  CallerStream(Form form, Invocation& invocation, std::string_view version)
      : form_(form), invocation_(invocation), version_(version) {}

  void begin(std::string_view content_type) override { content_type_ = content_type; }
  void write(std::string_view piece) override;
  [[nodiscard]] std::size_t pending_bytes() const override;
  void on_drained(std::function<void()> callback) override { drained_ = std::move(callback); }

  // The last call: what has not been streamed is answered whole; what has gets its end. `log_tail`
  // is the end of the log if the caller asked for that; bytes that have begun cannot tell it. Needs
  // invocation.exchange.
  void end(const Outcome& outcome, std::string_view log_tail);
  // The client went away: nothing waits for it any more.
  void client_gone();

 private:
  void begin_answer();
  void end_events(const Outcome& outcome, std::string_view log_tail);

  Form form_;
  Invocation& invocation_;
  std::string_view version_;
  std::string content_type_;
  std::function<void()> drained_;
  bool has_begun_ = false;  // the head of the answer is on its way
};

}  // namespace thimble::emulator
