#include "thimble/image/layer_reader.h"

#include <algorithm>
#include <utility>

#include "layer_stream.h"
#include "tar_reader.h"

namespace thimble::image {
namespace {

// OCI image specification, "Image Layer Filesystem Changeset", sections "Whiteouts" and "Opaque
// Whiteout".
constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaqueWhiteout = ".wh..wh..opq";

// Files that AUFS kept for itself, which are in old images and never unpacked.
constexpr std::string_view kMetaWhiteout = ".wh..wh.";

std::string where(std::string_view path) {
  return "the layer has an entry '" + printable(path.substr(0, 200)) + "'";
}

// Turns ".wh.NAME" into what it means.
Result<void> check_whiteout(LayerEntry& entry) {
  const std::size_t slash = entry.path.rfind('/');
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  const std::string name = entry.path.substr(begin);
  if (!name.starts_with(kWhiteout)) return {};
  if (name == kOpaqueWhiteout) {
    entry.kind = EntryKind::kOpaque;
    entry.path.resize(slash == std::string::npos ? 0 : slash);
    return {};
  }
  if (name.starts_with(kMetaWhiteout)) {
    entry.kind = EntryKind::kIgnored;
    return {};
  }
  const std::string hidden = name.substr(kWhiteout.size());
  if (hidden.empty() || hidden == "." || hidden == "..") {
    return fail(ErrorCode::kInvalid, where(entry.path) + ", which is no whiteout of a file");
  }
  entry.kind = EntryKind::kWhiteout;
  entry.path = entry.path.substr(0, begin) + hidden;
  return {};
}

Result<void> convert_hard_link(const TarMember& from, const LayerLimits& limits,
                               LayerEntry& entry) {
  entry.kind = EntryKind::kHardLink;
  auto target = normal_path(from.link, limits);
  if (!target) {
    return fail(std::move(target.error()).during(where(entry.path) + ", a hard link"));
  }
  if (target->empty()) {
    return fail(ErrorCode::kInvalid, where(entry.path) + ", a hard link to a folder");
  }
  entry.target = std::move(*target);
  return {};
}

Result<void> convert_type(const TarMember& from, const LayerLimits& limits, LayerEntry& entry) {
  switch (from.type) {
    case '\0':
    case '0':
    case '7':
      entry.kind = EntryKind::kFile;
      // As V7 writes folders.
      if (from.name.ends_with('/') && from.size == 0) entry.kind = EntryKind::kFolder;
      return {};
    case '1':
      return convert_hard_link(from, limits, entry);
    case '2':
      entry.kind = EntryKind::kSymlink;
      entry.target = from.link;
      if (from.link.empty()) {
        return fail(ErrorCode::kInvalid, where(entry.path) + ", a symbolic link to nothing");
      }
      if (from.link.size() > limits.path) {
        return fail(ErrorCode::kInvalid, where(entry.path) + ", a symbolic link that is too long");
      }
      return {};
    case '3':
    case '4':
    case '6':
      entry.kind = EntryKind::kDevice;
      return {};
    case '5':
      entry.kind = EntryKind::kFolder;
      return {};
    case 'S':
      return fail(ErrorCode::kInvalid,
                  where(entry.path) + ", which is sparse: make it without --sparse");
    default:
      return fail(ErrorCode::kInvalid, where(entry.path) + ", whose type '" +
                                           printable({&from.type, 1}) + "' is unknown");
  }
}

Result<LayerEntry> convert(const TarMember& from, const LayerLimits& limits) {
  LayerEntry entry;
  auto path = normal_path(from.name, limits);
  if (!path) return fail(std::move(path.error()));
  entry.path = std::move(*path);
  entry.mode = from.mode;
  entry.owner = from.owner;
  entry.group = from.group;
  entry.size = from.size;
  entry.mtime = from.mtime;
  if (auto done = convert_type(from, limits, entry); !done) return fail(std::move(done.error()));
  if (auto done = check_whiteout(entry); !done) return fail(std::move(done.error()));
  if (entry.path.empty() && entry.kind != EntryKind::kFolder && entry.kind != EntryKind::kOpaque) {
    return fail(ErrorCode::kInvalid,
                where(from.name) + ", which would take the root folder's place");
  }
  return entry;
}

}  // namespace

struct LayerReader::State {
  State(std::unique_ptr<LayerStream> bytes, const LayerLimits& most)
      : stream(std::move(bytes)),
        limits(most),
        tar([from = stream.get()] { return from->next(); }) {}

  [[nodiscard]] Result<void> count(std::uint64_t bytes);

  std::unique_ptr<LayerStream> stream;
  LayerLimits limits;
  TarReader tar;
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  bool at_end = false;
};

Result<void> LayerReader::State::count(std::uint64_t bytes) {
  if (++entries > limits.entries) {
    return fail(ErrorCode::kLimit,
                "the layer has more than " + std::to_string(limits.entries) + " entries");
  }
  // Before any of it is read.
  if (bytes > limits.unpacked || files + bytes > limits.unpacked) {
    return fail(ErrorCode::kLimit, "the files of the layer have more than " +
                                       std::to_string(limits.unpacked) + " bytes");
  }
  files += bytes;
  return {};
}

LayerReader::LayerReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LayerReader::LayerReader(LayerReader&&) noexcept = default;
LayerReader& LayerReader::operator=(LayerReader&&) noexcept = default;
LayerReader::~LayerReader() = default;

Result<LayerReader> LayerReader::open(const Blob& blob, const LayerLimits& limits) {
  auto stream = LayerStream::open(blob, limits);
  if (!stream) return fail(std::move(stream.error()));
  return LayerReader(std::make_unique<State>(std::move(*stream), limits));
}

Result<std::optional<LayerEntry>> LayerReader::next() {
  if (state_->at_end) return std::nullopt;
  auto member = state_->tar.next();
  if (!member) return fail(std::move(member.error()));
  if (!*member) {
    state_->at_end = true;
    return std::nullopt;
  }
  if (auto counted = state_->count((*member)->size); !counted) {
    return fail(std::move(counted.error()));
  }
  auto entry = convert(**member, state_->limits);
  if (!entry) return fail(std::move(entry.error()));
  return std::optional(std::move(*entry));
}

Result<std::string_view> LayerReader::read() {
  if (state_->at_end) return std::string_view();
  return state_->tar.read();
}

Result<LayerSummary> LayerReader::finish() {
  for (;;) {
    auto entry = next();
    if (!entry) return fail(std::move(entry.error()));
    if (!*entry) break;
  }
  for (;;) {
    auto rest = state_->stream->next();
    if (!rest) return fail(std::move(rest.error()));
    if (rest->empty()) break;
  }
  LayerSummary summary = state_->stream->summary();
  summary.entries = state_->entries;
  summary.files = state_->files;
  return summary;
}

}  // namespace thimble::image
