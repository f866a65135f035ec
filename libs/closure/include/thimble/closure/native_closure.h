#pragma once
// The files that programs need to run: their loader, their libraries, and the links on the way.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/closure/elf_file.h>
#include <thimble/closure/file_view.h>
#include <thimble/image/tree.h>

namespace thimble::closure {

struct NativeClosureOptions {
  // What is opened at run time (dlopen) and thus named nowhere: paths ("/usr/lib/app/*.so"),
  // folders, or names ("libnss_sss.so.2"), which are looked for where the loader looks. `*` and `?`
  // stand for what a shell takes them for. Not finding any is an error.
  std::vector<std::string> include = {};

  // Modules that the first program opens with dlopen: paths, as `include`, but known to be there.
  std::vector<std::string> modules = {};

  // Folders searched as if they were in LD_LIBRARY_PATH.
  std::vector<std::string> library_paths = {};

  // Whether the folders of /etc/ld.so.conf are searched. The loader itself only knows what ldconfig
  // made of that file: /etc/ld.so.cache.
  bool configured_folders = true;
};

// A library that is nowhere.
struct MissingLibrary {
  std::string name;            // As DT_NEEDED has it.
  std::string needed_by;       // "/usr/bin/app"
  bool other_machine = false;  // It is there, but for another machine.

  friend auto operator<=>(const MissingLibrary&, const MissingLibrary&) = default;
};

// Paths are those of FileView.
struct NativeClosure {
  // Files and symbolic links, each at a path without links above it; sorted.
  std::vector<std::string> paths;

  // What the loader, or the kernel, asks for, where a link is on the way: "lib64/ld-linux.so.2".
  struct Name {
    std::string asked;
    std::string path;  // The file it is.
  };
  std::vector<Name> names;

  // Libraries that the loader finds by the configuration of this root only.
  std::vector<Name> configured;

  std::vector<MissingLibrary> missing;  // Sorted.

  std::optional<Machine> machine;  // Of the programs, if there was an ELF file among them.
  std::string interpreter;  // Of the first program that has one: "/lib64/ld-linux-x86-64.so.2"
};

// What `programs` need of `view`, where they are themselves. As ld.so(8) of glibc and ld.so of musl
// search: DT_RPATH (not where there is a DT_RUNPATH), `library_paths`, DT_RUNPATH, the configured
// folders, those built into the loader, with $ORIGIN, $LIB and $PLATFORM; libraries for another
// machine are passed over, folders for special processors (glibc-hwcaps) are not looked into.
//
// With glibc these come along, which it opens by itself: libgcc_s.so.1 for whoever calls
// pthread_exit, pthread_cancel or backtrace, and before version 2.34 libnss_files.so.2 and
// libnss_dns.so.2 for whoever looks up hosts or users. Character sets (gconv) and locales besides
// C, POSIX and C.UTF-8 do not: `include` them.
//
// A program which is no ELF file needs nothing; one that begins with "#!" needs its interpreter. A
// program that is not there is kNotFound; one for a machine other than the first's is kInvalid.
[[nodiscard]] Result<NativeClosure> native_closure(const FileView& view,
                                                   const std::vector<std::string>& programs,
                                                   const NativeClosureOptions& options = {});

// Puts the closure into a tree. Files keep their paths, and links theirs, so that a root whose /lib
// is a link to usr/lib gives a tree with the same link. `base` is what the tree will be on top of,
// null for nothing. Where that, or the tree, has a folder in place of such a link or the other way
// around, it stays as it is: files go to where its links lead, and each name that the loader asks
// for gets a link of its own. What only /etc/ld.so.conf leads to gets a link in a folder that every
// loader searches, because the loader's cache is not made here.
[[nodiscard]] Result<void> add_to_tree(image::Tree& tree, const FileView& view,
                                       const NativeClosure& closure,
                                       const FileView* base = nullptr);

// What is missing when these programs, which are in `view`, are started there: for images that are
// complete. The folders of /etc/ld.so.conf count only if there is an /etc/ld.so.cache.
[[nodiscard]] Result<NativeClosure> check_programs(const FileView& view,
                                                   const std::vector<std::string>& programs);

}  // namespace thimble::closure
