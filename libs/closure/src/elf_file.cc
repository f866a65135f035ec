#include "thimble/closure/elf_file.h"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <span>

#include <thimble/base/file.h>

namespace thimble::closure {
namespace {

constexpr std::size_t kMostSegments = 4096;
constexpr std::size_t kMostDynamicEntries = 65536;
constexpr std::size_t kMostNeeded = 4096;
constexpr std::size_t kLongestString = 4096;

std::unexpected<Error> broken(std::string_view why) {
  return fail(ErrorCode::kInvalid, "broken ELF file: " + std::string(why));
}

using Handle = std::unique_ptr<Elf, decltype(&elf_end)>;

// The part of a file that is one segment.
struct Segment {
  GElf_Phdr header;

  // Where the byte at a virtual address is in the file, if it is in this segment's bytes there.
  [[nodiscard]] std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
    if (header.p_type != PT_LOAD || address < header.p_vaddr) return std::nullopt;
    const std::uint64_t within = address - header.p_vaddr;
    if (within >= header.p_filesz) return std::nullopt;
    return header.p_offset + within;  // Checked against the file's size by slice().
  }
};

// `size` bytes at `offset`, if the file has them.
std::optional<std::string_view> slice(std::string_view bytes, std::uint64_t offset,
                                      std::uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) return std::nullopt;
  return bytes.substr(offset, size);
}

// The string that begins at `offset` of a table, without its NUL.
Result<std::string> string_at(std::string_view table, std::uint64_t offset) {
  if (offset >= table.size()) return broken("a name is outside of its table");
  const std::string_view rest = table.substr(offset, kLongestString + 1);
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) return broken("a name has no end");
  return std::string(rest.substr(0, end));
}

std::vector<std::string> split_at_colons(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t colon = text.find(':');
    parts.emplace_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

bool has_name(std::string_view table, std::string_view name) {
  std::string whole(1, '\0');
  whole.append(name).push_back('\0');
  return table.find(whole) != std::string_view::npos;
}

bool has_any_name(std::string_view table, std::span<const std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return has_name(table, name); });
}

constexpr std::string_view kUnwinding[] = {"pthread_exit", "pthread_cancel", "backtrace"};
constexpr std::string_view kLookups[] = {"getaddrinfo", "gethostbyname", "gethostbyname_r",
                                         "getnameinfo", "getpwnam",      "getpwnam_r",
                                         "getpwuid",    "getpwuid_r",    "gethostbyaddr_r",
                                         "getgrnam_r",  "getgrgid_r",    "getservbyname_r"};

// What the dynamic section says, its strings still as offsets.
struct Dynamic {
  std::vector<std::uint64_t> needed;
  std::optional<std::uint64_t> soname, rpath, runpath, table_address, table_size;
  std::uint64_t flags_1 = 0;
};

Result<Dynamic> read_dynamic(Elf* elf, const GElf_Phdr& header, std::string_view bytes) {
  // An offset that the file has not is refused here and not left to the library.
  if (!slice(bytes, header.p_offset, header.p_filesz)) {
    return broken("its dynamic section is outside of the file");
  }
  Elf_Data* data = elf_getdata_rawchunk(elf, static_cast<std::int64_t>(header.p_offset),
                                        header.p_filesz, ELF_T_DYN);
  if (data == nullptr) return broken("its dynamic section cannot be read");
  const std::size_t entry_size = gelf_fsize(elf, ELF_T_DYN, 1, EV_CURRENT);
  const std::size_t count = std::min(data->d_size / entry_size, kMostDynamicEntries);
  Dynamic dynamic;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Dyn entry;
    if (gelf_getdyn(data, static_cast<int>(i), &entry) == nullptr) break;
    const std::uint64_t value = entry.d_un.d_val;
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_NEEDED) dynamic.needed.push_back(value);
    if (dynamic.needed.size() > kMostNeeded) return broken("it needs too many libraries");
    if (entry.d_tag == DT_SONAME) dynamic.soname = value;
    if (entry.d_tag == DT_RPATH) dynamic.rpath = value;
    if (entry.d_tag == DT_RUNPATH) dynamic.runpath = value;
    if (entry.d_tag == DT_STRTAB) dynamic.table_address = value;
    if (entry.d_tag == DT_STRSZ) dynamic.table_size = value;
    if (entry.d_tag == DT_FLAGS_1) dynamic.flags_1 = value;
  }
  return dynamic;
}

