#pragma once
// The archive in a layer's blob: uncompressed, hashed and counted as it is read.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/fd.h>
#include <thimble/base/result.h>
#include <thimble/hash/sha256.h>
#include <thimble/image/layer_reader.h>

namespace thimble::image {

// Takes compressed bytes and gives others. After an error it is of no use.
class Uncompressor {
 public:
  Uncompressor() = default;
  Uncompressor(const Uncompressor&) = delete;
  Uncompressor& operator=(const Uncompressor&) = delete;
  virtual ~Uncompressor() = default;

  // Takes what it can from the front of `in`, fills `out` from its beginning and says how much.
  // Nothing taken and nothing filled means that it wants more.
  [[nodiscard]] virtual Result<std::size_t> step(std::string_view& in, std::string& out) = 0;

  // Whether the input may end here.
  [[nodiscard]] virtual bool complete() const = 0;
};

[[nodiscard]] std::unique_ptr<Uncompressor> make_gunzip();
[[nodiscard]] std::unique_ptr<Uncompressor> make_unzstd();

class LayerStream final {
 public:
  [[nodiscard]] static Result<std::unique_ptr<LayerStream>> open(const Blob& blob,
                                                                 const LayerLimits& limits);

  // The next bytes of the archive, valid until the next call; empty at its end.
  [[nodiscard]] Result<std::string_view> next();

  // What is known once next() has given nothing. `files` and `entries` are left as they are.
  [[nodiscard]] LayerSummary summary();

  [[nodiscard]] std::uint64_t compressed() const { return compressed_; }
  [[nodiscard]] std::uint64_t archive() const { return archive_; }

 private:
  LayerStream(std::string_view bytes, Fd file, const LayerLimits& limits)
      : limits_(limits), rest_of_memory_(bytes), file_(std::move(file)) {}

  [[nodiscard]] Result<bool> refill();
  [[nodiscard]] Result<std::string_view> give(std::string_view bytes);

  LayerLimits limits_;
  std::string_view rest_of_memory_;
  Fd file_;
  std::string name_;  // For messages.
  std::string input_;
  std::string_view unread_;  // Of the input that has been read.
  std::string output_;
  Compression compression_ = Compression::kNone;
  std::unique_ptr<Uncompressor> uncompressor_;
  hash::Sha256 blob_hash_;
  hash::Sha256 archive_hash_;
  std::uint64_t compressed_ = 0;
  std::uint64_t archive_ = 0;
};

}  // namespace thimble::image
