#include "log_tails.h"

#include <utility>
#include <variant>

#include "invocation_lines.h"

namespace thimble::emulator {
namespace {

void keep_last(std::string& text, std::size_t bytes) {
  if (text.size() > bytes) text.erase(0, text.size() - bytes);
}

}  // namespace

std::string LogTails::take(std::string_view request_id) {
  const auto found = tails_.find(request_id);
  if (found == tails_.end()) return {};
  std::string tail = std::move(found->second);
  tails_.erase(found);
  keep_last(tail, kBytes);
  return tail;
}

std::string* LogTails::find(std::string_view request_id) {
  const auto found = tails_.find(request_id);
  return found == tails_.end() ? nullptr : &found->second;
}

void LogTails::append(std::string_view request_id, std::string_view bytes) {
  if (tails_.empty()) return;
  std::string* tail = find(request_id);
  if (tail == nullptr) return;
  if (bytes.size() > kBytes) bytes.remove_prefix(bytes.size() - kBytes);
  tail->append(bytes);
  // Not every time: moving what is kept costs more than to have twice as much.
  if (tail->size() > 2 * kBytes) keep_last(*tail, kBytes);
}

void LogTails::append_line(std::string_view request_id, std::string_view line) {
  if (tails_.empty()) return;
  const std::string* tail = find(request_id);
  if (tail == nullptr) return;
  if (!tail->empty() && tail->back() != '\n') append(request_id, "\n");
  append(request_id, line);
}

void LogTails::on_event(const PlatformEvent& event) {
  if (tails_.empty()) return;
  if (const auto* started = std::get_if<InvokeStarted>(&event)) {
    if (std::string* tail = find(started->request_id)) append_start_line(*tail, *started);
  } else if (const auto* output = std::get_if<FunctionOutput>(&event)) {
    append(output->request_id, output->bytes);
  } else if (const auto* reported = std::get_if<InvokeReported>(&event)) {
    if (std::string* tail = find(reported->request_id)) append_end_lines(*tail, *reported);
  }
}

}  // namespace thimble::emulator
