#pragma once
// A folder that goes away with its owner.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <thimble/base/result.h>

namespace thimble::closure::detail {

// Removes the folder and all that is in it.
class TemporaryFolder final {
 public:
  [[nodiscard]] static Result<TemporaryFolder> make() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "thimble-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr) {
      return fail(system_error("make folder '" + name + "'"));
    }
    return TemporaryFolder(std::move(name));
  }

  TemporaryFolder(TemporaryFolder&& other) noexcept
      : path_(std::exchange(other.path_, std::filesystem::path())) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace thimble::closure::detail
