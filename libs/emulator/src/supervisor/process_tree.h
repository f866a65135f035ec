#pragma once
// Who descends from a process, from /proc.

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace thimble::emulator {

// A process and its living descendants, itself first; little more than `most` of them.
[[nodiscard]] std::vector<pid_t> process_tree(pid_t root, std::size_t most);

}  // namespace thimble::emulator
