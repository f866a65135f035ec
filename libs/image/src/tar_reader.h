#pragma once
// Takes a tar archive apart: headers, extended headers, content.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/result.h>

namespace thimble::image {

// A header with what extended headers in front of it say; names as they are written.
struct TarMember {
  std::string name;
  std::string link;
  char type = '0';
  unsigned mode = 0;
  std::uint64_t owner = 0;
  std::uint64_t group = 0;
  std::uint64_t size = 0;  // Of the content that follows: 0 for all but files.
  std::int64_t mtime = 0;
};

// Reads what Go's archive/tar reads, which is what Docker, containerd and Lambda's own tools are
// likely to use, the same way: POSIX.1-2001's pax and ustar, GNU's long names and numbers, V7.
// Not read are sparse files. libarchive would read more, but it gives names in Unicode's
// normalization form C, whatever the archive has, and ends them at a NUL.
class TarReader final {
 public:
  // Gives the next bytes, valid until it is called again; empty at the end.
  using Source = std::function<Result<std::string_view>()>;

  explicit TarReader(Source source) : source_(std::move(source)) {}

  // Nothing at the end of the archive: two blocks of zeros, or the end of the source.
  [[nodiscard]] Result<std::optional<TarMember>> next();

  // The next piece of the member's content; empty at its end.
  [[nodiscard]] Result<std::string_view> read();

 private:
  using Records = std::map<std::string, std::string, std::less<>>;

  [[nodiscard]] Result<bool> fill();
  [[nodiscard]] Result<std::size_t> take(std::size_t size, std::string& out);
  [[nodiscard]] Result<void> skip(std::uint64_t size);
  [[nodiscard]] Result<std::string> read_special(std::uint64_t size);
  [[nodiscard]] Result<bool> at_end(std::string_view block);
  [[nodiscard]] Result<bool> read_extension(const TarMember& header);

  Source source_;
  std::string_view piece_;     // What of the source is not read yet.
  std::uint64_t rest_ = 0;     // Of the content.
  std::uint64_t padding_ = 0;  // Behind it.
  Records records_;            // Of pax, for the next member.
  std::string long_name_;      // Of GNU, likewise.
  std::string long_link_;
};

}  // namespace thimble::image
