#pragma once
// Files and folders that are to become a layer, wherever their bytes are now.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <thimble/base/result.h>

namespace thimble::image {

// One path of a tree. Times are the layer's, the same for all.
struct TreeEntry {
  struct Folder {};
  struct Link {
    std::string target;  // Of a symbolic link, as it is written.
  };
  struct OnDisk {
    std::filesystem::path path;
  };
  std::variant<Folder, Link, OnDisk, std::string> what;  // A string: a file's bytes.
  unsigned mode = 0644;                                  // The permission bits.
  std::optional<std::uint32_t> owner = {};               // None: the layer's.
  std::optional<std::uint32_t> group = {};

  [[nodiscard]] bool is_folder() const { return std::holds_alternative<Folder>(what); }
  [[nodiscard]] bool is_link() const { return std::holds_alternative<Link>(what); }
  [[nodiscard]] bool is_file() const { return !is_folder() && !is_link(); }

  // The bytes of a file.
  [[nodiscard]] Result<std::string> read() const;
  [[nodiscard]] Result<std::uint64_t> size() const;
};

// Paths are relative to the image's root, without a slash in front: "var/task/app.py". A path with
// "..", "." or nothing between slashes is kInvalid. Folders that are missing above a path are made
// with mode 0755. What is added at a path that is there already takes its place.
class Tree final {
 public:
  [[nodiscard]] Result<void> add(std::string_view path, TreeEntry entry);

  [[nodiscard]] Result<void> add_bytes(std::string_view path, std::string bytes,
                                       unsigned mode = 0644);

  // A file or symbolic link of this machine, as it is; mode 0755 if its owner may execute it, else
  // 0644, whatever the umask was when it was made.
  [[nodiscard]] Result<void> add_file(std::string_view path, const std::filesystem::path& source);

  // All that is in a folder of this machine. Devices, sockets and pipes are kInvalid.
  [[nodiscard]] Result<void> add_folder(std::string_view path, const std::filesystem::path& source);

  [[nodiscard]] Result<void> merge(const Tree& other);
  void remove(std::string_view path);

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] const TreeEntry* find(std::string_view path) const;

  // Sorted by the bytes of the path; a folder before what is in it.
  [[nodiscard]] const std::map<std::string, TreeEntry, std::less<>>& entries() const {
    return entries_;
  }

 private:
  std::map<std::string, TreeEntry, std::less<>> entries_;
};

}  // namespace thimble::image
