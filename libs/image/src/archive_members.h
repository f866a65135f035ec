#pragma once
// Files in a tar archive, by name: for archives that hold images.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <thimble/base/result.h>

namespace thimble::image {

// What an archive holds; a link to another member counts as that member.
class ArchiveMembers final {
 public:
  // Reads the archive once, keeping files of up to `keep` bytes. At most 100,000 members.
  [[nodiscard]] static Result<ArchiveMembers> open(const std::filesystem::path& file,
                                                   std::size_t keep);

  [[nodiscard]] bool has(std::string_view name) const;

  // The bytes of a small member.
  [[nodiscard]] Result<std::string_view> text(std::string_view name) const;

  // Reads the archive once more and gives the bytes of these members, at most `limit` each, to
  // `take`, in the archive's order. Names that are missing are an error.
  [[nodiscard]] Result<void> read(
      const std::vector<std::string>& names, std::size_t limit,
      const std::function<Result<void>(const std::string& name, std::string bytes)>& take) const;

 private:
  [[nodiscard]] std::string resolve(std::string_view name) const;

  std::filesystem::path file_;
  std::map<std::string, std::uint64_t, std::less<>> sizes_;
  std::map<std::string, std::string, std::less<>> links_;
  std::map<std::string, std::string, std::less<>> texts_;
};

}  // namespace thimble::image
