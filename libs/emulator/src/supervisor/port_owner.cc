#include "port_owner.h"

#include <dirent.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include "proc_file.h"
#include "process_tree.h"

namespace thimble::emulator {
namespace {

constexpr std::string_view kEstablished = "01";
constexpr std::size_t kMostProcesses = 4096;

// Takes the next word off the front of a line.
std::string_view next_word(std::string_view& line) {
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return line = {};
  line.remove_prefix(begin);
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

// The inode of an established socket with that local port, in proc_net_tcp(5)'s table; empty: none.
std::string_view inode_in(std::string_view table, std::uint16_t local_port) {
  while (!table.empty()) {
    std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(line.size() + 1, table.size()));
    next_word(line);  // its number
    const std::string_view local = next_word(line);
    next_word(line);  // the other end
    if (next_word(line) != kEstablished) continue;
    const std::size_t colon = local.rfind(':');
    if (colon == std::string_view::npos) continue;
    unsigned port = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), port, 16);
    if (port != local_port) continue;
    for (int skipped = 0; skipped < 5; ++skipped) next_word(line);  // queues, timer, retries, user
    return next_word(line);
  }
  return {};
}

// While it lives this thread looks at files as the user and group of a process: without
// CAP_SYS_PTRACE nobody else may see its descriptors. Who could start it so can look so, too.
class EyesOfUserOf final {
 public:
  explicit EyesOfUserOf(pid_t process) {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%d", process);
    struct stat info{};
    if (::stat(path, &info) != 0) return;
    has_changed_ = info.st_uid != ::geteuid() || info.st_gid != ::getegid();
    if (!has_changed_) return;
    ::setfsgid(info.st_gid);
    ::setfsuid(info.st_uid);
  }
  EyesOfUserOf(const EyesOfUserOf&) = delete;
  EyesOfUserOf& operator=(const EyesOfUserOf&) = delete;
  ~EyesOfUserOf() {
    if (!has_changed_) return;
    ::setfsuid(::geteuid());
    ::setfsgid(::getegid());
  }

 private:
  bool has_changed_ = false;
};

bool holds(pid_t process, const std::string& socket) {
  const EyesOfUserOf eyes(process);
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/fd", process);
  DIR* descriptors = ::opendir(path);
  if (descriptors == nullptr) return false;
  bool is_found = false;
  while (const dirent* each = is_found ? nullptr : ::readdir(descriptors)) {
    std::array<char, 64> target{};
    const ssize_t length =
        ::readlinkat(::dirfd(descriptors), each->d_name, target.data(), target.size());
    is_found =
        length > 0 && std::string_view(target.data(), static_cast<std::size_t>(length)) == socket;
  }
  ::closedir(descriptors);
  return is_found;
}

}  // namespace

std::optional<pid_t> owner_of_port(pid_t root, std::uint16_t local_port) {
  for (const char* table : {"tcp", "tcp6"}) {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%d/net/%s", root, table);
    const std::string text = read_whole(path);
    const std::string_view inode = inode_in(text, local_port);
    if (inode.empty()) continue;
    std::string socket("socket:[");
    socket.append(inode).append("]");
    for (const pid_t process : process_tree(root, kMostProcesses)) {
      if (holds(process, socket)) return process;
    }
  }
  return std::nullopt;
}

bool has_ended(pid_t process) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/stat", process);
  const std::string text = read_whole(path);
  // Its name may hold anything; its state stands after the last parenthesis.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= text.size()) return true;
  const char state = text[name_end + 2];
  return state == 'Z' || state == 'X';
}

}  // namespace thimble::emulator
