#include "thimble/aws/xml.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

#include <thimble/base/parse_number.h>

#include "text.h"

namespace thimble::aws {
namespace {

constexpr std::size_t kMaxDepth = 64;

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

std::optional<std::uint32_t> parse_code(std::string_view digits) {
  std::uint32_t code = 0;
  if (digits.starts_with('x')) {
    const auto* end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data() + 1, end, code, 16);
    if (error != std::errc{} || at != end) return std::nullopt;
  } else {
    const auto decimal = parse_number<std::uint32_t>(digits);
    if (!decimal) return std::nullopt;
    code = *decimal;
  }
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return std::nullopt;
  return code;
}

// Appends character data with its entities decoded; false for one that is unknown.
bool append_decoded(std::string& out, std::string_view data) {
  while (!data.empty()) {
    const std::size_t plain = std::min(data.find('&'), data.size());
    out.append(data.substr(0, plain));
    data.remove_prefix(plain);
    if (data.empty()) return true;
    const std::size_t end = data.find(';');
    if (end == std::string_view::npos) return false;
    const std::string_view name = data.substr(1, end - 1);
    data.remove_prefix(end + 1);
    if (name == "lt") {
      out += '<';
    } else if (name == "gt") {
      out += '>';
    } else if (name == "amp") {
      out += '&';
    } else if (name == "quot") {
      out += '"';
    } else if (name == "apos") {
      out += '\'';
    } else if (name.starts_with('#')) {
      const auto code = parse_code(name.substr(1));
      if (!code) return false;
      append_utf8(out, *code);
    } else {
      return false;
    }
  }
  return true;
}

// Cuts text behind what `end` is, and returns what was before; nothing if it does not occur.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return before;
}

// Cuts a tag, whose '<' is gone, behind its '>'; one within quotes is not its end.
std::optional<std::string_view> take_tag(std::string_view& text) {
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '<') {
      return std::nullopt;
    } else if (c == '>') {
      const std::string_view tag = text.substr(0, i);
      text.remove_prefix(i + 1);
      return tag;
    }
  }
  return std::nullopt;
}

// The name of a tag without its prefix.
std::string_view local_name(std::string_view tag) {
  tag = tag.substr(0, tag.find_first_of(" \t\r\n/"));
  const std::size_t colon = tag.find(':');
  return colon == std::string_view::npos ? tag : tag.substr(colon + 1);
}

// Where in the document the scan is, and what it has of the element looked for.
class Scan {
 public:
  explicit Scan(std::initializer_list<std::string_view> path) : path_(path) {}

  // False for what is no XML.
  bool open(std::string_view tag) {
    const std::string_view name = local_name(tag);
    if (name.empty() || open_.size() == kMaxDepth) return false;
    open_.push_back(name);
    if (found_depth_ == 0 && open_.size() >= path_.size() &&
        std::equal(path_.begin(), path_.end(), open_.end() - static_cast<long>(path_.size()))) {
      found_depth_ = open_.size();
    }
    return !tag.ends_with('/') || close(name);
  }

  bool close(std::string_view name) {
    if (open_.empty() || open_.back() != name) return false;
    if (open_.size() == found_depth_) done_ = true;
    open_.pop_back();
    return true;
  }

  bool data(std::string_view bytes) { return found_depth_ == 0 || append_decoded(text_, bytes); }
  void literal(std::string_view bytes) {
    if (found_depth_ != 0) text_.append(bytes);
  }

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::string text() const { return std::string(trim(text_)); }

 private:
  std::vector<std::string_view> path_;
  std::vector<std::string_view> open_;
  std::size_t found_depth_ = 0;  // 0: not yet.
  std::string text_;
  bool done_ = false;
};

}  // namespace

std::optional<std::string> xml_text(std::string_view xml,
                                    std::initializer_list<std::string_view> path) {
  Scan scan(path);
  while (!scan.done()) {
    const auto data = take_until(xml, "<");
    if (!data || !scan.data(*data)) return std::nullopt;
    if (xml.starts_with("!--")) {
      if (!take_until(xml, "-->")) return std::nullopt;
    } else if (xml.starts_with("![CDATA[")) {
      xml.remove_prefix(8);
      const auto literal = take_until(xml, "]]>");
      if (!literal) return std::nullopt;
      scan.literal(*literal);
    } else if (xml.starts_with('?')) {
      if (!take_until(xml, "?>")) return std::nullopt;
    } else {
      const auto tag = take_tag(xml);
      if (!tag || tag->starts_with('!')) return std::nullopt;
      const bool is_end = tag->starts_with('/');
      if (!(is_end ? scan.close(local_name(tag->substr(1))) : scan.open(*tag))) {
        return std::nullopt;
      }
    }
  }
  return scan.text();
}

}  // namespace thimble::aws
