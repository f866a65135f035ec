#include "process_tree.h"

#include <dirent.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string_view>

#include "proc_file.h"

namespace thimble::emulator {
namespace {

// Adds the children of one thread. Needs a kernel with CONFIG_PROC_CHILDREN, as nearly all are;
// without it there seem to be none.
void add_children(pid_t pid, const char* thread, std::size_t most, std::vector<pid_t>& out) {
  char path[64];
  char space[4096];
  std::snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", pid, thread);
  std::string_view text = read_start(path, space);
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

}  // namespace thimble::emulator
