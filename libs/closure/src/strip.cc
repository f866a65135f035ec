#include "strip.h"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

namespace thimble::closure::detail {
namespace {

// The first byte behind all that program headers speak of; nothing if that cannot be cut off.
std::optional<std::uint64_t> end_of_segments(const std::string& bytes) {
  if (!bytes.starts_with(ELFMAG) || elf_version(EV_CURRENT) == EV_NONE) return std::nullopt;
  const std::unique_ptr<Elf, decltype(&elf_end)> elf(
      elf_memory(const_cast<char*>(bytes.data()), bytes.size()), &elf_end);
  GElf_Ehdr header;
  std::size_t segments = 0;
  if (!elf || gelf_getehdr(elf.get(), &header) == nullptr || header.e_type == ET_REL ||
      elf_getphdrnum(elf.get(), &segments) != 0 || segments == 0) {
    return std::nullopt;
  }
  std::uint64_t end = header.e_phoff + segments * header.e_phentsize;
  for (std::size_t i = 0; i < segments; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf.get(), static_cast<int>(i), &segment) == nullptr) return std::nullopt;
    if (segment.p_offset > bytes.size() || segment.p_filesz > bytes.size() - segment.p_offset) {
      return std::nullopt;
    }
    end = std::max(end, segment.p_offset + segment.p_filesz);
  }
  // The section headers are the last thing in the file, so that nothing else is lost.
  const std::uint64_t table = std::uint64_t{header.e_shnum} * header.e_shentsize;
  if (header.e_shoff < end || header.e_shoff + table != bytes.size()) return std::nullopt;
  return end;
}

}  // namespace

std::string without_debug_information(std::string bytes) {
  const auto end = end_of_segments(bytes);
  if (!end || bytes.size() - *end < bytes.size() / 20) return bytes;
  const bool wide = bytes[EI_CLASS] == ELFCLASS64;
  bytes.resize(*end);
  // Zero is zero in either byte order.
  const auto clear = [&](std::size_t at, std::size_t size) { std::memset(&bytes[at], 0, size); };
  if (wide) {
    clear(offsetof(Elf64_Ehdr, e_shoff), sizeof(Elf64_Off));
    clear(offsetof(Elf64_Ehdr, e_shnum), 4);
  } else {
    clear(offsetof(Elf32_Ehdr, e_shoff), sizeof(Elf32_Off));
    clear(offsetof(Elf32_Ehdr, e_shnum), 4);
  }
  return bytes;
}

}  // namespace thimble::closure::detail
