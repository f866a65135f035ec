#pragma once
// Files of /proc, which have to be read to know how long they are.

#include <span>
#include <string>
#include <string_view>

namespace thimble::emulator {

// As much of a file as `space` holds, in it; empty if there is none.
[[nodiscard]] std::string_view read_start(const char* path, std::span<char> space);

// All of it.
[[nodiscard]] std::string read_whole(const char* path);

}  // namespace thimble::emulator
