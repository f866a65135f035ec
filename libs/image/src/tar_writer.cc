#include "tar_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <thimble/base/fd.h>

namespace thimble::image {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::uint64_t kMaxOctalSize = 077777777777;
constexpr std::uint64_t kMaxOctalId = 07777777;
constexpr std::size_t kReadSize = std::size_t{1} << 18;

constexpr char kFile = '0';
constexpr char kLink = '2';
constexpr char kFolder = '5';
constexpr char kExtended = 'x';

// Where the fields of a ustar header are (POSIX.1-2001, pax, "ustar Interchange Format").
struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kOwner{108, 8};
constexpr Field kGroup{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kTime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kType{156, 1};
constexpr Field kLinkName{157, 100};
constexpr Field kMagic{257, 8};
constexpr Field kPrefix{345, 155};

void put(std::string& header, Field field, std::string_view text) {
  assert(text.size() <= field.size);
  header.replace(field.offset, text.size(), text);
}

// Octal digits, filling the field but for the NUL behind them.
void put_octal(std::string& header, Field field, std::uint64_t value) {
  std::string digits(field.size - 1, '0');
  for (std::size_t i = digits.size(); i > 0 && value > 0; --i, value >>= 3U) {
    digits[i - 1] = static_cast<char>('0' + (value & 7U));
  }
  put(header, field, digits);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// One record of an extended header: its own length in decimal digits, "key=value", a line feed.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  return std::to_string(length) + " " + std::string(key) + "=" + std::string(value) + "\n";
}

std::string header_block(std::string_view name, std::string_view prefix, std::string_view link,
                         char type, unsigned mode, std::uint64_t size, const TarOptions& options) {
  std::string header(kBlock, '\0');
  put(header, kName, name);
  put_octal(header, kMode, mode);
  put_octal(header, kOwner, std::min<std::uint64_t>(options.owner, kMaxOctalId));
  put_octal(header, kGroup, std::min<std::uint64_t>(options.group, kMaxOctalId));
  put_octal(header, kSize, std::min(size, kMaxOctalSize));
  put_octal(header, kTime, static_cast<std::uint64_t>(std::max<std::int64_t>(options.mtime, 0)));
  put(header, kChecksum, "        ");
  put(header, kType, std::string_view(&type, 1));
  put(header, kLinkName, link);
  put(header, kMagic,
      std::string_view("ustar\0"
                       "00",
                       8));
  put(header, kPrefix, prefix);
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  put_octal(header, {kChecksum.offset, 7}, sum);
  return header;
}

// A path that fits into name and prefix, cut at a slash; nothing if there is no such slash.
struct SplitName {
  std::string_view prefix;
  std::string_view name;
};
std::optional<SplitName> split(std::string_view path) {
  if (!is_ascii(path)) return std::nullopt;
  if (path.size() <= kName.size) return SplitName{"", path};
  // The first slash that leaves a name short enough. One at the very end belongs to the name.
  const std::size_t slash = path.find('/', path.size() - kName.size - 1);
  if (slash == std::string_view::npos || slash == 0 || slash > kPrefix.size ||
      slash + 1 == path.size()) {
    return std::nullopt;
  }
  return SplitName{path.substr(0, slash), path.substr(slash + 1)};
}

Result<void> copy_file(const std::filesystem::path& path, std::uint64_t size, const Sink& sink) {
  const std::string what = "read '" + path.string() + "'";
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(system_error(what));
  std::vector<char> part(static_cast<std::size_t>(std::min<std::uint64_t>(size, kReadSize)));
  while (size > 0) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, part.size()));
    const ssize_t got = ::read(file.number(), part.data(), wanted);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error(what));
    if (got == 0) return fail(ErrorCode::kBusy, what + ": it became shorter meanwhile");
    const auto bytes = static_cast<std::size_t>(got);
    if (auto taken = sink({part.data(), bytes}); !taken) return taken;
    size -= bytes;
  }
  return {};
}

Result<void> write_body(const TreeEntry& entry, std::uint64_t size, const Sink& sink) {
  if (const auto* bytes = std::get_if<std::string>(&entry.what)) return sink(*bytes);
  if (const auto* disk = std::get_if<TreeEntry::OnDisk>(&entry.what)) {
    return copy_file(disk->path, size, sink);
  }
  return {};
}

}  // namespace

std::string_view tar_padding(std::uint64_t body_size) {
  static constexpr std::array<char, kBlock> kZeros{};
  return {kZeros.data(), static_cast<std::size_t>((kBlock - body_size % kBlock) % kBlock)};
}

std::string_view tar_end() {
  static constexpr std::array<char, 2 * kBlock> kZeros{};
  return {kZeros.data(), kZeros.size()};
}

std::string tar_header(std::string_view path, const TreeEntry& entry, std::uint64_t body_size,
                       const TarOptions& options) {
  const auto* link = std::get_if<TreeEntry::Link>(&entry.what);
  const std::string_view target = link != nullptr ? std::string_view(link->target) : "";
  const std::string name = std::string(path) + (entry.is_folder() ? "/" : "");
  const char type = entry.is_folder() ? kFolder : link != nullptr ? kLink : kFile;

  std::string extended;
  const auto parts = split(name);
  if (!parts) extended += pax_record("path", name);
  const bool link_fits = target.size() <= kLinkName.size && is_ascii(target);
  if (!link_fits) extended += pax_record("linkpath", target);
  if (body_size > kMaxOctalSize) extended += pax_record("size", std::to_string(body_size));
  const TarOptions own{.mtime = options.mtime,
                       .owner = entry.owner.value_or(options.owner),
                       .group = entry.group.value_or(options.group)};
  if (own.owner > kMaxOctalId) extended += pax_record("uid", std::to_string(own.owner));
  if (own.group > kMaxOctalId) extended += pax_record("gid", std::to_string(own.group));

  std::string out;
  if (!extended.empty()) {
    out += header_block("PaxHeader", "", "", kExtended, 0644, extended.size(), options);
    out += extended;
    out += tar_padding(extended.size());
  }
  // Who does not read the extended header finds a file of this name.
  const SplitName shown = parts.value_or(SplitName{"", "PaxName"});
  out += header_block(shown.name, shown.prefix, link_fits ? target : "PaxLink", type, entry.mode,
                      body_size, own);
  return out;
}

Result<void> write_tar(const Tree& tree, const TarOptions& options, const Sink& sink) {
  for (const auto& [path, entry] : tree.entries()) {
    const auto size = entry.size();
    if (!size) return fail(size.error());
    if (auto done = sink(tar_header(path, entry, *size, options)); !done) return done;
    if (auto done = write_body(entry, *size, sink); !done) return done;
    if (auto done = sink(tar_padding(*size)); !done) return done;
  }
  return sink(tar_end());
}

Result<std::uint64_t> tar_size(const Tree& tree, const TarOptions& options) {
  std::uint64_t total = tar_end().size();
  for (const auto& [path, entry] : tree.entries()) {
    const auto size = entry.size();
    if (!size) return fail(size.error());
    total += tar_header(path, entry, *size, options).size() + *size + tar_padding(*size).size();
  }
  return total;
}

}  // namespace thimble::image
