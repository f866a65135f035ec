#include "layer_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace thimble::image {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 17;

Compression compression_of(std::string_view first_bytes) {
  if (first_bytes.starts_with("\x1f\x8b")) return Compression::kGzip;
  if (first_bytes.starts_with("\x28\xb5\x2f\xfd")) return Compression::kZstd;
  // A skippable frame of zstd (RFC 8878, section 3.1.2) may come first.
  if (first_bytes.size() >= 4 && (static_cast<unsigned char>(first_bytes[0]) & 0xf0U) == 0x50 &&
      first_bytes.substr(1).starts_with("\x2a\x4d\x18")) {
    return Compression::kZstd;
  }
  return Compression::kNone;
}

}  // namespace

Result<std::unique_ptr<LayerStream>> LayerStream::open(const Blob& blob,
                                                       const LayerLimits& limits) {
  Fd file;
  if (!blob.file.empty()) {
    file = Fd(::open(blob.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return fail(system_error("read '" + blob.file.string() + "'"));
  }
  std::unique_ptr<LayerStream> stream(new LayerStream(blob.bytes, std::move(file), limits));
  if (auto filled = stream->refill(); !filled) return fail(std::move(filled.error()));
  stream->compression_ = compression_of(stream->unread_);
  if (stream->compression_ == Compression::kGzip) stream->uncompressor_ = make_gunzip();
  if (stream->compression_ == Compression::kZstd) stream->uncompressor_ = make_unzstd();
  if (stream->uncompressor_) stream->output_.resize(kPiece);
  return stream;
}

Result<bool> LayerStream::refill() {
  if (!file_.is_open()) {
    unread_ = rest_of_memory_.substr(0, kPiece);
    rest_of_memory_.remove_prefix(unread_.size());
  } else {
    input_.resize(kPiece);
    std::size_t used = 0;
    while (used < input_.size()) {
      const ssize_t got = ::read(file_.number(), input_.data() + used, input_.size() - used);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(system_error("read layer"));
      if (got == 0) break;
      used += static_cast<std::size_t>(got);
    }
    unread_ = std::string_view(input_).substr(0, used);
  }
  blob_hash_.update(unread_);
  compressed_ += unread_.size();
  return !unread_.empty();
}

Result<std::string_view> LayerStream::give(std::string_view bytes) {
  archive_ += bytes.size();
  if (archive_ > limits_.unpacked) {
    return fail(ErrorCode::kLimit,
                "the layer unpacks to more than " + std::to_string(limits_.unpacked) + " bytes");
  }
  if (archive_ > limits_.ratio_floor && archive_ / limits_.ratio > compressed_) {
    return fail(ErrorCode::kLimit, "the layer unpacks to more than " +
                                       std::to_string(limits_.ratio) + " times its size");
  }
  archive_hash_.update(bytes);
  return bytes;
}

Result<std::string_view> LayerStream::next() {
  for (;;) {
    if (!uncompressor_) {
      if (unread_.empty()) {
        if (auto filled = refill(); !filled) return fail(std::move(filled.error()));
      }
      return give(std::exchange(unread_, {}));
    }
    auto made = uncompressor_->step(unread_, output_);
    if (!made) return fail(std::move(made.error()));
    if (*made > 0) return give(std::string_view(output_).substr(0, *made));
    if (!unread_.empty()) continue;
    auto filled = refill();
    if (!filled) return fail(std::move(filled.error()));
    if (*filled) continue;
    if (!uncompressor_->complete()) {
      return fail(ErrorCode::kInvalid, "the compressed layer ends early");
    }
    return std::string_view();
  }
}

LayerSummary LayerStream::summary() {
  LayerSummary summary;
  summary.compression = compression_;
  summary.digest = Digest(blob_hash_.finish());
  summary.diff_id = Digest(archive_hash_.finish());
  summary.compressed = compressed_;
  summary.archive = archive_;
  return summary;
}

}  // namespace thimble::image
