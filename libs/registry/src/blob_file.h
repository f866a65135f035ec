#pragma once
// A blob on its way into a folder: under its name only when all of it is there and right.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include <thimble/base/fd.h>
#include <thimble/base/result.h>
#include <thimble/base/unfinished.h>
#include <thimble/hash/sha256.h>
#include <thimble/image/manifest.h>

namespace thimble::registry {

// Holds the bytes and their hash so far. Until it is published it has no name, where the file
// system can do that: nothing is left behind, however this ends.
class BlobFile final {
 public:
  // Makes the folder if it is missing.
  [[nodiscard]] static Result<BlobFile> create(const std::filesystem::path& folder);
  BlobFile(BlobFile&&) noexcept = default;
  BlobFile& operator=(BlobFile&&) noexcept = default;
  ~BlobFile() = default;

  [[nodiscard]] Result<void> append(std::string_view bytes);
  [[nodiscard]] std::uint64_t size() const { return size_; }

  // Begins again with nothing.
  [[nodiscard]] Result<void> clear();

  // Checks size and digest and gives the file its name, in place of any that has it. Called last.
  [[nodiscard]] Result<std::filesystem::path> publish(const image::Descriptor& descriptor);

 private:
  BlobFile(Fd fd, std::filesystem::path folder, std::unique_ptr<Unfinished> name)
      : fd_(std::move(fd)), folder_(std::move(folder)), name_(std::move(name)) {}

  Fd fd_;
  std::filesystem::path folder_;
  std::unique_ptr<Unfinished> name_;  // Null: it has none.
  hash::Sha256 hash_;
  std::uint64_t size_ = 0;
};

// Whether that file holds those bytes and no others. No: it is not there, or something else.
[[nodiscard]] Result<bool> holds(const std::filesystem::path& file,
                                 const image::Descriptor& descriptor);

// The error for bytes that are not what the digest names.
[[nodiscard]] Error wrong_bytes(const image::Descriptor& expected, std::uint64_t size);

}  // namespace thimble::registry
