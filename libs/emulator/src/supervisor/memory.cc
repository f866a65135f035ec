#include "memory.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string_view>

#include "proc_file.h"
#include "process_tree.h"

namespace thimble::emulator {
namespace {

constexpr std::size_t kMaxProcesses = 64;

std::size_t peak_of(pid_t pid) {
  char path[64];
  char space[4096];
  std::snprintf(path, sizeof path, "/proc/%d/status", pid);
  std::string_view text = read_start(path, space);
  constexpr std::string_view kName = "VmHWM:";
  const std::size_t at = text.find(kName);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + kName.size());
  text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
  std::size_t kib = 0;
  std::from_chars(text.data(), text.data() + text.size(), kib);
  return kib * 1024;
}

}  // namespace

std::size_t memory_of_tree(pid_t root) {
  std::size_t total = 0;
  for (const pid_t process : process_tree(root, kMaxProcesses)) total += peak_of(process);
  return total;
}

}  // namespace thimble::emulator
