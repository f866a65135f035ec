#include "program_packages.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include <thimble/json/reader.h>

namespace thimble::image {
namespace {

constexpr std::size_t kMaxList = std::size_t{8} << 20;

// The string behind its length, a varint as protocol buffers have it; taken from the front.
std::optional<std::string_view> take_string(std::string_view& bytes) {
  std::uint64_t size = 0;
  unsigned shift = 0;
  for (;;) {
    if (bytes.empty() || shift > 56) return std::nullopt;
    const auto byte = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    size |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0) break;
    shift += 7;
  }
  if (size > bytes.size() || size > kMaxList) return std::nullopt;
  const std::string_view text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return text;
}

std::string_view take_until(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

// Lines of words between tabs: "mod", "dep", or "=>" for what takes the place of the one above.
std::vector<Package> parse_modules(std::string_view text) {
  std::vector<Package> packages;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view kind = take_until(line, '\t');
    if (kind != "mod" && kind != "dep" && kind != "=>") continue;
    Package package{"golang", std::string(take_until(line, '\t')),
                    std::string(take_until(line, '\t')), "", ""};
    // What is built from a folder has no version.
    if (package.version == "(devel)") package.version.clear();
    if (kind == "=>" && !packages.empty()) packages.pop_back();
    if (!package.name.empty()) packages.push_back(std::move(package));
  }
  return packages;
}

// Little-endian numbers of an ELF file; nothing outside of it.
std::optional<std::uint64_t> number_at(std::string_view bytes, std::uint64_t at, std::size_t size) {
  if (at > bytes.size() || bytes.size() - at < size) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) {
    value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
  }
  return value;
}

// Of a 64-bit little-endian ELF file, as all that Lambda runs is.
std::string_view section_of(std::string_view elf, std::string_view name) {
  constexpr std::size_t kHeader = 64;
  if (!elf.starts_with("\x7f"
                       "ELF\x02\x01")) {
    return {};
  }
  const auto table = number_at(elf, 0x28, 8);
  const auto count = number_at(elf, 0x3c, 2);
  const auto names_index = number_at(elf, 0x3e, 2);
  if (!table || !count || !names_index || *table > elf.size()) return {};
  const auto body = [&](std::uint64_t index) -> std::string_view {
    const auto at = number_at(elf, *table + index * kHeader + 0x18, 8);
    const auto size = number_at(elf, *table + index * kHeader + 0x20, 8);
    if (!at || !size || *at > elf.size() || *size > elf.size() - *at) return {};
    return elf.substr(*at, *size);
  };
  const std::string_view names = body(*names_index);
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto begin = number_at(elf, *table + i * kHeader, 4);
    if (!begin || *begin >= names.size()) continue;
    const std::string_view rest = names.substr(*begin);
    if (rest.substr(0, rest.find('\0')) == name) return body(i);
  }
  return {};
}

std::optional<std::string> uncompress(std::string_view bytes) {
  std::string out(64 << 10, '\0');
  for (;;) {
    auto size = static_cast<uLongf>(out.size());
    const int result = ::uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                                    reinterpret_cast<const Bytef*>(bytes.data()),
                                    static_cast<uLong>(bytes.size()));
    if (result == Z_OK) {
      out.resize(size);
      return out;
    }
    if (result != Z_BUF_ERROR || out.size() >= kMaxList) return std::nullopt;
    out.resize(out.size() * 2);
  }
}

}  // namespace

std::vector<Package> packages_of_go(std::string_view program) {
  // At a multiple of 16; then the size of a pointer, and flags: 2 for strings in place.
  constexpr std::string_view kMagic = "\xff Go buildinf:";
  constexpr std::size_t kHead = 32;
  constexpr std::size_t kMark = 16;  // Bytes around the list of modules.
  if (!program.starts_with("\x7f"
                           "ELF")) {
    return {};
  }
  for (std::size_t at = program.find(kMagic); at != std::string_view::npos;
       at = program.find(kMagic, at + 1)) {
    if (at % 16 != 0 || program.size() - at < kHead || (program[at + 15] & 2) == 0) continue;
    std::string_view rest = program.substr(at + kHead);
    const auto version = take_string(rest);
    const auto modules = version ? take_string(rest) : std::nullopt;
    if (!modules || !version->starts_with("go")) continue;
    std::vector<Package> packages;
    if (modules->size() >= 2 * kMark) {
      packages = parse_modules(modules->substr(kMark, modules->size() - 2 * kMark));
    }
    packages.push_back({"golang", "stdlib", std::string(version->substr(2, version->find(' ') - 2)),
                        "BSD-3-Clause", ""});
    return packages;
  }
  return {};
}

std::vector<Package> packages_of_rust(std::string_view program) {
  const auto text = uncompress(section_of(program, ".dep-v0"));
  if (!text) return {};
  std::vector<Package> packages;
  std::string scratch;
  json::Reader in(*text, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key != "packages") continue;
    in.enter_array();
    while (in.next_element()) {
      Package package{"cargo", "", "", "", ""};
      in.enter_object();
      while (const auto member = in.next_key()) {
        if (*member == "name")
          package.name = in.read_string();
        else if (*member == "version")
          package.version = in.read_string();
      }
      if (!package.name.empty()) packages.push_back(std::move(package));
    }
  }
  if (!in.finish()) return {};
  return packages;
}

std::vector<Package> packages_of_cargo_lock(std::string_view text) {
  std::vector<Package> packages;
  Package package;
  bool published = false;
  const auto finish = [&] {
    if (published && !package.name.empty()) packages.push_back(package);
    package = {"cargo", "", "", "", "Cargo.lock"};
    published = false;
  };
  finish();
  // Cargo writes this file itself, always in the same form.
  const auto value_of = [](std::string_view line, std::string_view key) -> std::string_view {
    if (!line.starts_with(key) || !line.substr(key.size()).starts_with(" = \"")) return {};
    line.remove_prefix(key.size() + 4);
    return line.substr(0, line.find('"'));
  };
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    if (line.starts_with("[[package]]")) finish();
    if (const auto name = value_of(line, "name"); !name.empty()) package.name = name;
    if (const auto version = value_of(line, "version"); !version.empty()) package.version = version;
    if (!value_of(line, "source").empty()) published = true;
  }
  finish();
  return packages;
}

}  // namespace thimble::image
