#include "tar_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <thimble/base/parse_number.h>
#include <thimble/image/layer_reader.h>

#include "tar_header.h"

namespace thimble::image {
namespace {

// Of an extended header or a long name; Go's limit.
constexpr std::uint64_t kMaxSpecial = std::uint64_t{1} << 20;

std::unexpected<Error> damaged(std::string what) {
  return fail(ErrorCode::kInvalid, "the layer is damaged: " + std::move(what));
}

// Records are "LENGTH KEY=VALUE\n", the length counting all of it (POSIX.1-2001, pax, "Extended
// Header").
Result<void> parse_records(std::string_view text,
                           std::map<std::string, std::string, std::less<>>& records) {
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const auto length = parse_number<std::uint32_t>(text.substr(0, space));
    if (space == std::string_view::npos || !length || *length > text.size() ||
        *length < space + 4 || text[*length - 1] != '\n') {
      return damaged("an extended header has a record of another length");
    }
    const std::string_view record = text.substr(space + 1, *length - space - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return damaged("an extended header has a record without a name");
    }
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    const bool is_name = key == "path" || key == "linkpath";
    if (is_name && value.find('\0') != std::string_view::npos) {
      return damaged("an extended header has a name that holds a NUL: '" + printable(value) + "'");
    }
    records[std::string(key)] = value;
    text.remove_prefix(*length);
  }
  return {};
}

Result<std::uint64_t> number_of(std::string_view key, std::string_view value, std::uint64_t most) {
  const auto number = parse_number<std::uint64_t>(value);
  if (!number || *number > most) {
    return damaged("an extended header has the " + std::string(key) + " '" +
                   printable(value.substr(0, 40)) + "'");
  }
  return *number;
}

// Seconds, perhaps with a fraction.
Result<std::int64_t> time_of(std::string_view value) {
  const std::string_view whole = value.substr(0, value.find('.'));
  const auto seconds = parse_number<std::int64_t>(whole);
  if (!seconds) return damaged("an extended header has the time '" + printable(value) + "'");
  return *seconds;
}

constexpr std::uint64_t kMaxSize = std::numeric_limits<std::int64_t>::max() / 2;

// An empty value takes nothing away but the record.
Result<void> apply_records(const std::map<std::string, std::string, std::less<>>& records,
                           TarMember& member) {
  for (const auto& [key, value] : records) {
    if (value.empty()) continue;
    if (key.starts_with("GNU.sparse.")) {
      return fail(ErrorCode::kInvalid, "the layer has a sparse entry '" + printable(member.name) +
                                           "': make it without --sparse");
    }
    if (key == "path") member.name = value;
    if (key == "linkpath") member.link = value;
    if (key == "size" || key == "uid" || key == "gid") {
      const auto number = number_of(
          key, value, key == "size" ? kMaxSize : std::numeric_limits<std::uint32_t>::max());
      if (!number) return fail(number.error());
      (key == "size" ? member.size : key == "uid" ? member.owner : member.group) = *number;
    }
    if (key == "mtime") {
      const auto time = time_of(value);
      if (!time) return fail(time.error());
      member.mtime = *time;
    }
  }
  return {};
}

// Links, devices and folders have no content, whatever their header says.
bool has_content(char type) {
  return type == '0' || type == '\0' || type == '7';
}

}  // namespace

Result<bool> TarReader::fill() {
  if (!piece_.empty()) return true;
  auto piece = source_();
  if (!piece) return fail(std::move(piece.error()));
  piece_ = *piece;
  return !piece_.empty();
}

// Less than `size` only at the end of the source.
Result<std::size_t> TarReader::take(std::size_t size, std::string& out) {
  out.clear();
  while (out.size() < size) {
    auto filled = fill();
    if (!filled) return fail(std::move(filled.error()));
    if (!*filled) break;
    const std::string_view part = piece_.substr(0, size - out.size());
    out += part;
    piece_.remove_prefix(part.size());
  }
  return out.size();
}

Result<void> TarReader::skip(std::uint64_t size) {
  while (size > 0) {
    auto filled = fill();
    if (!filled) return fail(std::move(filled.error()));
    if (!*filled) return damaged("it ends early");
    const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(size, piece_.size()));
    piece_.remove_prefix(part);
    size -= part;
  }
  return {};
}

Result<std::string> TarReader::read_special(std::uint64_t size) {
  if (size > kMaxSpecial) return damaged("an extended header has more than 1 MiB");
  std::string body;
  const auto got = take(static_cast<std::size_t>(size), body);
  if (!got) return fail(got.error());
  if (*got < size) return damaged("it ends early");
  if (auto skipped = skip(tar::padding(size)); !skipped) return fail(skipped.error());
  return body;
}

// Whether these zeros are the archive's end.
Result<bool> TarReader::at_end(std::string_view block) {
  if (!tar::is_empty(block)) return false;
  std::string second;
  const auto got = take(tar::kBlock, second);
  if (!got) return fail(got.error());
  if (!tar::is_empty(second)) return damaged("it goes on behind an empty block");
  return true;
}

// What is about the next member; false if `header` is a member itself.
Result<bool> TarReader::read_extension(const TarMember& header) {
  if (header.type != 'x' && header.type != 'X' && header.type != 'g' && header.type != 'L' &&
      header.type != 'K') {
    return false;
  }
  auto body = read_special(header.size);
  if (!body) return fail(std::move(body.error()));
  if (header.type == 'L' || header.type == 'K') {
    const std::size_t end = std::min(body->find('\0'), body->size());
    if (!tar::is_empty(std::string_view(*body).substr(end))) {
      return damaged("a name holds a NUL: '" + printable(body->substr(0, 200)) + "'");
    }
    (header.type == 'L' ? long_name_ : long_link_) = body->substr(0, end);
    return true;
  }
  // One for all members that follow is read, and ignored, as Docker does.
  Records records;
  if (auto parsed = parse_records(*body, records); !parsed) return fail(parsed.error());
  if (header.type != 'g') records_ = std::move(records);
  return true;
}

Result<std::optional<TarMember>> TarReader::next() {
  if (auto skipped = skip(rest_); !skipped) return fail(skipped.error());
  rest_ = 0;
  if (auto skipped = skip(std::exchange(padding_, 0)); !skipped) return fail(skipped.error());
  records_.clear();
  long_name_.clear();
  long_link_.clear();
  std::string block;
  for (;;) {
    const auto got = take(tar::kBlock, block);
    if (!got) return fail(got.error());
    if (*got == 0) return std::nullopt;
    if (*got < tar::kBlock) return damaged("it ends in a header");
    const auto end = at_end(block);
    if (!end) return fail(end.error());
    if (*end) return std::nullopt;
    auto member = tar::parse_header(block);
    if (!member) return fail(std::move(member.error()));
    const auto extension = read_extension(*member);
    if (!extension) return fail(extension.error());
    if (*extension) continue;
    if (auto applied = apply_records(records_, *member); !applied) return fail(applied.error());
    if (!long_name_.empty()) member->name = long_name_;
    if (!long_link_.empty()) member->link = long_link_;
    if (!has_content(member->type)) member->size = 0;
    rest_ = member->size;
    padding_ = tar::padding(member->size);
    return std::optional(std::move(*member));
  }
}

Result<std::string_view> TarReader::read() {
  if (rest_ == 0) return std::string_view();
  const auto filled = fill();
  if (!filled) return fail(filled.error());
  if (!*filled) return damaged("it ends early");
  const std::string_view part =
      piece_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(rest_, piece_.size())));
  piece_.remove_prefix(part.size());
  rest_ -= part.size();
  return part;
}

}  // namespace thimble::image
