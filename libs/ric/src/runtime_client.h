#pragma once
// The Runtime API, version 2018-06-01, from the runtime's side
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/ric/context.h>
#include <thimble/ric/error.h>

#include "connection.h"
#include "request_head.h"

namespace thimble::ric {

// Asks one call after the other. Views of an invocation end with the call after its answer.
class RuntimeClient final {
 public:
  explicit RuntimeClient(Endpoint endpoint);

  // Waits for an invocation, for as long as it takes; fills in what its headers say and returns the
  // event. kInvalid if the Runtime API answers anything but 200, kLimit if it says that the
  // environment cannot go on (500).
  [[nodiscard]] Result<std::string_view> next(Context& context);

  // Posts an answer. What the Runtime API refuses is kInvalid, or kLimit as above: the invocation
  // is over all the same. kIo if it was not reached.
  [[nodiscard]] Result<void> post_response(const Context& context, std::string_view content_type,
                                           std::string_view body);
  [[nodiscard]] Result<void> post_error(const Context& context, const HandlerError& error);
  [[nodiscard]] Result<void> post_init_error(const HandlerError& error);

  // Begins an answer in pieces. Then come write_piece() and, in any case, end_response(), with the
  // error if the handler had one.
  [[nodiscard]] Result<void> begin_response(const Context& context, std::string_view content_type);
  [[nodiscard]] Result<void> write_piece(std::string_view piece);
  [[nodiscard]] Result<void> end_response(const HandlerError* error);

  // SnapStart: waits until the environment was restored from its snapshot. The connection does not
  // survive it.
  [[nodiscard]] Result<void> wait_for_restore();
  [[nodiscard]] Result<void> post_restore_error(const HandlerError& error);

 private:
  void start_post(const Context& context, std::string_view suffix);
  [[nodiscard]] Result<void> ask(std::string_view head, std::string_view body,
                                 std::string_view what);
  [[nodiscard]] Result<void> post_error_body(const HandlerError& error, std::string_view what);
  [[nodiscard]] Result<void> check(std::string_view what);

  Connection connection_;
  std::string next_;  // the whole request
  RequestHead head_;
  std::string text_;  // what is sent besides
};

}  // namespace thimble::ric
