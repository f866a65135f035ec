#include "usage.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <set>

#include "probe.h"

namespace thimble::bench {
namespace {

constexpr const char* kTracepoints[] = {
    "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id",
    "/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id",
};

std::string read_file(const std::string& path) {
  std::string text;
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char part[4096];
  ssize_t n;
  while (fd.is_open() && (n = read(fd.get(), part, sizeof part)) > 0)
    text.append(part, static_cast<std::size_t>(n));
  return text;
}

// The numbers that are the names in a folder of /proc.
std::vector<pid_t> numbers_in(const std::string& folder) {
  std::vector<pid_t> numbers;
  DIR* entries = opendir(folder.c_str());
  if (entries == nullptr) return numbers;
  while (const dirent* entry = readdir(entries)) {
    const pid_t number = std::atoi(entry->d_name);
    if (number > 0) numbers.push_back(number);
  }
  closedir(entries);
  return numbers;
}

}  // namespace

std::vector<pid_t> process_tree(pid_t root) {
  std::vector<std::pair<pid_t, pid_t>> parents;  // process, parent
  for (const pid_t pid : numbers_in("/proc")) parents.emplace_back(pid, parent_of(pid));
  std::vector<pid_t> tree = {root};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const pid_t parent = tree[i];
    for (const auto& [pid, its_parent] : parents) {
      if (its_parent == parent) tree.push_back(pid);
    }
  }
  return tree;
}

Usage usage(const std::vector<pid_t>& processes) {
  Usage sum;
  for (const pid_t pid : processes) {
    sum.cpu_ns += cpu_ns(pid);
    const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    const auto name_end = stat.rfind(')');  // the name may hold anything
    long long faults = 0;
    if (name_end != std::string::npos &&
        std::sscanf(stat.c_str() + name_end + 1, " %*c %*d %*d %*d %*d %*d %*u %lld", &faults) == 1)
      sum.faults += faults;
  }
  return sum;
}

Libraries libraries(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  char own[4096];
  const ssize_t own_size = readlink((folder + "/exe").c_str(), own, sizeof own);
  std::set<std::string> seen;
  if (own_size > 0) seen.emplace(own, static_cast<std::size_t>(own_size));
  Libraries found;
  const std::string maps = read_file(folder + "/maps");
  for (std::size_t at = 0; at < maps.size();) {
    const std::size_t end = std::min(maps.find('\n', at), maps.size());
    const std::string line = maps.substr(at, end - at);
    at = end + 1;
    const auto path = line.find('/');
    if (path == std::string::npos || line.substr(0, path).find("r-xp") == std::string::npos)
      continue;
    if (!seen.insert(line.substr(path)).second) continue;
    ++found.count;
    found.bytes += file_bytes(line.substr(path));
  }
  return found;
}

std::optional<bool> is_static(const std::string& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Elf64_Ehdr header;
  if (!fd.is_open() || pread(fd.get(), &header, sizeof header, 0) != sizeof header ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
    return std::nullopt;
  for (int i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    const auto at = static_cast<off_t>(header.e_phoff) + i * header.e_phentsize;
    if (pread(fd.get(), &segment, sizeof segment, at) == sizeof segment &&
        segment.p_type == PT_INTERP)
      return false;
  }
  return true;
}

std::optional<CallTracepoint> CallTracepoint::open(const std::vector<pid_t>& processes) {
  perf_event_attr what{};
  what.size = sizeof what;
  what.type = PERF_TYPE_TRACEPOINT;
  what.inherit = 1;
  for (const char* path : kTracepoints) {
    if (what.config == 0) what.config = std::strtoull(read_file(path).c_str(), nullptr, 10);
  }
  if (what.config == 0) return std::nullopt;
  CallTracepoint counter;
  for (const pid_t pid : processes) {
    for (const pid_t thread : numbers_in("/proc/" + std::to_string(pid) + "/task")) {
      Fd event(static_cast<int>(
          syscall(SYS_perf_event_open, &what, thread, -1, -1, PERF_FLAG_FD_CLOEXEC)));
      if (!event.is_open()) return std::nullopt;
      counter.events_.push_back(std::move(event));
    }
  }
  return counter;
}

std::int64_t CallTracepoint::count() const {
  std::int64_t sum = 0;
  for (const Fd& event : events_) {
    std::int64_t value = 0;
    if (read(event.get(), &value, sizeof value) == sizeof value) sum += value;
  }
  return sum;
}

}  // namespace thimble::bench
