#pragma once
// Serves one invocation after the other.

#include <string>

#include <thimble/base/result.h>
#include <thimble/ric/context.h>
#include <thimble/ric/handler.h>

#include "runtime_client.h"
#include "settings.h"

namespace thimble::ric {

// One thread's part: a connection, a buffer, a context.
class InvokeLoop final {
 public:
  // `settings` outlives the loop. `is_alone`: no other loop runs, so that the environment variable
  // of the trace may be set.
  InvokeLoop(Endpoint endpoint, detail::Handler handler, const Settings& settings, bool is_alone);

  // Until the Runtime API says that it is over, or cannot be reached any more. Nothing a handler
  // does ends it.
  void run();

 private:
  // Takes the call's answer or error to the Runtime API.
  [[nodiscard]] Result<void> handle(std::string_view event);
  [[nodiscard]] Result<void> handle_streaming();
  void call_handler();

  RuntimeClient client_;
  detail::Handler handler_;
  Context context_;
  detail::Call call_;
  std::string request_id_;
  bool is_alone_;
};

}  // namespace thimble::ric
