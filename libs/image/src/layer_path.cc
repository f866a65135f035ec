#include <array>

#include "thimble/image/layer_reader.h"

namespace thimble::image {
namespace {

constexpr std::size_t kMaxPart = 255;  // NAME_MAX of Linux.

// The length of the UTF-8 sequence that `text` begins with (RFC 3629); 0 if it does not.
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  const std::size_t length = first < 0x80                     ? 1
                             : first >= 0xc2 && first <= 0xdf ? 2
                             : (first & 0xf0U) == 0xe0        ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0U) != 0x80) return 0;
  }
  if ((first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f) ||
      (first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f)) {
    return 0;
  }
  return length;
}

}  // namespace

std::string printable(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    // U+0080 to U+009F are control characters as well.
    const bool control =
        byte < 0x20 || byte == 0x7f ||
        (length == 2 && byte == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0);
    if (length == 0 || control) {
      for (const char raw : text.substr(0, length == 0 ? 1 : length)) {
        const auto value = static_cast<unsigned char>(raw);
        out += "\\x";
        out += kDigits[value >> 4U];
        out += kDigits[value & 15U];
      }
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

Result<std::string> normal_path(std::string_view written, const LayerLimits& limits) {
  const auto refuse = [&](std::string_view why) {
    const bool is_long = written.size() > 200;
    return fail(ErrorCode::kInvalid, "the layer has an entry '" +
                                         printable(written.substr(0, 200)) +
                                         (is_long ? "...'" : "'") + ", " + std::string(why));
  };
  if (written.empty()) return refuse("which has no name");
  if (written.find('\0') != std::string_view::npos) return refuse("whose name holds a NUL");
  if (written.size() > limits.path + 1) return refuse("whose name is too long");
  std::string path;
  for (std::string_view rest = written; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") return refuse("which leads out of its folder");
    if (part.size() > kMaxPart) return refuse("whose name is too long");
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

}  // namespace thimble::image
