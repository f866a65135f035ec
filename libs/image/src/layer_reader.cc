#include "thimble/image/layer_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "layer_stream.h"

namespace thimble::image {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 17;

// OCI image specification, "Image Layer Filesystem Changeset", sections "Whiteouts" and "Opaque
// Whiteout".
constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kMetaWhiteout = ".wh..wh.";
constexpr std::string_view kOpaqueWhiteout = ".wh..wh..opq";

using Archive = std::unique_ptr<archive, decltype(&::archive_read_free)>;

// libarchive converts names between the archive's encoding and the locale's. In this locale, which
// every glibc since 2.35 has built in, UTF-8 stays as it is.
class Utf8Locale final {
 public:
  Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {}
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (locale_ != nullptr) ::freelocale(locale_);
  }
  [[nodiscard]] locale_t get() const { return locale_; }

 private:
  locale_t locale_;
};

// The locale of this thread, for as long as it lives.
class LocaleScope final {
 public:
  explicit LocaleScope(const Utf8Locale& locale)
      : before_(locale.get() != nullptr ? ::uselocale(locale.get()) : nullptr) {}
  LocaleScope(const LocaleScope&) = delete;
  LocaleScope& operator=(const LocaleScope&) = delete;
  ~LocaleScope() {
    if (before_ != nullptr) ::uselocale(before_);
  }

 private:
  locale_t before_;
};

std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

struct LayerReader::State {
  State(std::unique_ptr<LayerStream> bytes, const LayerLimits& most)
      : stream(std::move(bytes)), limits(most), tar(::archive_read_new(), &::archive_read_free) {}

  static la_ssize_t take(archive* tar, void* data, const void** buffer);
  [[nodiscard]] Error error(std::string_view what) const;
  [[nodiscard]] Result<LayerEntry> convert(archive_entry* from) const;
  [[nodiscard]] Result<void> check_whiteout(LayerEntry& entry) const;
  [[nodiscard]] Result<void> count(std::uint64_t bytes);

  std::unique_ptr<LayerStream> stream;
  LayerLimits limits;
  Utf8Locale locale;
  Archive tar;
  std::optional<Error> stream_error;
  std::string piece;
  std::string current;  // For messages.
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  bool at_end = false;
  bool skip = false;  // The current entry's content is not asked for.
};

la_ssize_t LayerReader::State::take(archive* tar, void* data, const void** buffer) {
  auto* self = static_cast<State*>(data);
  auto bytes = self->stream->next();
  if (!bytes) {
    self->stream_error = std::move(bytes.error());
    ::archive_set_error(tar, EIO, "%s", self->stream_error->message.c_str());
    return -1;
  }
  *buffer = bytes->data();
  return static_cast<la_ssize_t>(bytes->size());
}

Error LayerReader::State::error(std::string_view what) const {
  if (stream_error) return *stream_error;
  std::string reason = printable(text_or_empty(::archive_error_string(tar.get())));
  if (reason.empty()) reason = "it is no tar archive";
  return {ErrorCode::kInvalid, "the layer is damaged " + std::string(what) + ": " + reason};
}

Result<void> LayerReader::State::count(std::uint64_t bytes) {
  files += bytes;
  if (files > limits.unpacked || bytes > limits.unpacked) {
    return fail(ErrorCode::kLimit, "the files of the layer have more than " +
                                       std::to_string(limits.unpacked) + " bytes");
  }
  // Sparse files hold more than their archive does.
  if (files > limits.ratio_floor &&
      files / limits.ratio > std::max<std::uint64_t>(stream->compressed(), 1)) {
    return fail(ErrorCode::kLimit, "the files of the layer have more than " +
                                       std::to_string(limits.ratio) + " times its size");
  }
  return {};
}

// Turns ".wh.NAME" into what it means.
Result<void> LayerReader::State::check_whiteout(LayerEntry& entry) const {
  const std::size_t slash = entry.path.rfind('/');
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  const std::string name = entry.path.substr(begin);
  if (!name.starts_with(kWhiteout)) return {};
  if (name == kOpaqueWhiteout) {
    entry.kind = EntryKind::kOpaque;
    entry.path.resize(slash == std::string::npos ? 0 : slash);
    return {};
  }
  const std::string hidden = name.substr(kWhiteout.size());
  if (name.starts_with(kMetaWhiteout) || hidden.empty() || hidden == "." || hidden == "..") {
    return fail(ErrorCode::kInvalid, "the layer has an entry '" + printable(entry.path) +
                                         "', which is no whiteout of a file");
  }
  entry.kind = EntryKind::kWhiteout;
  entry.path = entry.path.substr(0, begin) + hidden;
  return {};
}

