#pragma once
// Where the kernel counts this process's memory, and its files there.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "thimble/base/result.h"

namespace thimble::emulator {

// A folder of the hierarchy that has the memory controller.
struct MemoryCgroup {
  bool is_v2 = false;
  std::string folder;
};

// The process's own, out of the texts of /proc/self/cgroup and /proc/self/mountinfo. Nothing if
// none is mounted where it could be seen, or if the one of version 2 has no memory controller.
[[nodiscard]] std::optional<MemoryCgroup> find_memory_cgroup(std::string_view cgroup,
                                                             std::string_view mountinfo);

// The number after `key` in lines such as "oom_kill 3"; 0 if there is none.
[[nodiscard]] std::size_t number_of(std::string_view text, std::string_view key);

// Whether `word` is one of the words of `text`, as in "cpu io memory".
[[nodiscard]] bool has_word(std::string_view text, std::string_view word);

// A whole small file of the kernel's.
[[nodiscard]] Result<std::string> read_kernel_file(const std::string& path);
[[nodiscard]] Result<void> write_kernel_file(const std::string& path, std::string_view text);

}  // namespace thimble::emulator
