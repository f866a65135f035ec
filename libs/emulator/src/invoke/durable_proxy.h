#pragma once
// Lambda's API of durable functions, which an engine elsewhere has.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/base/event_loop.h"
#include "thimble/base/random_id.h"
#include "thimble/http/endpoint.h"
#include "thimble/http/exchange.h"

#include "platform_event.h"

namespace thimble::emulator {

// Whether a request for `path` is about durable executions.
[[nodiscard]] bool is_durable_path(std::string_view path);

// Passes requests on to the engine and its responses back, each over a connection of its own:
// method and target byte for byte, headers but for those of the hop, bodies in pieces as they come.
// Neither side is read faster than the other one takes it. Who goes away ends the other side too.
class DurableProxy final {
 public:
  struct Options {
    EventLoop& loop;
    EventBus& bus;
    RandomIds& ids;
    http::Endpoint endpoint;
    std::size_t max_request_bytes;
    Milliseconds longest_silence;  // of the engine, before the caller gets 504
  };

  // References outlive it. It outlives the exchanges.
  explicit DurableProxy(Options options);
  DurableProxy(const DurableProxy&) = delete;
  DurableProxy& operator=(const DurableProxy&) = delete;
  ~DurableProxy();

  // From Handler::on_head(): a body follows, and is passed on as it comes.
  void forward_with_body(http::Exchange& exchange);
  // From Handler::on_request(): there is none.
  void forward(http::Exchange& exchange);

 private:
  class Forward;
  void add(http::Exchange& exchange, bool has_body);
  void refuse_too_large(http::Exchange& exchange);
  // It may be deep in one of its own functions: it is destroyed before the loop's next wait.
  void bury(Forward& forward);

  Options options_;
  std::string via_;  // how we call ourselves there, so that we know our own requests
  Deferred bury_;
  std::vector<std::unique_ptr<Forward>> running_;
  std::vector<std::unique_ptr<Forward>> ended_;
};

}  // namespace thimble::emulator
