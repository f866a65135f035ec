#pragma once
// Puts the entries of layers on each other.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image_files.h>
#include <thimble/image/layer_reader.h>

namespace thimble::image {

// An entry, and where its content is kept.
struct StoredEntry {
  LayerEntry entry;
  std::uint64_t content = 0;
};

class FileTree final {
 public:
  // Puts the entries of one more layer on top of all so far.
  [[nodiscard]] Result<void> apply(const std::vector<StoredEntry>& entries, std::size_t layer);

  [[nodiscard]] const ImageFiles::Nodes& nodes() const { return nodes_; }
  [[nodiscard]] const FileNode* find(std::string_view path) const;
  [[nodiscard]] Result<std::string> resolve(std::string_view path, bool follow_last) const;

 private:
  // What becomes of folders that are missing on the way to a path.
  enum class Missing : std::uint8_t { kFail, kMake };

  [[nodiscard]] Result<std::string> walk(std::string_view path, bool follow_last, Missing missing,
                                         std::size_t layer);
  [[nodiscard]] Result<std::string> place(std::string_view path, std::size_t layer);
  [[nodiscard]] Result<void> put(const StoredEntry& stored, std::size_t layer);
  void hide(const LayerEntry& whiteout);
  void erase_below(std::string_view path);
  [[nodiscard]] Result<void> set(std::string path, FileNode node);

  ImageFiles::Nodes nodes_;
  std::size_t path_bytes_ = 0;
};

}  // namespace thimble::image
