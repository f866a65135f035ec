#include "thimble/image/image_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <thimble/base/fd.h>

#include "file_tree.h"

namespace thimble::image {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 17;

// A file without a name, which holds the content of all files one behind the other.
class Store final {
 public:
  [[nodiscard]] static Result<Store> open(const std::filesystem::path& folder) {
    std::string name = (folder / "thimble-files-XXXXXX").string();
    Fd file(::mkostemp(name.data(), O_CLOEXEC));
    if (!file.is_open()) return fail(system_error("make a file in '" + folder.string() + "'"));
    ::unlink(name.c_str());
    return Store(std::move(file));
  }

  [[nodiscard]] std::uint64_t end() const { return end_; }

  // Zeros are not written: the file is sparse.
  [[nodiscard]] Result<void> append(std::string_view bytes) {
    const bool zeros =
        std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == '\0'; });
    std::uint64_t at = end_;
    end_ += bytes.size();
    while (!zeros && !bytes.empty()) {
      const ssize_t wrote =
          ::pwrite(file_.number(), bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return fail(system_error("keep the content of a layer"));
      at += static_cast<std::uint64_t>(wrote);
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return {};
  }

  // Fills `out` with what is at `offset`; what was not written is zeros.
  [[nodiscard]] Result<void> read(std::uint64_t offset, char* out, std::size_t size) const {
    while (size > 0) {
      const ssize_t got = ::pread(file_.number(), out, size, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(system_error("read what a layer holds"));
      if (got == 0) {
        std::fill_n(out, size, '\0');
        return {};
      }
      out += got;
      offset += static_cast<std::uint64_t>(got);
      size -= static_cast<std::size_t>(got);
    }
    return {};
  }

 private:
  explicit Store(Fd file) : file_(std::move(file)) {}
  Fd file_;
  std::uint64_t end_ = 0;
};

// Reads one layer whole; its entries are put on the tree only afterwards.
Result<std::vector<StoredEntry>> read_layer(LayerReader& reader, Store& store) {
  std::vector<StoredEntry> entries;
  for (;;) {
    auto entry = reader.next();
    if (!entry) return fail(std::move(entry.error()));
    if (!*entry) return entries;
    if ((*entry)->kind == EntryKind::kIgnored) continue;
    StoredEntry stored{std::move(**entry), store.end()};
    if (stored.entry.kind == EntryKind::kFile) {
      for (;;) {
        auto piece = reader.read();
        if (!piece) return fail(std::move(piece.error()));
        if (piece->empty()) break;
        if (auto kept = store.append(*piece); !kept) return fail(std::move(kept.error()));
      }
      if (store.end() - stored.content != stored.entry.size) {
        return fail(ErrorCode::kInvalid,
                    "the layer's '" + printable(stored.entry.path) + "' has another size");
      }
      // So that empty files are not hard links of each other.
      if (stored.entry.size == 0) {
        if (auto kept = store.append(std::string_view("\0", 1)); !kept) {
          return fail(std::move(kept.error()));
        }
      }
    }
    entries.push_back(std::move(stored));
  }
}

Result<void> check(const Image& image, std::size_t at, const LayerSummary& summary) {
  const Descriptor& said = image.manifest.layers[at];
  if (summary.digest != said.digest || summary.compressed != said.size) {
    return fail(ErrorCode::kInvalid, "its content is not what its digest says");
  }
  if (at >= image.config.diff_ids.size() || summary.diff_id != image.config.diff_ids[at]) {
    return fail(ErrorCode::kInvalid, "its content is not what its diff_id says");
  }
  return {};
}

}  // namespace

struct ImageFiles::State {
  explicit State(Store content) : store(std::move(content)) {}
  Store store;
  FileTree tree;
  std::vector<LayerSummary> layers;
};

ImageFiles::ImageFiles(std::unique_ptr<State> state) : state_(std::move(state)) {}
ImageFiles::ImageFiles(ImageFiles&&) noexcept = default;
ImageFiles& ImageFiles::operator=(ImageFiles&&) noexcept = default;
ImageFiles::~ImageFiles() = default;

Result<ImageFiles> ImageFiles::load(const Image& image, const ImageFilesOptions& options) {
  auto store = Store::open(options.scratch);
  if (!store) return fail(std::move(store.error()));
  auto state = std::make_unique<State>(std::move(*store));
  LayerLimits limits = options.limits;
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    const auto failed = [&](Error error) {
      return fail(std::move(error).during("layer " + std::to_string(i + 1)));
    };
    auto reader = LayerReader::open(image.layers[i], limits);
    if (!reader) return failed(std::move(reader.error()));
    auto entries = read_layer(*reader, state->store);
    if (!entries) return failed(std::move(entries.error()));
    auto summary = reader->finish();
    if (!summary) return failed(std::move(summary.error()));
    if (options.verify) {
      if (auto checked = check(image, i, *summary); !checked) {
        return failed(std::move(checked.error()));
      }
    }
    if (auto done = state->tree.apply(*entries, i); !done) return failed(std::move(done.error()));
    limits.unpacked -= std::min(limits.unpacked, std::max(summary->archive, summary->files));
    limits.entries -= std::min(limits.entries, summary->entries);
    state->layers.push_back(*summary);
  }
  return ImageFiles(std::move(state));
}

