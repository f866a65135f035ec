#pragma once
// Follows symbolic links in a view, as the kernel does in a root.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/closure/file_view.h"

namespace thimble::closure::detail {

// Where a path leads.
struct Resolved {
  std::string path;  // Without links, relative to the root.
  FileView::Node node;
  std::vector<std::string> links = {};  // Met on the way, each at a path without links above it.
};

// Follows every link of `path`, also the last one. An absolute link begins at the view's root, and
// ".." stops there. Nothing if it leads nowhere, or through more than 40 links.
[[nodiscard]] std::optional<Resolved> resolve(const FileView& view, std::string_view path);

// Where a folder is, or where it would be made: the parts that are not there yet as they are
// written. Nothing if what is there is no folder.
[[nodiscard]] std::optional<std::string> resolve_folder(const FileView& view,
                                                        std::string_view path);

// "a/b" and "c": "a/b/c"; "" and "c": "c".
[[nodiscard]] std::string join(std::string_view folder, std::string_view name);

// Of "a/b/c": "a/b"; of "c": "".
[[nodiscard]] std::string_view folder_of(std::string_view path);
[[nodiscard]] std::string_view name_of(std::string_view path);

}  // namespace thimble::closure::detail
