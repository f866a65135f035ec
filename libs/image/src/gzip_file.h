#pragma once
// gzip into a file, piece by piece, for what is too large for memory.

#include <filesystem>
#include <memory>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/image/image.h>

namespace thimble::image {

// Compresses with zlib at level 6. The file is gone with the object unless `finish` is called.
class GzipFile final {
 public:
  // `folder` is made if it is not there.
  [[nodiscard]] static Result<GzipFile> open(const std::filesystem::path& folder);
  GzipFile(GzipFile&&) noexcept;
  GzipFile& operator=(GzipFile&&) noexcept;
  ~GzipFile();

  [[nodiscard]] Result<void> write(std::string_view bytes);

  // The whole, in a file of the folder that is named by its digest.
  [[nodiscard]] Result<Blob> finish();

 private:
  struct State;
  explicit GzipFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace thimble::image
