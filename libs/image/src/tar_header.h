#pragma once
// One header block of a tar archive, read.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <thimble/base/result.h>

#include "tar_reader.h"

namespace thimble::image::tar {

inline constexpr std::size_t kBlock = 512;

// Whether there are only zeros; so of no bytes.
[[nodiscard]] bool is_empty(std::string_view bytes);

// What fills the last block of content.
[[nodiscard]] std::uint64_t padding(std::uint64_t size);

// A block of 512 bytes. kInvalid if its checksum is wrong or a field is no number.
[[nodiscard]] Result<TarMember> parse_header(std::string_view block);

}  // namespace thimble::image::tar
