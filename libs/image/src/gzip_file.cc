#include "gzip_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <climits>
#include <system_error>
#include <vector>

#include "thimble/image/media_types.h"
#include <thimble/base/fd.h>
#include <thimble/base/unfinished.h>
#include <thimble/hash/sha256.h>

namespace thimble::image {
namespace {

namespace fs = std::filesystem;

constexpr int kLevel = 6;
constexpr int kGzip = 15 + 16;  // The largest window, and gzip's own header: no name, no time.
constexpr std::size_t kPiece = std::size_t{1} << 18;

}  // namespace

struct GzipFile::State {
  explicit State(const fs::path& where) : folder(where), unfinished(where / "layer") {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ::deflateEnd(&stream); }

  Result<void> put(std::string_view bytes) {
    hash.update(bytes);
    size += bytes.size();
    while (!bytes.empty()) {
      const ssize_t wrote = ::write(file.number(), bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return fail(system_error("write '" + unfinished.path().string() + "'"));
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return {};
  }

  // Compresses what the stream has been given; with Z_FINISH all that is left.
  Result<void> deflate(int flush) {
    std::vector<char> piece(kPiece);
    for (;;) {
      stream.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream.avail_out = static_cast<uInt>(piece.size());
      const int result = ::deflate(&stream, flush);
      if (auto done = put({piece.data(), piece.size() - stream.avail_out}); !done) return done;
      if (result == Z_STREAM_END || (flush == Z_NO_FLUSH && stream.avail_out > 0)) return {};
    }
  }

  fs::path folder;
  Unfinished unfinished;
  Fd file;
  z_stream stream{};
  hash::Sha256 hash;
  std::uint64_t size = 0;
};

GzipFile::GzipFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
GzipFile::GzipFile(GzipFile&&) noexcept = default;
GzipFile& GzipFile::operator=(GzipFile&&) noexcept = default;
GzipFile::~GzipFile() = default;

Result<GzipFile> GzipFile::open(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(system_error("make '" + folder.string() + "'", error.value()));
  auto state = std::make_unique<State>(folder);
  const fs::path& path = state->unfinished.path();
  state->file = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!state->file.is_open()) return fail(system_error("write '" + path.string() + "'"));
  if (::deflateInit2(&state->stream, kLevel, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return fail(ErrorCode::kLimit, "gzip: out of memory");
  }
  return GzipFile(std::move(state));
}

Result<void> GzipFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, std::size_t{1} << 30);
    state_->stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
    state_->stream.avail_in = static_cast<uInt>(part.size());
    if (auto done = state_->deflate(Z_NO_FLUSH); !done) return done;
    bytes.remove_prefix(part.size());
  }
  return {};
}

Result<Blob> GzipFile::finish() {
  if (auto done = state_->deflate(Z_FINISH); !done) return fail(std::move(done.error()));
  Blob blob;
  blob.descriptor.media_type = media_type::kOciLayerGzip;
  blob.descriptor.digest = Digest(state_->hash.finish());
  blob.descriptor.size = state_->size;
  blob.file = state_->folder / blob.descriptor.digest.hex();
  if (::rename(state_->unfinished.path().c_str(), blob.file.c_str()) != 0) {
    return fail(system_error("write '" + blob.file.string() + "'"));
  }
  state_->unfinished.finish();
  return blob;
}

}  // namespace thimble::image
