#pragma once
// Writes a tree as a tar archive whose bytes depend on nothing but the tree and the options.

#include <cstdint>
#include <functional>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/image/tree.h>

namespace thimble::image {

struct TarOptions {
  std::int64_t mtime = 0;  // Of every entry, in seconds since 1970.
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
};

// Takes the archive piece by piece.
using Sink = std::function<Result<void>(std::string_view)>;

// Writes POSIX.1-2001's pax interchange format: ustar headers, and an extended header only where a
// name, a link, an owner or a size does not fit into one or is not ASCII. Entries in the tree's
// order.
[[nodiscard]] Result<void> write_tar(const Tree& tree, const TarOptions& options, const Sink& sink);

// How many bytes that will be.
[[nodiscard]] Result<std::uint64_t> tar_size(const Tree& tree, const TarOptions& options);

// One entry of a file or folder, for archives that are made without a tree: its header and, as
// `body_size` says, what the caller writes next, followed by `tar_padding(body_size)`.
[[nodiscard]] std::string tar_header(std::string_view path, const TreeEntry& entry,
                                     std::uint64_t body_size, const TarOptions& options);
[[nodiscard]] std::string_view tar_padding(std::uint64_t body_size);

// The two empty blocks at the end.
[[nodiscard]] std::string_view tar_end();

}  // namespace thimble::image
