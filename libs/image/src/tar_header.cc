#include "tar_header.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include <thimble/image/layer_reader.h>

namespace thimble::image::tar {
namespace {

constexpr std::size_t kChecksumAt = 148;
constexpr std::size_t kChecksumSize = 8;

std::string_view text_field(std::string_view block, std::size_t at, std::size_t size) {
  const std::string_view field = block.substr(at, size);
  return field.substr(0, field.find('\0'));
}

// GNU's numbers: the first bit set, then big-endian, two's complement. Negative ones are refused.
std::optional<std::uint64_t> binary_number(std::string_view field) {
  const auto first = static_cast<unsigned char>(field[0]);
  if ((first & 0x40U) != 0) return std::nullopt;
  std::uint64_t value = first & 0x3fU;
  for (const char byte : field.substr(1)) {
    if (value > std::numeric_limits<std::uint64_t>::max() >> 9U) return std::nullopt;
    value = (value << 8U) | static_cast<unsigned char>(byte);
  }
  return value;
}

// Octal digits, with spaces and NULs around them; nothing at all is 0.
std::optional<std::uint64_t> number_field(std::string_view block, std::size_t at,
                                          std::size_t size) {
  std::string_view field = block.substr(at, size);
  if ((static_cast<unsigned char>(field[0]) & 0x80U) != 0) return binary_number(field);
  constexpr std::string_view kAround(" \0", 2);
  const std::size_t begin = field.find_first_not_of(kAround);
  if (begin == std::string_view::npos) return 0;
  field.remove_prefix(begin);
  field = field.substr(0, field.find_first_of(kAround));
  std::uint64_t value = 0;
  for (const char digit : field) {
    if (digit < '0' || digit > '7') return std::nullopt;
    value = value * 8 + static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

// Old programs added the bytes up as signed ones.
bool checksum_holds(std::string_view block) {
  const auto said = number_field(block, kChecksumAt, kChecksumSize);
  std::int64_t plain = 0;
  std::int64_t as_signed = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool inside = i >= kChecksumAt && i < kChecksumAt + kChecksumSize;
    const char byte = inside ? ' ' : block[i];
    plain += static_cast<unsigned char>(byte);
    as_signed += static_cast<signed char>(byte);
  }
  return said && (static_cast<std::int64_t>(*said) == plain ||
                  static_cast<std::int64_t>(*said) == as_signed);
}

}  // namespace

bool is_empty(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == '\0'; });
}

std::uint64_t padding(std::uint64_t size) {
  return (kBlock - size % kBlock) % kBlock;
}

Result<TarMember> parse_header(std::string_view block) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kInvalid, "the layer is damaged: " + std::string(why));
  };
  if (!checksum_holds(block)) return refuse("a header has a wrong checksum, or it is no tar");
  TarMember member;
  member.name = text_field(block, 0, 100);
  member.type = block[156];
  member.link = text_field(block, 157, 100);
  // In GNU's own format the prefix is something else.
  if (block.substr(257, 6) == std::string_view("ustar\0", 6)) {
    const std::string_view prefix = text_field(block, 345, 155);
    if (!prefix.empty()) member.name = std::string(prefix) + "/" + member.name;
  }
  const auto mode = number_field(block, 100, 8);
  const auto owner = number_field(block, 108, 8);
  const auto group = number_field(block, 116, 8);
  const auto size = number_field(block, 124, 12);
  const auto mtime = number_field(block, 136, 12);
  const std::string where = "the header of '" + printable(member.name) + "' ";
  if (!mode) return refuse(where + "has a mode that is no number");
  constexpr std::uint64_t kMaxId = std::numeric_limits<std::uint32_t>::max();
  if (!owner || *owner > kMaxId || !group || *group > kMaxId) {
    return refuse(where + "has an owner that is no number");
  }
  constexpr std::uint64_t kMaxNumber = std::numeric_limits<std::int64_t>::max() / 2;
  if (!size || *size > kMaxNumber) return refuse(where + "has a size that is no number");
  if (!mtime || *mtime > kMaxNumber) return refuse(where + "has a time that is no number");
  member.mode = static_cast<unsigned>(*mode & 07777U);
  member.owner = *owner;
  member.group = *group;
  member.size = *size;
  member.mtime = static_cast<std::int64_t>(*mtime);
  return member;
}

}  // namespace thimble::image::tar
