#pragma once
// The digests of base images, written down so that a build tomorrow uses the same.

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <thimble/base/result.h>
#include <thimble/image/digest.h>

namespace thimble::cli {

// The file thimble.lock: {"bases": {"debian:12": "sha256:..."}}. Digests are those of what a name
// stands for, an index mostly, so that they hold for each platform.
class BaseLock final {
 public:
  // A file that is not there is an empty lock.
  [[nodiscard]] static Result<BaseLock> read(const std::filesystem::path& file);

  [[nodiscard]] std::optional<image::Digest> find(const std::string& name) const;

  // Remembers it and writes the file, if it is new.
  [[nodiscard]] Result<void> set(const std::string& name, const image::Digest& digest);

 private:
  explicit BaseLock(std::filesystem::path file) : file_(std::move(file)) {}

  std::filesystem::path file_;
  std::map<std::string, std::string> bases_;
};

}  // namespace thimble::cli
