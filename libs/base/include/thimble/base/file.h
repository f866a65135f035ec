#pragma once
// Whole files, read and written at once.

#include <filesystem>
#include <string>
#include <string_view>

#include <thimble/base/result.h>

namespace thimble {

// The bytes of a file, which are at most `limit` (else kLimit). A folder, a device or anything else
// that is no regular file is kInvalid.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::size_t limit = std::size_t{1} << 30);

// Makes `path` hold `bytes`, all or nothing: a new file beside it takes its place when it is
// complete. Missing folders are made. `mode` is exact, whatever the umask.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& path, std::string_view bytes,
                                      unsigned mode = 0644);

}  // namespace thimble
