#pragma once
// A tree of files that can be looked at, wherever it is: a folder of this machine, or a Tree.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/tree.h>

namespace thimble::closure {

// Paths are those of image::Tree: relative to the root, "usr/lib/libc.so.6"; the root is "".
// Symbolic links are not followed here: who asks resolves them first, so that every folder above a
// path that is asked for is one.
class FileView {
 public:
  enum class Kind : std::uint8_t { kFolder, kFile, kLink, kOther };
  struct Node {
    Kind kind = Kind::kOther;
    std::string target = {};  // Of a link, as it is written.
    unsigned mode = 0;        // The permission bits of a file or folder.
    // Whose a folder is; none: whoever's layer it is in.
    std::optional<std::uint32_t> owner = {};
    std::optional<std::uint32_t> group = {};
  };

  FileView() = default;
  FileView(const FileView&) = delete;
  FileView& operator=(const FileView&) = delete;
  virtual ~FileView() = default;

  // Nothing if it is not there or cannot be looked at.
  [[nodiscard]] virtual std::optional<Node> find(std::string_view path) const = 0;

  // The names in a folder, sorted; none if it is no folder.
  [[nodiscard]] virtual std::vector<std::string> list(std::string_view path) const = 0;

  // The beginning of a file, at most `limit` bytes of it.
  [[nodiscard]] virtual Result<std::string> read(std::string_view path,
                                                 std::size_t limit) const = 0;

  // The same file or link, to be put into a tree.
  [[nodiscard]] virtual Result<image::TreeEntry> entry(std::string_view path) const = 0;
};

// A folder of this machine, seen as a root. `hidden` are folders in it which are not seen.
class FolderView final : public FileView {
 public:
  explicit FolderView(std::filesystem::path root, std::vector<std::string> hidden = {});

  [[nodiscard]] std::optional<Node> find(std::string_view path) const override;
  [[nodiscard]] std::vector<std::string> list(std::string_view path) const override;
  [[nodiscard]] Result<std::string> read(std::string_view path, std::size_t limit) const override;
  [[nodiscard]] Result<image::TreeEntry> entry(std::string_view path) const override;

 private:
  [[nodiscard]] bool is_hidden(std::string_view path) const;

  std::filesystem::path root_;
  std::vector<std::string> hidden_;
};

// What a tree holds; the tree outlives the view and may change meanwhile.
class TreeView final : public FileView {
 public:
  explicit TreeView(const image::Tree& tree) : tree_(tree) {}

  [[nodiscard]] std::optional<Node> find(std::string_view path) const override;
  [[nodiscard]] std::vector<std::string> list(std::string_view path) const override;
  [[nodiscard]] Result<std::string> read(std::string_view path, std::size_t limit) const override;
  [[nodiscard]] Result<image::TreeEntry> entry(std::string_view path) const override;

 private:
  const image::Tree& tree_;
};

// Several views on top of each other, as the layers of an image are: what the first one has counts.
// They outlive this one.
class LayeredView final : public FileView {
 public:
  explicit LayeredView(std::vector<const FileView*> views) : views_(std::move(views)) {}

  [[nodiscard]] std::optional<Node> find(std::string_view path) const override;
  [[nodiscard]] std::vector<std::string> list(std::string_view path) const override;
  [[nodiscard]] Result<std::string> read(std::string_view path, std::size_t limit) const override;
  [[nodiscard]] Result<image::TreeEntry> entry(std::string_view path) const override;

 private:
  [[nodiscard]] const FileView* owner(std::string_view path) const;

  std::vector<const FileView*> views_;
};

}  // namespace thimble::closure
