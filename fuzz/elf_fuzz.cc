// Reads any bytes as an ELF file, and as the one program of a root.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/closure/elf_file.h>
#include <thimble/closure/native_closure.h>
#include <thimble/image/tree.h>

#include "check.h"
#include "loader_folders.h"

using thimble::fuzz::check;
namespace closure = thimble::closure;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto file = closure::ElfFile::parse(bytes);
  check(file.has_value() || !file.error().message.empty(), "an error is explained");
  if (file && *file) {
    const closure::ElfFile& elf = **file;
    check(bytes.starts_with("\x7f"
                            "ELF"),
          "an ELF file begins as one");
    check(elf.needed.size() <= 4096, "libraries are bounded");
    check(elf.interpreter.size() <= 4096 && elf.soname.size() <= 4096, "names are bounded");
    for (const auto& name : elf.needed) {
      check(name.find('\0') == std::string::npos, "a name has no NUL");
    }
  }
  for (const auto& folder : closure::detail::folders_in_loader(bytes)) {
    check(folder.starts_with('/'), "a folder in the loader is absolute");
  }

  // As a program, a library and a loader at once.
  thimble::image::Tree tree;
  for (const char* path : {"app", "lib/liba.so", "lib64/ld-linux-x86-64.so.2"}) {
    check(tree.add_bytes(path, std::string(bytes), 0755).has_value(), "a path is valid");
  }
  const closure::TreeView view(tree);
  const auto found = closure::native_closure(view, {"app"});
  check(found.has_value() || !found.error().message.empty(), "an error is explained");
  if (found) {
    thimble::image::Tree copy;
    check(closure::add_to_tree(copy, view, *found).has_value(), "a closure can be put into a tree");
  }
  return 0;
}
