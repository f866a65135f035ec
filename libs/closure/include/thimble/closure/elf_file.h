#pragma once
// What an ELF file says about itself and about the libraries it needs.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::closure {

// Whom machine code is for. Code of two different machines cannot be in one process.
struct Machine {
  std::uint16_t number = 0;  // e_machine
  unsigned bits = 0;         // 32 or 64
  bool little_endian = true;

  // In Go's words, as images have it ("amd64", "arm64", "386", "arm"), else "machine 42".
  [[nodiscard]] std::string architecture() const;

  friend bool operator==(const Machine&, const Machine&) = default;
};

// Of the System V ABI, "Program Header" and "Dynamic Section". Only program headers are read, as
// the kernel and the loader do: a file without section headers is as good.
struct ElfFile {
  enum class Type : std::uint8_t { kExecutable, kSharedObject, kOther };

  Type type = Type::kOther;  // A position-independent executable is a kSharedObject.
  Machine machine;
  std::string interpreter;  // PT_INTERP; empty if nobody loads this but the kernel.
  bool dynamic = false;     // It has a dynamic section.

  std::vector<std::string> needed;   // DT_NEEDED, in order.
  std::string soname;                // DT_SONAME
  std::vector<std::string> rpath;    // DT_RPATH, at the colons
  std::vector<std::string> runpath;  // DT_RUNPATH, at the colons
  bool has_runpath = false;          // Also an empty one disables RPATH.
  bool no_default_folders = false;   // DF_1_NODEFLIB

  // It calls functions of glibc that open libgcc_s.so.1 themselves: pthread_exit, pthread_cancel,
  // backtrace.
  bool unwinds = false;
  // It looks hosts or users up, for which older versions of glibc open libnss_*.so.2 themselves.
  bool looks_names_up = false;

  // Whether the kernel can start it as it is, with no other file.
  [[nodiscard]] bool is_static() const { return interpreter.empty() && needed.empty(); }

  // Takes any bytes. Nothing if they are no ELF file; kInvalid if they begin like one and what they
  // say cannot be so. Strings that are outside of the file are errors; at most 4,096 needed ones.
  [[nodiscard]] static Result<std::optional<ElfFile>> parse(std::string_view bytes);

  // The same of a file of this machine.
  [[nodiscard]] static Result<std::optional<ElfFile>> read(const std::filesystem::path& path);
};

}  // namespace thimble::closure