Result<LayerEntry> LayerReader::State::convert(archive_entry* from) const {
  LayerEntry entry;
  const std::string written = text_or_empty(::archive_entry_pathname(from));
  auto path = normal_path(written, limits);
  if (!path) return fail(std::move(path.error()));
  entry.path = std::move(*path);
  entry.mode = static_cast<unsigned>(::archive_entry_perm(from)) & 07777U;
  entry.owner = static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_uid(from), 0));
  entry.group = static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_gid(from), 0));
  entry.mtime = ::archive_entry_mtime(from);
  const std::string where = "the layer has an entry '" + printable(entry.path) + "'";
  if (::archive_entry_hardlink(from) != nullptr) {
    entry.kind = EntryKind::kHardLink;
    auto target = normal_path(text_or_empty(::archive_entry_hardlink(from)), limits);
    if (!target) return fail(std::move(target.error()).during(where + ", a hard link"));
    if (target->empty()) return fail(ErrorCode::kInvalid, where + ", a hard link to a folder");
    entry.target = std::move(*target);
  } else {
    switch (::archive_entry_filetype(from)) {
      case AE_IFDIR:
        entry.kind = EntryKind::kFolder;
        break;
      case AE_IFLNK:
        entry.kind = EntryKind::kSymlink;
        entry.target = text_or_empty(::archive_entry_symlink(from));
        if (entry.target.empty()) {
          return fail(ErrorCode::kInvalid, where + ", a symbolic link to nothing");
        }
        if (entry.target.size() > limits.path) {
          return fail(ErrorCode::kInvalid, where + ", a symbolic link that is too long");
        }
        break;
      case AE_IFREG: {
        entry.kind = EntryKind::kFile;
        const la_int64_t size = ::archive_entry_size(from);
        if (size < 0) return fail(ErrorCode::kInvalid, where + " of a negative size");
        entry.size = static_cast<std::uint64_t>(size);
        break;
      }
      default:
        entry.kind = EntryKind::kDevice;
    }
  }
  if (auto checked = check_whiteout(entry); !checked) return fail(std::move(checked.error()));
  if (entry.path.empty() && entry.kind != EntryKind::kFolder && entry.kind != EntryKind::kOpaque) {
    return fail(ErrorCode::kInvalid, "the layer has an entry '" + printable(written) +
                                         "', which would take the root folder's place");
  }
  return entry;
}

LayerReader::LayerReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LayerReader::LayerReader(LayerReader&&) noexcept = default;
LayerReader& LayerReader::operator=(LayerReader&&) noexcept = default;
LayerReader::~LayerReader() = default;

Result<LayerReader> LayerReader::open(const Blob& blob, const LayerLimits& limits) {
  auto stream = LayerStream::open(blob, limits);
  if (!stream) return fail(std::move(stream.error()));
  auto state = std::make_unique<State>(std::move(*stream), limits);
  if (!state->tar) return fail(ErrorCode::kLimit, "read layer: out of memory");
  const LocaleScope scope(state->locale);
  ::archive_read_support_format_tar(state->tar.get());
  ::archive_read_support_format_empty(state->tar.get());
  if (::archive_read_open(state->tar.get(), state.get(), nullptr, &State::take, nullptr) !=
      ARCHIVE_OK) {
    return fail(state->error("at its beginning"));
  }
  return LayerReader(std::move(state));
}

Result<std::optional<LayerEntry>> LayerReader::next() {
  State& state = *state_;
  const LocaleScope scope(state.locale);
  if (state.at_end) return std::nullopt;
  archive_entry* found = nullptr;
  const int result = ::archive_read_next_header(state.tar.get(), &found);
  if (result == ARCHIVE_EOF) {
    state.at_end = true;
    return std::nullopt;
  }
  const std::string where =
      state.current.empty() ? "at its beginning" : "behind '" + printable(state.current) + "'";
  // ARCHIVE_RETRY is a header with a wrong checksum, which libarchive would search on behind.
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return fail(state.error(where));
  if (++state.entries > state.limits.entries) {
    return fail(ErrorCode::kLimit,
                "the layer has more than " + std::to_string(state.limits.entries) + " entries");
  }
  auto entry = state.convert(found);
  if (!entry) return fail(std::move(entry.error()));
  state.skip = entry->kind != EntryKind::kFile;
  if (!state.skip) {
    if (auto counted = state.count(entry->size); !counted) return fail(std::move(counted.error()));
  }
  state.current = entry->path;
  return std::optional(std::move(*entry));
}

Result<std::string_view> LayerReader::read() {
  State& state = *state_;
  if (state.at_end || state.skip) return std::string_view();
  state.piece.resize(kPiece);
  const la_ssize_t got =
      ::archive_read_data(state.tar.get(), state.piece.data(), state.piece.size());
  if (got < 0) return fail(state.error("in '" + printable(state.current) + "'"));
  return std::string_view(state.piece).substr(0, static_cast<std::size_t>(got));
}

Result<LayerSummary> LayerReader::finish() {
  State& state = *state_;
  for (;;) {
    auto entry = next();
    if (!entry) return fail(std::move(entry.error()));
    if (!*entry) break;
  }
  for (;;) {
    auto rest = state.stream->next();
    if (!rest) return fail(std::move(rest.error()));
    if (rest->empty()) break;
  }
  LayerSummary summary = state.stream->summary();
  summary.entries = state.entries;
  summary.files = state.files;
  return summary;
}

}  // namespace thimble::image
