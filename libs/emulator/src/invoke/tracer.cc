#include "tracer.h"

#include "trace_header.h"

namespace thimble::emulator {

std::string Tracer::complete(std::string_view given) {
  // A parent that nobody records would be a hole in the trace; begin() names one.
  const bool is_recorded = is_recording_ && trace_member(given, "Sampled") != "0";
  return complete_trace_header(
      given, {.is_sampled = is_recording_, .has_parent = !is_recorded, .now = clock_.wall()}, ids_);
}

void Tracer::begin(Invocation& invocation) {
  if (!is_recording_ || !is_sampled(invocation.trace_id)) return;
  invocation.received = clock_.wall();
  invocation.caller_span = trace_member(invocation.trace_id, "Parent");
  invocation.trace_id = with_parent(invocation.trace_id, ids_.hex(16));
}

}  // namespace thimble::emulator
