#include "invocation_lines.h"

#include <cstdio>

#include "thimble/wire/error_types.h"

namespace thimble::emulator {
namespace {

double milliseconds(Nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

template <class... Values>
void append_formatted(std::string& out, const char* pattern, Values... values) {
  char text[128];
  const int length = std::snprintf(text, sizeof text, pattern, values...);
  if (length > 0) out.append(text, static_cast<std::size_t>(length));
}

}  // namespace

void append_start_line(std::string& out, const InvokeStarted& event) {
  out.append("START RequestId: ").append(event.request_id).append(" Version: ");
  append_clean(out, event.version);
  out += '\n';
}

void append_end_lines(std::string& out, const InvokeReported& event) {
  out.append("END RequestId: ").append(event.request_id);
  out.append("\nREPORT RequestId: ").append(event.request_id).append("\t");
  if (event.init_duration) {
    append_formatted(out, "Init Duration: %.2f ms\t", milliseconds(*event.init_duration));
  }
  append_formatted(out, "Duration: %.2f ms\tBilled Duration: %lld ms\t",
                   milliseconds(event.duration),
                   static_cast<long long>(event.billed_duration().count()));
  out.append("Memory Size: ").append(event.memory_size_mb);
  const auto used_mb = (event.max_memory_used_bytes + (1 << 20) - 1) >> 20;
  append_formatted(out, " MB\tMax Memory Used: %zu MB\t", used_mb);
  if (event.restore_duration) {
    append_formatted(out, "Restore Duration: %.2f ms\tBilled Restore Duration: %lld ms\t",
                     milliseconds(*event.restore_duration),
                     static_cast<long long>(event.billed_restore_duration().count()));
  }
  // The public emulator's REPORT has no status; it knows no such end either.
  if (event.error_type == wire::kOutOfMemory) {
    out.append("Status: error\tError Type: ").append(event.error_type).append("\t");
  }
  out += '\n';
}

void append_clean(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
}

}  // namespace thimble::emulator
