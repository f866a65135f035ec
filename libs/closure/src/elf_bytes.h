#pragma once
// Makes small ELF files, for tests.

#include <elf.h>

#include <cstring>
#include <string>
#include <vector>

namespace thimble::closure::test {

struct ElfPlan {
  std::uint16_t type = ET_DYN;
  std::uint16_t machine = EM_X86_64;
  std::string interpreter = {};
  std::vector<std::string> needed = {};
  std::string soname = {};
  std::string rpath = {};
  std::string runpath = {};
  std::vector<std::string> calls = {};  // Other names in its string table.
  std::uint64_t flags_1 = 0;
};

template <class T>
void append(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A 64-bit little-endian file: header, three program headers, interpreter, dynamic section,
// strings.
inline std::string elf_bytes(const ElfPlan& plan) {
  std::string strings(1, '\0');
  const auto name = [&](const std::string& text) {
    const std::size_t at = strings.size();
    strings += text + '\0';
    return static_cast<std::uint64_t>(at);
  };
  std::vector<Elf64_Dyn> dynamic;
  const auto add = [&](std::int64_t tag, std::uint64_t value) {
    dynamic.push_back({.d_tag = tag, .d_un = {.d_val = value}});
  };
  for (const std::string& needed : plan.needed) add(DT_NEEDED, name(needed));
  if (!plan.soname.empty()) add(DT_SONAME, name(plan.soname));
  if (!plan.rpath.empty()) add(DT_RPATH, name(plan.rpath));
  if (!plan.runpath.empty()) add(DT_RUNPATH, name(plan.runpath));
  if (plan.flags_1 != 0) add(DT_FLAGS_1, plan.flags_1);
  for (const std::string& call : plan.calls) (void)name(call);

  constexpr std::uint64_t kAddress = 0x400000;
  const std::uint64_t interpreter_at = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
  const std::uint64_t interpreter_size = plan.interpreter.empty() ? 0 : plan.interpreter.size() + 1;
  const std::uint64_t dynamic_at = (interpreter_at + interpreter_size + 7) / 8 * 8;
  const std::uint64_t dynamic_size = (dynamic.size() + 3) * sizeof(Elf64_Dyn);
  const std::uint64_t strings_at = dynamic_at + dynamic_size;
  add(DT_STRTAB, kAddress + strings_at);
  add(DT_STRSZ, strings.size());
  add(DT_NULL, 0);

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = plan.type;
  header.e_machine = plan.machine;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 3;

  const std::uint64_t total = strings_at + strings.size();
  std::string out;
  append(out, header);
  append(out,
         Elf64_Phdr{.p_type = interpreter_size == 0 ? Elf64_Word{PT_NULL} : Elf64_Word{PT_INTERP},
                    .p_flags = PF_R,
                    .p_offset = interpreter_at,
                    .p_vaddr = kAddress + interpreter_at,
                    .p_paddr = 0,
                    .p_filesz = interpreter_size,
                    .p_memsz = interpreter_size,
                    .p_align = 1});
  append(out, Elf64_Phdr{.p_type = PT_LOAD,
                         .p_flags = PF_R,
                         .p_offset = 0,
                         .p_vaddr = kAddress,
                         .p_paddr = 0,
                         .p_filesz = total,
                         .p_memsz = total,
                         .p_align = 0x1000});
  append(out, Elf64_Phdr{.p_type = PT_DYNAMIC,
                         .p_flags = PF_R,
                         .p_offset = dynamic_at,
                         .p_vaddr = kAddress + dynamic_at,
                         .p_paddr = 0,
                         .p_filesz = dynamic_size,
                         .p_memsz = dynamic_size,
                         .p_align = 8});
  out += plan.interpreter;
  out.resize(dynamic_at, '\0');
  for (const Elf64_Dyn& entry : dynamic) append(out, entry);
  return out + strings;
}

}  // namespace thimble::closure::test
