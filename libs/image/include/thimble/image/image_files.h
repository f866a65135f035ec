#pragma once
// The files of an image as a container sees them: all of its layers, one on top of the other.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/image/layer_reader.h>

namespace thimble::image {

enum class FileKind : std::uint8_t { kFolder, kFile, kLink, kDevice };

struct FileNode {
  FileKind kind = FileKind::kFile;
  unsigned mode = 0644;  // Permission bits with setuid, setgid and sticky.
  std::uint64_t owner = 0;
  std::uint64_t group = 0;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::string target;         // Of a symbolic link, as it is written.
  std::size_t layer = 0;      // The layer that this comes from, counted from the lowest.
  std::uint64_t content = 0;  // Where the bytes are kept. Files with the same are hard links.
};

struct ImageFilesOptions {
  LayerLimits limits = {};  // `unpacked` is for all layers together.
  // Where the content of files is kept meanwhile, in a file without a name.
  std::filesystem::path scratch = "/tmp";
  // Whether layers that are not what the manifest and the configuration say are kInvalid.
  bool verify = true;
};

// Layers are put on each other as OCI's image specification says, "Image Layer Filesystem
// Changeset", and as containerd does where that is silent: an entry below a symbolic link goes
// where the link leads, inside of the root; an entry that is no folder takes the place of whatever
// is there; a whiteout is about lower layers only.
//
// Paths are those of LayerEntry: "var/task/app.py"; the root is "".
class ImageFiles final {
 public:
  using Nodes = std::map<std::string, FileNode, std::less<>>;

  // Reads all layers once. The image is not needed any more when this returns.
  [[nodiscard]] static Result<ImageFiles> load(const Image& image,
                                               const ImageFilesOptions& options = {});

  ImageFiles(ImageFiles&&) noexcept;
  ImageFiles& operator=(ImageFiles&&) noexcept;
  ~ImageFiles();

  // Every path but the root, sorted by its bytes, and every folder above one.
  [[nodiscard]] const Nodes& nodes() const;

  // What is at a path, links not followed; null if nothing is.
  [[nodiscard]] const FileNode* find(std::string_view path) const;

  // The names in a folder, sorted; none if it is no folder. Links are not followed.
  [[nodiscard]] std::vector<std::string> list(std::string_view path) const;

  // Where a path leads when all symbolic links are followed, none out of the root: kNotFound if
  // nothing is there, kInvalid after 40 links, as in Linux.
  [[nodiscard]] Result<std::string> resolve(std::string_view path) const;

  // The content of the file that a path leads to, at most `limit` bytes (else kLimit).
  [[nodiscard]] Result<std::string> read(std::string_view path,
                                         std::size_t limit = std::size_t{64} << 20) const;

  // No more than the first `size` bytes of it.
  [[nodiscard]] Result<std::string> read_head(std::string_view path, std::size_t size) const;

  // The content of a node that is a file, piece by piece.
  using Sink = std::function<Result<void>(std::string_view)>;
  [[nodiscard]] Result<void> copy(const FileNode& node, const Sink& sink) const;

  // What each layer turned out to be.
  [[nodiscard]] const std::vector<LayerSummary>& layers() const;

 private:
  struct State;
  explicit ImageFiles(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace thimble::image
