#include "probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <vector>

#include "support.h"

namespace thimble::bench {
namespace {

std::string read_file(const std::string& path) {
  std::string text;
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char part[4096];
  ssize_t n;
  while (fd.is_open() && (n = read(fd.get(), part, sizeof part)) > 0)
    text.append(part, static_cast<std::size_t>(n));
  return text;
}

// The number after `label` in the text of a /proc file.
std::int64_t number_after(const std::string& text, const char* label) {
  const auto at = text.find(label);
  return at == std::string::npos ? 0 : std::atoll(text.c_str() + at + std::strlen(label));
}

struct Status {
  pid_t parent = 0;
  char state = 0;
};

Status status_of(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const auto name_end = stat.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos || name_end + 4 > stat.size()) return {};
  return {.parent = std::atoi(stat.c_str() + name_end + 4), .state = stat[name_end + 2]};
}

// Calls `visit(pid, state)` for each child, in the order of their pids.
template <typename Visit>
void each_child(pid_t parent, Visit visit) {
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return;
  while (const dirent* entry = readdir(proc)) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    const Status status = status_of(pid);
    if (status.parent == parent) visit(pid, status.state);
  }
  closedir(proc);
}

}  // namespace

std::int64_t cpu_ns(pid_t pid) {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Memory memory(pid_t pid) {
  const std::string text = read_file("/proc/" + std::to_string(pid) + "/status");
  return {number_after(text, "VmRSS:"), number_after(text, "VmHWM:")};
}

int open_descriptors(pid_t pid) {
  int count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc/" + std::to_string(pid) + "/fd", error), end;
       !error && it != end; it.increment(error)) {
    ++count;
  }
  return count;
}

int children(pid_t pid, bool zombies_only) {
  int count = 0;
  each_child(pid, [&](pid_t, char state) { count += !zombies_only || state == 'Z'; });
  return count;
}

pid_t parent_of(pid_t pid) {
  return status_of(pid).parent;
}

pid_t first_child(pid_t pid) {
  pid_t found = 0;
  each_child(pid, [&](pid_t child, char state) {
    if (found == 0 && state != 'Z') found = child;
  });
  return found;
}

std::string last_lines(const std::string& path, int count) {
  std::string text = read_file(path);
  std::size_t at = text.size();
  for (int i = 0; i <= count && at != std::string::npos && at > 0; ++i)
    at = text.rfind('\n', at - 1);
  return at == std::string::npos || at == 0 ? text : text.substr(at + 1);
}

std::int64_t file_bytes(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<std::int64_t>(size);
}

std::optional<std::int64_t> gzip_bytes(const std::string& path) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], 1);
    execlp("gzip", "gzip", "-9", "-n", "-c", path.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  const Fd from(ends[0]);
  std::int64_t total = 0;
  std::vector<char> part(1 << 16);
  ssize_t n;
  while ((n = read(from.get(), part.data(), part.size())) > 0) total += n;
  int status = 1;
  waitpid(pid, &status, 0);
  if (status != 0) return std::nullopt;
  return total;
}

std::optional<CallCounter> CallCounter::attach(pid_t pid, const std::string& scratch_file) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const std::string target = std::to_string(pid);
  const pid_t strace = fork();
  if (strace == 0) {
    dup2(ends[1], 2);
    execlp("strace", "strace", "-f", "-c", "-o", scratch_file.c_str(), "-p", target.c_str(),
           nullptr);
    _exit(127);
  }
  close(ends[1]);
  Fd messages(ends[0]);
  std::string said;
  const std::int64_t limit = now_ns() + 5'000'000'000;
  while (said.find("attached") == std::string::npos) {
    pollfd waiting{.fd = messages.get(), .events = POLLIN, .revents = 0};
    char part[512];
    const ssize_t n = poll(&waiting, 1, 200) > 0 ? read(messages.get(), part, sizeof part) : -1;
    if (n > 0) said.append(part, static_cast<std::size_t>(n));
    if (n == 0 || now_ns() > limit) {
      kill(strace, SIGKILL);
      waitpid(strace, nullptr, 0);
      return std::nullopt;
    }
  }
  sleep_us(200'000);  // the other threads
  return CallCounter(strace, scratch_file, std::move(messages));
}

CallCounter::CallCounter(CallCounter&& other) noexcept
    : strace_(std::exchange(other.strace_, -1)),
      file_(std::move(other.file_)),
      messages_(std::move(other.messages_)) {}

CallCounter::~CallCounter() {
  if (strace_ > 0) stop();
}

std::map<std::string, std::int64_t> CallCounter::stop() {
  kill(strace_, SIGINT);
  waitpid(strace_, nullptr, 0);
  strace_ = -1;
  // Lines: % time, seconds, usecs/call, calls, [errors,] name. The first two are a heading, the
  // last is the total.
  std::map<std::string, std::int64_t> calls;
  const std::string text = read_file(file_);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    long long count = 0;
    if (std::sscanf(line.c_str(), " %*f %*f %*d %lld", &count) != 1) continue;
    const std::string name = line.substr(line.find_last_of(' ') + 1);
    if (name != "total") calls[name] = count;
  }
  return calls;
}

Machine this_machine() {
  utsname names{};
  uname(&names);
  const std::string cpuinfo = read_file("/proc/cpuinfo");
  std::string cpu = "unknown";
  if (const auto at = cpuinfo.find("model name\t: "); at != std::string::npos) {
    cpu = cpuinfo.substr(at + 13, cpuinfo.find('\n', at) - at - 13);
  }
  char date[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)), cpu,
          std::string(names.sysname) + " " + names.release, date};
}

double load_average() {
  double load = 0;
  getloadavg(&load, 1);
  return load;
}

}  // namespace thimble::bench
