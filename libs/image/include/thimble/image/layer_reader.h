#pragma once
// Reads what is in a layer, entry by entry, believing nothing that it says.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/image/digest.h>
#include <thimble/image/image.h>

namespace thimble::image {

// How much a layer may hold. Beyond it, reading fails with kLimit.
struct LayerLimits {
  std::uint64_t entries = 1'000'000;
  // Of the archive, and of all files together. Lambda's quota for an image, "Lambda quotas":
  // "Container image code package size: 10 GB (maximum uncompressed image size, including all
  // layers)".
  std::uint64_t unpacked = std::uint64_t{10} << 30;
  // How many times larger the archive is than the blob; only counted above `ratio_floor`.
  std::uint64_t ratio = 500;
  std::uint64_t ratio_floor = std::uint64_t{128} << 20;
  std::size_t path = 4095;  // Of a path or a link's target; one part of a path has up to 255 bytes.
};

enum class Compression : std::uint8_t { kNone, kGzip, kZstd };

enum class EntryKind : std::uint8_t {
  kFile,
  kFolder,
  kSymlink,
  kHardLink,
  kDevice,    // Also pipes and sockets.
  kWhiteout,  // `path` of lower layers is gone.
  kOpaque,    // What lower layers have in folder `path` is gone.
  kIgnored,   // A file of AUFS's own, which is not unpacked.
};

// One entry. `path` has no slash in front or behind, no empty part, no ".", no "..", no NUL; it is
// empty for the root folder itself. The bytes of names are as the archive has them: they may be no
// UTF-8 and hold control characters.
struct LayerEntry {
  EntryKind kind = EntryKind::kFile;
  std::string path;
  std::string target;  // Of a symbolic link, as it is written; of a hard link, a path as above.
  unsigned mode = 0;   // Permission bits with setuid, setgid and sticky.
  std::uint64_t owner = 0;
  std::uint64_t group = 0;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;  // Seconds since 1970.
};

// What a whole layer turned out to be.
struct LayerSummary {
  Compression compression = Compression::kNone;
  Digest digest = Digest::of("");   // Of the blob as it is.
  Digest diff_id = Digest::of("");  // Of the archive in it.
  std::uint64_t compressed = 0;     // Bytes of the blob.
  std::uint64_t archive = 0;        // Bytes of the archive.
  std::uint64_t files = 0;          // Bytes of all files.
  std::uint64_t entries = 0;
};

// A tar archive (ustar, pax, GNU's), plain or compressed by gzip or zstd, whatever its media type
// says: what it is, is told by its first bytes. Reads pieces of it at a time. Damage, an archive
// that ends early, names that would lead elsewhere, sparse files and anything behind the compressed
// data are kInvalid. Names are the archive's bytes, in any locale.
//
//   auto reader = LayerReader::open(blob);
//   for (;;) {
//     auto entry = reader->next();
//     if (!entry) return fail(std::move(entry.error()));
//     if (!*entry) break;
//   }
//   auto summary = reader->finish();
class LayerReader final {
 public:
  // The blob, or its file, is only read and outlives the reader.
  [[nodiscard]] static Result<LayerReader> open(const Blob& blob, const LayerLimits& limits = {});

  LayerReader(LayerReader&&) noexcept;
  LayerReader& operator=(LayerReader&&) noexcept;
  ~LayerReader();

  // The next entry; nothing at the end. Content that nobody read is skipped.
  [[nodiscard]] Result<std::optional<LayerEntry>> next();

  // The next piece of the current file's content; empty at its end. Valid until the next call.
  [[nodiscard]] Result<std::string_view> read();

  // Reads all that is left, and what is behind the end of the archive.
  [[nodiscard]] Result<LayerSummary> finish();

 private:
  struct State;
  explicit LayerReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The path of an entry as LayerEntry has it. kInvalid, naming it, if it would lead elsewhere.
[[nodiscard]] Result<std::string> normal_path(std::string_view written,
                                              const LayerLimits& limits = {});

// Text for people: control characters and what is no UTF-8 are written as \xNN.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace thimble::image
