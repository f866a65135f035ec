#pragma once
// The folders a dynamic loader searches without being told by a program.

#include <string>
#include <string_view>
#include <vector>

#include "thimble/closure/elf_file.h"
#include "thimble/closure/file_view.h"

namespace thimble::closure::detail {

// Absolute paths.
struct LoaderFolders {
  bool musl = false;
  std::vector<std::string> configured;  // Of glibc, by way of its cache; without those built in.
  std::vector<std::string> built_in;
  std::vector<std::string> all;  // Both, in the order of the search.
  std::string musl_path_file;    // "etc/ld-musl-x86_64.path", if it is there.
};

// `interpreter` is the path of the loader as programs name it.
[[nodiscard]] LoaderFolders loader_folders(const FileView& view, std::string_view interpreter,
                                           const Machine& machine, bool with_configured);

// What /etc/ld.so.conf of the view names, and the files that it includes, as ldconfig(8) reads it.
[[nodiscard]] std::vector<std::string> configured_folders(const FileView& view);

// The folders compiled into glibc's loader, whose bytes these are; empty if they do not show.
[[nodiscard]] std::vector<std::string> folders_in_loader(std::string_view bytes);

// What $LIB may stand for: "lib/x86_64-linux-gnu", "lib64", "lib".
[[nodiscard]] std::vector<std::string> lib_values(const Machine& machine);

// What $PLATFORM stands for: "x86_64".
[[nodiscard]] std::string platform_value(const Machine& machine);

}  // namespace thimble::closure::detail
