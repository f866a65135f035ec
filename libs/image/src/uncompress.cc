#include <zlib.h>
#include <zstd.h>

#include <limits>

#include "layer_stream.h"

namespace thimble::image {
namespace {

// RFC 1952: one member or several, one behind the other, and nothing else.
class Gunzip final : public Uncompressor {
 public:
  Gunzip() { usable_ = ::inflateInit2(&stream_, 15 + 16) == Z_OK; }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip() override {
    if (usable_) ::inflateEnd(&stream_);
  }

  Result<std::size_t> step(std::string_view& in, std::string& out) override {
    if (!usable_) return fail(ErrorCode::kLimit, "gunzip: out of memory");
    if (ended_) {
      if (in.empty()) return 0;
      ::inflateReset(&stream_);
      ended_ = false;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    in.remove_prefix(in.size() - stream_.avail_in);
    if (result == Z_STREAM_END) {
      ended_ = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return fail(ErrorCode::kInvalid, "the gzip data is damaged, or there is something behind it");
    }
    return out.size() - stream_.avail_out;
  }

  [[nodiscard]] bool complete() const override { return ended_; }

 private:
  z_stream stream_{};
  bool usable_ = false;
  bool ended_ = false;
};

// RFC 8878: frames one behind the other, and nothing else.
class Unzstd final : public Uncompressor {
 public:
  Unzstd() : stream_(::ZSTD_createDStream()) {}
  Unzstd(const Unzstd&) = delete;
  Unzstd& operator=(const Unzstd&) = delete;
  ~Unzstd() override { ::ZSTD_freeDStream(stream_); }

  Result<std::size_t> step(std::string_view& in, std::string& out) override {
    if (stream_ == nullptr) return fail(ErrorCode::kLimit, "unzstd: out of memory");
    if (in.empty() && ended_) return 0;
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t result = ::ZSTD_decompressStream(stream_, &to, &from);
    if (::ZSTD_isError(result) != 0) {
      return fail(ErrorCode::kInvalid, "the zstd data is damaged, or there is something behind it");
    }
    in.remove_prefix(from.pos);
    ended_ = result == 0;
    return to.pos;
  }

  [[nodiscard]] bool complete() const override { return ended_; }

 private:
  ZSTD_DStream* stream_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Uncompressor> make_gunzip() {
  return std::make_unique<Gunzip>();
}
std::unique_ptr<Uncompressor> make_unzstd() {
  return std::make_unique<Unzstd>();
}

}  // namespace thimble::image
