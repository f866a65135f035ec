#include "memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <vector>

#include "thimble/base/fd.h"

namespace thimble::emulator {
namespace {

constexpr std::size_t kMaxProcesses = 64;

// The start of a /proc file, in `space`.
std::string_view read_file(const char* path, char* space, std::size_t size) {
  const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return {};
  const ssize_t got = ::read(file.number(), space, size);
  return got > 0 ? std::string_view(space, static_cast<std::size_t>(got)) : std::string_view();
}

std::size_t peak_of(pid_t pid) {
  char path[64];
  char space[4096];
  std::snprintf(path, sizeof path, "/proc/%d/status", pid);
  std::string_view text = read_file(path, space, sizeof space);
  constexpr std::string_view kName = "VmHWM:";
  const std::size_t at = text.find(kName);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + kName.size());
  text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
  std::size_t kib = 0;
  std::from_chars(text.data(), text.data() + text.size(), kib);
  return kib * 1024;
}

// Adds the children of one thread. Needs a kernel with CONFIG_PROC_CHILDREN, as nearly all are;
// without it there seem to be none.
void add_children(pid_t pid, const char* thread, std::size_t most, std::vector<pid_t>& out) {
  char path[64];
  char space[4096];
  std::snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", pid, thread);
  std::string_view text = read_file(path, space, sizeof space);
  while (!text.empty() && out.size() < most) {
    pid_t child = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), child);
    if (error != std::errc{}) return;
    out.push_back(child);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
}

// Any thread may have forked: Go's, Java's and Node's do.
void add_children(pid_t pid, std::size_t most, std::vector<pid_t>& out) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR* threads = ::opendir(path);
  if (threads == nullptr) return;
  while (const dirent* thread = ::readdir(threads)) {
    if (thread->d_name[0] != '.') add_children(pid, thread->d_name, most, out);
  }
  ::closedir(threads);
}

}  // namespace

std::vector<pid_t> process_tree(pid_t root, std::size_t most) {
  std::vector<pid_t> processes{root};
  for (std::size_t i = 0; i < processes.size(); ++i) add_children(processes[i], most, processes);
  return processes;
}

std::size_t memory_of_tree(pid_t root) {
  std::size_t total = 0;
  for (const pid_t process : process_tree(root, kMaxProcesses)) total += peak_of(process);
  return total;
}

}  // namespace thimble::emulator
