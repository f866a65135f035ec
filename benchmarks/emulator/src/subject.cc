#include "subject.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "board.h"
#include "client.h"
#include "support.h"

namespace thimble::bench {
namespace {

constexpr std::int64_t kListenLimitNs = 10'000'000'000;
constexpr std::int64_t kStopLimitNs = 3'000'000'000;

// A port nobody listens on, below the range from which the kernel takes the ports of outgoing
// connections: one of those could otherwise take it before the emulator does.
std::uint16_t free_port() {
  static std::uint16_t last = static_cast<std::uint16_t>(12'000 + getpid() % 20'000);
  for (int tries = 0; tries < 20'000; ++tries) {
    last = static_cast<std::uint16_t>(last >= 32'000 ? 12'000 : last + 1);
    const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) break;
    const int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(last);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0 &&
        listen(fd.get(), 1) == 0)
      return last;
  }
  die("no free port in 12000..32000");
}

// Runs in the child. In a namespace of its own the subject is PID 1, and /proc shows what it would
// see in a container.
void become_pid_1() {
  if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) {
    _exit(126);
  }
  // Only a child of the one that unshared is in the new namespace: this process stays outside and
  // passes on the end.
  const pid_t inner = fork();
  if (inner == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    mount("proc", "/proc", "proc", 0, nullptr);
    return;
  }
  int status = 0;
  while (waitpid(inner, &status, 0) < 0 && errno == EINTR) {
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
}

}  // namespace

Subject Subject::start(const Program& program, const StartOptions& options) {
  const std::uint16_t invoke_port = free_port();
  const std::uint16_t runtime_port = free_port();
  const std::string invoke = "127.0.0.1:" + std::to_string(invoke_port);
  const std::string runtime_api = "127.0.0.1:" + std::to_string(runtime_port);
  std::vector<const char*> arguments = {
      program.path.c_str(), "--runtime-interface-emulator-address",
      invoke.c_str(),       "--runtime-api-address",
      runtime_api.c_str(),  options.runtime.c_str()};
  if (!program.extensions.empty()) {
    arguments.push_back("--extensions-dir");
    arguments.push_back(program.extensions.c_str());
  }
  arguments.push_back(nullptr);
  const Fd log(open(options.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const Fd nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!log.is_open()) die("log '%s': %s", options.log.c_str(), std::strerror(errno));
  if (options.board.empty()) {
    unsetenv(kBoardVariable);
  } else {
    setenv(kBoardVariable, options.board.c_str(), 1);
  }
  unsetenv("AWS_LAMBDA_MAX_CONCURRENCY");  // it would switch the incumbent to another mode
  unsetenv("AWS_LAMBDA_RUNTIME_API");

  const std::int64_t started = now_ns();
  // vfork, because a copy of our page tables would be counted as the subject's start.
  // NOLINTNEXTLINE(bugprone-unsafe-functions,clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork)
  const pid_t pid = options.as_pid_1 ? fork() : vfork();
  if (pid < 0) die("fork: %s", std::strerror(errno));
  if (pid == 0) {
    // Only the PID 1 case does more than system calls between fork and exec, and it has a real
    // fork.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (options.as_pid_1) become_pid_1();
    dup2(nothing.get(), 0);
    dup2(log.get(), 1);
    dup2(log.get(), 2);
    execv(arguments[0], const_cast<char* const*>(arguments.data()));
    _exit(127);
  }
  return Subject(pid, invoke_port, started);
}

Subject::Subject(Subject&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      port_(other.port_),
      started_ns_(other.started_ns_),
      ended_(other.ended_),
      status_(other.status_) {}

Subject::~Subject() {
  if (pid_ <= 0 || !is_running()) return;
  kill(pid_, SIGTERM);
  const std::int64_t limit = now_ns() + kStopLimitNs;
  while (is_running() && now_ns() < limit) sleep_us(500);
  if (!ended_) {
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

bool Subject::is_running() {
  if (!ended_ && waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
  return !ended_;
}

std::string Subject::how_it_ended() const {
  if (!ended_) return "running";
  if (WIFSIGNALED(status_)) return "signal " + std::to_string(WTERMSIG(status_));
  return "exit code " + std::to_string(WEXITSTATUS(status_));
}

bool Subject::wait_until_it_listens() {
  const std::int64_t limit = now_ns() + kListenLimitNs;
  while (now_ns() < limit) {
    if (connect_loopback(port_, 1).is_open()) return true;
    if (!is_running()) return false;
    sleep_us(20);
  }
  return false;
}

Program parse_program(const char* flag, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    die("%s '%s' is not NAME=PATH", flag, text.c_str());
  Program program{text.substr(0, equals), text.substr(equals + 1)};
  if (access(program.path.c_str(), X_OK) != 0)
    die("%s: cannot execute '%s'", flag, program.path.c_str());
  return program;
}

std::string make_extensions_folder(const std::string& scratch, const std::string& path) {
  std::string folder = scratch + "extensions";
  const std::string link = folder + "/telemetry";
  char* real = realpath(path.c_str(), nullptr);
  if (real == nullptr || mkdir(folder.c_str(), 0700) != 0 || symlink(real, link.c_str()) != 0)
    die("extension '%s': %s", path.c_str(), std::strerror(errno));
  std::free(real);
  return folder;
}

}  // namespace thimble::bench
