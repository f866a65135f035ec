#include "printable.h"

namespace thimble::registry {

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 300;
  std::string out;
  for (const char c : text.substr(0, kLongest)) {
    const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (space) {
      if (!out.empty() && !out.ends_with(' ')) out += ' ';
    } else {
      out += c < ' ' || c >= '\x7f' ? '?' : c;
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  if (text.size() > kLongest) out += "...";
  return out;
}

std::string without_controls(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    const bool is_c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;
    out += byte < ' ' || byte == 0x7f || is_c1 ? '?' : text[i];
    if (is_c1) ++i;
  }
  return out;
}

}  // namespace thimble::registry
