#pragma once
// Trace headers such as
// "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
// (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).

#include <string>
#include <string_view>

#include "thimble/base/clock.h"
#include "thimble/base/random_id.h"

namespace thimble::emulator {

// The value of `key` in `header`; empty if it has none.
[[nodiscard]] std::string_view trace_member(std::string_view header, std::string_view key);

// Whether the trace is to be recorded.
[[nodiscard]] bool is_sampled(std::string_view header);

// `header` with this parent, and all else as it was.
[[nodiscard]] std::string with_parent(std::string_view header, std::string_view parent);

// How what is missing in a header is made.
struct TraceDefaults {
  bool is_sampled;  // unless the caller has decided
  bool has_parent;  // whether a caller who names none gets one
  WallTime now;
};

// A header with Root, Sampled and, if that is wanted, Parent: what `given` has of them and, for the
// rest, new values. What else it says stays after them. A header that is complete stays as it is;
// one without Root says nothing.
[[nodiscard]] std::string complete_trace_header(std::string_view given,
                                                const TraceDefaults& defaults, RandomIds& ids);

}  // namespace thimble::emulator
