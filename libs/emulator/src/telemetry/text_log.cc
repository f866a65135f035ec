#include "text_log.h"

#include <variant>

#include "invocation_lines.h"

namespace thimble::emulator {

void TextLog::on_event(const PlatformEvent& event) {
  if (const auto* started = std::get_if<InvokeStarted>(&event)) {
    text_.clear();
    append_start_line(text_, *started);
    out_.append(text_);
  } else if (const auto* reported = std::get_if<InvokeReported>(&event)) {
    text_.clear();
    append_end_lines(text_, *reported);
    out_.append(text_);
  } else if (const auto* output = std::get_if<FunctionOutput>(&event)) {
    out_.append(output->bytes);
  } else if (const auto* extension = std::get_if<ExtensionOutput>(&event)) {
    out_.append(extension->bytes);
  }
}

}  // namespace thimble::emulator
