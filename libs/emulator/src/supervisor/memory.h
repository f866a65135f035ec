#pragma once
// How much memory processes use, from /proc.

#include <sys/types.h>

#include <cstddef>

namespace thimble::emulator {

// The peak resident sizes (VmHWM of proc(5)) of a process and its living descendants, added up; at
// most 64 of them. What has ended meanwhile counts as nothing.
[[nodiscard]] std::size_t memory_of_tree(pid_t root);

}  // namespace thimble::emulator
