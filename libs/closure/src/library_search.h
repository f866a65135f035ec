#pragma once
// Finds the libraries of one process, in the order in which its loader would.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/closure/elf_file.h"
#include "thimble/closure/file_view.h"

#include "loader_folders.h"
#include "path_resolver.h"

namespace thimble::closure::detail {

// ELF files of a view, each read once. What is none, or is broken, is nothing.
class ElfFiles final {
 public:
  explicit ElfFiles(const FileView& view) : view_(view) {}

  // `path` has no links in it. The answer lives as long as this object.
  [[nodiscard]] const ElfFile* find(const std::string& path);

 private:
  const FileView& view_;
  std::map<std::string, std::optional<ElfFile>> files_;
};

// Something that was loaded.
struct Object {
  std::string path;   // Without links.
  std::string found;  // How the loader named it; its folder is $ORIGIN.
  const ElfFile* elf = nullptr;
  const Object* loader = nullptr;  // Who needed it first.
  bool configured = false;         // Only the configuration of this root leads to it.
};

// Where a library is.
struct Found {
  Resolved resolved;
  std::string asked;  // The path that the loader tried, relative to the root.
  bool configured = false;
};

class LibrarySearch final {
 public:
  // All outlive the search.
  LibrarySearch(const FileView& view, ElfFiles& files, const LoaderFolders& folders,
                const std::vector<std::string>& library_paths, const Machine& machine)
      : view_(view),
        files_(files),
        folders_(folders),
        library_paths_(library_paths),
        machine_(machine) {}

  // What `object` gets for a DT_NEEDED of `name`. `other_machine` is set if something of that name
  // was passed over because of its machine.
  [[nodiscard]] std::optional<Found> find(const std::string& name, const Object& object,
                                          bool& other_machine) const;

  // The same, among the system's folders only.
  [[nodiscard]] std::optional<Found> find_in_system(const std::string& name) const;

  // Whether the C library itself is what is meant: musl's loader never looks for that.
  [[nodiscard]] bool is_loader_itself(std::string_view name) const;

 private:
  [[nodiscard]] std::optional<Found> try_path(const std::string& path, bool& other_machine) const;
  [[nodiscard]] std::optional<Found> try_folders(const std::vector<std::string>& folders,
                                                 const Object& of, const std::string& name,
                                                 bool& other_machine) const;
  [[nodiscard]] std::optional<Found> try_system(const std::vector<std::string>& folders,
                                                const std::string& name, bool& other_machine) const;
  [[nodiscard]] std::vector<std::string> expand(const std::string& folder, const Object& of) const;
  [[nodiscard]] std::optional<Found> find_by_paths(const std::string& name, const Object& object,
                                                   bool& other_machine) const;

  const FileView& view_;
  ElfFiles& files_;
  const LoaderFolders& folders_;
  const std::vector<std::string>& library_paths_;
  const Machine& machine_;
};

}  // namespace thimble::closure::detail
