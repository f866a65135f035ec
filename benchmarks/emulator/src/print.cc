#include "print.h"

namespace thimble::bench {

double megabytes(std::int64_t kib) {
  return static_cast<double>(kib) * 1024 / 1e6;
}

std::string size_name(std::size_t bytes) {
  if (bytes >= 1'000'000) return std::to_string(bytes / 1'000'000) + " MB";
  if (bytes >= 1000) return std::to_string(bytes / 1000) + " KB";
  return std::to_string(bytes) + " B";
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

void json_spread(std::FILE* out, const char* name, const Spread& s, const char* end) {
  std::fprintf(
      out, "\"%s\": {\"median\": %.4f, \"q1\": %.4f, \"q3\": %.4f, \"min\": %.4f, \"max\": %.4f}%s",
      name, s.mid, s.low, s.high, s.best, s.worst, end);
}

}  // namespace thimble::bench