const ImageFiles::Nodes& ImageFiles::nodes() const {
  return state_->tree.nodes();
}

const FileNode* ImageFiles::find(std::string_view path) const {
  return state_->tree.find(path);
}

std::vector<std::string> ImageFiles::list(std::string_view path) const {
  std::vector<std::string> names;
  const FileNode* node = find(path);
  if (node == nullptr || node->kind != FileKind::kFolder) return names;
  const std::string prefix = path.empty() ? std::string() : std::string(path) + "/";
  const Nodes& all = nodes();
  for (auto at = all.lower_bound(prefix); at != all.end() && at->first.starts_with(prefix);) {
    const std::string_view below = std::string_view(at->first).substr(prefix.size());
    const std::size_t slash = below.find('/');
    if (slash == std::string_view::npos) {
      names.emplace_back(below);
      ++at;
    } else {
      // Past all that is below this folder: '0' follows '/'.
      at = all.lower_bound(prefix + std::string(below.substr(0, slash)) + "0");
    }
  }
  return names;
}

Result<std::string> ImageFiles::resolve(std::string_view path) const {
  return state_->tree.resolve(path, true);
}

Result<std::string> ImageFiles::read(std::string_view path, std::size_t limit) const {
  auto bytes = read_head(path, limit < SIZE_MAX ? limit + 1 : limit);
  if (bytes && bytes->size() > limit) {
    return fail(ErrorCode::kLimit,
                "'" + printable(path) + "' has more than " + std::to_string(limit) + " bytes");
  }
  return bytes;
}

Result<std::string> ImageFiles::read_head(std::string_view path, std::size_t size) const {
  auto where = resolve(path);
  if (!where) return where;
  const FileNode* node = find(*where);
  if (node->kind != FileKind::kFile) {
    return fail(ErrorCode::kInvalid, "'" + printable(path) + "' is no file of the image");
  }
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(size, node->size)), '\0');
  if (auto read = state_->store.read(node->content, bytes.data(), bytes.size()); !read) {
    return fail(std::move(read.error()));
  }
  return bytes;
}

Result<void> ImageFiles::copy(const FileNode& node, const Sink& sink) const {
  std::string piece;
  for (std::uint64_t at = 0; at < node.size; at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, node.size - at)));
    if (auto read = state_->store.read(node.content + at, piece.data(), piece.size()); !read) {
      return read;
    }
    if (auto taken = sink(piece); !taken) return taken;
  }
  return {};
}

const std::vector<LayerSummary>& ImageFiles::layers() const {
  return state_->layers;
}

}  // namespace thimble::image