Result<void> take_dynamic(ElfFile& file, const Dynamic& dynamic, std::string_view table) {
  for (const std::uint64_t offset : dynamic.needed) {
    auto name = string_at(table, offset);
    if (!name) return fail(std::move(name.error()));
    file.needed.push_back(std::move(*name));
  }
  const auto take = [&](std::optional<std::uint64_t> offset) -> Result<std::string> {
    return offset ? string_at(table, *offset) : std::string();
  };
  auto soname = take(dynamic.soname);
  if (!soname) return fail(std::move(soname.error()));
  file.soname = std::move(*soname);
  const auto rpath = take(dynamic.rpath);
  if (!rpath) return fail(rpath.error());
  if (!rpath->empty()) file.rpath = split_at_colons(*rpath);
  const auto runpath = take(dynamic.runpath);
  if (!runpath) return fail(runpath.error());
  file.has_runpath = dynamic.runpath.has_value();
  if (!runpath->empty()) file.runpath = split_at_colons(*runpath);
  file.no_default_folders = (dynamic.flags_1 & DF_1_NODEFLIB) != 0;
  // The C library exports these names itself. Its other files come with it.
  if (!file.soname.starts_with("libc.so") && !file.soname.starts_with("libpthread.so")) {
    file.unwinds = has_any_name(table, kUnwinding);
    file.looks_names_up = has_any_name(table, kLookups);
  }
  return {};
}

ElfFile::Type type_of(unsigned type) {
  if (type == ET_EXEC) return ElfFile::Type::kExecutable;
  if (type == ET_DYN) return ElfFile::Type::kSharedObject;
  return ElfFile::Type::kOther;
}

Result<std::vector<Segment>> read_segments(Elf* elf, const GElf_Ehdr& header) {
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return broken("its program headers cannot be counted");
  // It is said to be zero where the table is outside of the file.
  if (count == 0 && header.e_phnum != 0) return broken("its program headers are not in the file");
  if (count > kMostSegments) return broken("it has too many program headers");
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < count; ++i) {
    Segment segment;
    if (gelf_getphdr(elf, static_cast<int>(i), &segment.header) == nullptr) {
      return broken("its program headers are outside of the file");
    }
    segments.push_back(segment);
  }
  return segments;
}

}  // namespace

std::string Machine::architecture() const {
  switch (number) {
    case EM_X86_64:
      return bits == 64 ? "amd64" : "x32";
    case EM_AARCH64:
      return "arm64";
    case EM_386:
      return "386";
    case EM_ARM:
      return "arm";
    case EM_RISCV:
      return bits == 64 ? "riscv64" : "riscv32";
    case EM_PPC64:
      return little_endian ? "ppc64le" : "ppc64";
    case EM_S390:
      return "s390x";
    default:
      return "machine " + std::to_string(number);
  }
}

Result<std::optional<ElfFile>> ElfFile::parse(std::string_view bytes) {
  if (!bytes.starts_with(std::string_view(ELFMAG, SELFMAG))) return std::nullopt;
  if (bytes.size() < sizeof(Elf32_Ehdr)) return broken("it ends in its header");
  if (elf_version(EV_CURRENT) == EV_NONE) return broken("libelf is too old");
  // The library wants a pointer to what it may change, and changes nothing that is only read.
  const Handle elf(elf_memory(const_cast<char*>(bytes.data()), bytes.size()), &elf_end);
  GElf_Ehdr header;
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF || !gelf_getehdr(elf.get(), &header)) {
    return broken("it has no valid header");
  }
  ElfFile file;
  file.type = type_of(header.e_type);
  file.machine = {.number = header.e_machine,
                  .bits = header.e_ident[EI_CLASS] == ELFCLASS64 ? 64U : 32U,
                  .little_endian = header.e_ident[EI_DATA] == ELFDATA2LSB};
  if (file.type == Type::kOther) return file;

  const auto segments = read_segments(elf.get(), header);
  if (!segments) return fail(segments.error());
  for (const Segment& segment : *segments) {
    if (segment.header.p_type == PT_INTERP) {
      const auto text = slice(bytes, segment.header.p_offset, segment.header.p_filesz);
      if (!text) return broken("its interpreter's name is outside of the file");
      auto name = string_at(*text, 0);
      if (!name) return fail(std::move(name.error()));
      file.interpreter = std::move(*name);
    }
    if (segment.header.p_type == PT_DYNAMIC && !file.dynamic) {
      file.dynamic = true;
      const auto dynamic = read_dynamic(elf.get(), segment.header, bytes);
      if (!dynamic) return fail(dynamic.error());
      std::optional<std::string_view> table;
      for (const Segment& other : *segments) {
        const auto offset =
            dynamic->table_address ? other.offset_of(*dynamic->table_address) : std::nullopt;
        if (offset && !table) table = slice(bytes, *offset, dynamic->table_size.value_or(0));
      }
      if (auto taken = take_dynamic(file, *dynamic, table.value_or("")); !taken) {
        return fail(std::move(taken.error()));
      }
    }
  }
  return file;
}

Result<std::optional<ElfFile>> ElfFile::read(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  if (!bytes) return fail(bytes.error());
  auto file = parse(*bytes);
  if (!file) return fail(std::move(file.error()).during("read '" + path.string() + "'"));
  return file;
}

}  // namespace thimble::closure
