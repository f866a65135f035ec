#include "memory_group.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "thimble/base/parse_number.h"

namespace thimble::emulator {
namespace {

// A folder of ours is thimble-PID-NUMBER, with the process id of the emulator that made it.
constexpr std::string_view kPrefix = "thimble-";

constexpr unsigned kMostGroups = 4096;

// How long killed processes may take to leave their group.
constexpr int kTries = 200;
constexpr int kMillisecondsBetween = 2;

std::string folder_in(const std::string& parent, unsigned number) {
  std::string folder(parent);
  folder.append("/").append(kPrefix).append(std::to_string(::getpid()));
  return folder.append("-").append(std::to_string(number));
}

// Of a folder whose emulator has ended without removing it.
bool is_left_behind(std::string_view name) {
  if (!name.starts_with(kPrefix)) return false;
  name.remove_prefix(kPrefix.size());
  const auto pid = parse_number<pid_t>(name.substr(0, name.find('-')));
  if (!pid || *pid <= 0) return false;
  // In a container everyone is process 1.
  return *pid == ::getpid() || (::kill(*pid, 0) != 0 && errno == ESRCH);
}

void remove_left_behind(const std::string& parent) {
  DIR* const folder = ::opendir(parent.c_str());
  if (folder == nullptr) return;
  while (const dirent* entry = ::readdir(folder)) {
    // A group that is in use cannot be removed.
    if (is_left_behind(entry->d_name)) ::rmdir((parent + "/" + entry->d_name).c_str());
  }
  ::closedir(folder);
}

void kill_all(const std::string& folder) {
  const auto text = read_kernel_file(folder + "/cgroup.procs");
  if (!text) return;
  std::string_view rest(*text);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const auto pid = parse_number<pid_t>(rest.substr(0, end));
    // 0 is a process of a namespace we do not see into.
    if (pid && *pid > 0) ::kill(*pid, SIGKILL);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

}  // namespace

// --- MemoryGroupParent

Result<std::unique_ptr<MemoryGroupParent>> MemoryGroupParent::prepare(MemoryCgroup own) {
  remove_left_behind(own.folder);
  std::unique_ptr<MemoryGroupParent> parent(new MemoryGroupParent(std::move(own)));
  if (parent->own_.is_v2) {
    if (auto passed = parent->pass_memory_on(); !passed) return fail(std::move(passed.error()));
  }
  // What is asked for later must not fail then.
  const auto group = MemoryGroup::create(*parent, std::size_t{1} << 30);
  if (!group) return fail(group.error());
  return parent;
}

Result<void> MemoryGroupParent::pass_memory_on() {
  const std::string switches = own_.folder + "/cgroup.subtree_control";
  const auto passed = read_kernel_file(switches);
  if (!passed) return fail(passed.error());
  if (has_word(*passed, "memory")) return {};
  const std::string folder = folder_in(own_.folder, 0);
  if (::mkdir(folder.c_str(), 0755) != 0) return fail(system_error("mkdir '" + folder + "'"));
  moved_to_ = folder;  // and back, whatever follows
  if (auto moved = write_kernel_file(folder + "/cgroup.procs", "0"); !moved) return moved;
  return write_kernel_file(switches, "+memory");
}

MemoryGroupParent::~MemoryGroupParent() {
  if (moved_to_.empty()) return;
  // Nobody is left to tell if one of these fails.
  std::ignore = write_kernel_file(own_.folder + "/cgroup.subtree_control", "-memory");
  std::ignore = write_kernel_file(own_.folder + "/cgroup.procs", "0");
  ::rmdir(moved_to_.c_str());
}

// --- MemoryGroup

Result<std::unique_ptr<MemoryGroup>> MemoryGroup::create(const MemoryGroupParent& parent,
                                                         std::size_t limit_bytes) {
  const MemoryCgroup& cgroup = parent.cgroup();
  // The one before may still be there, as long as somebody in it does not die.
  unsigned number = 1;
  std::string folder = folder_in(cgroup.folder, number);
  while (::mkdir(folder.c_str(), 0755) != 0) {
    if (errno != EEXIST || number == kMostGroups) {
      return fail(system_error("mkdir '" + folder + "'"));
    }
    folder = folder_in(cgroup.folder, ++number);
  }
  std::unique_ptr<MemoryGroup> group(new MemoryGroup(cgroup.is_v2, folder));
  if (auto limited = group->limit(limit_bytes); !limited) return fail(std::move(limited.error()));
  const std::string procs = folder + "/cgroup.procs";
  group->procs_ = Fd(::open(procs.c_str(), O_WRONLY | O_CLOEXEC));
  if (!group->procs_.is_open()) return fail(system_error("open '" + procs + "'"));
  return group;
}

Result<void> MemoryGroup::limit(std::size_t bytes) {
  const std::string text = std::to_string(bytes);
  if (auto set =
          write_kernel_file(folder_ + (is_v2_ ? "/memory.max" : "/memory.limit_in_bytes"), text);
      !set) {
    return set;
  }
  // What is full must not be swapped out; a kernel that does not count swap has no such files.
  std::ignore = is_v2_ ? write_kernel_file(folder_ + "/memory.swap.max", "0")
                       : write_kernel_file(folder_ + "/memory.memsw.limit_in_bytes", text);
  return {};
}

MemoryGroup::~MemoryGroup() {
  procs_.reset();
  // Also those that have left their process group. Orphans that we inherit leave when they are
  // dead.
  for (int i = 0; i < kTries; ++i) {
    kill_all(folder_);
    if (::rmdir(folder_.c_str()) == 0 || errno != EBUSY) return;
    ::poll(nullptr, 0, kMillisecondsBetween);
  }
}

std::size_t MemoryGroup::number_in(const char* file) const {
  const auto text = read_kernel_file(folder_ + file);
  if (!text) return 0;
  return parse_number<std::size_t>(std::string_view(*text).substr(0, text->find('\n'))).value_or(0);
}

std::size_t MemoryGroup::kills() const {
  const auto text = read_kernel_file(folder_ + (is_v2_ ? "/memory.events" : "/memory.oom_control"));
  return text ? number_of(*text, "oom_kill") : 0;
}

std::size_t MemoryGroup::used_bytes() const {
  // In this order: what grows meanwhile makes it less, not more.
  const std::size_t all = number_in(is_v2_ ? "/memory.current" : "/memory.usage_in_bytes");
  const auto text = read_kernel_file(folder_ + "/memory.stat");
  const std::size_t cache =
      text ? number_of(*text, "active_file") + number_of(*text, "inactive_file") : 0;
  return all - std::min(all, cache);
}

std::size_t MemoryGroup::peak_bytes() const {
  return number_in(is_v2_ ? "/memory.peak" : "/memory.max_usage_in_bytes");
}

}  // namespace thimble::emulator
