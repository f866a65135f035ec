#include "client_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "support.h"

namespace thimble::bench {
namespace {

constexpr const char* kEnvironment[] = {
    "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
    "AWS_DEFAULT_REGION=us-east-1",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=3008",
    "AWS_LAMBDA_FUNCTION_NAME=test_function",
    "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
    "AWS_LAMBDA_LOG_FORMAT=Text",
    "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/test_function",
    "AWS_LAMBDA_LOG_STREAM_NAME=2020/01/01/[$LATEST]00000000000000000000000000000000",
    "AWS_REGION=us-east-1",
    "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN=token",
    "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS=169.254.79.129:2000",
    "LAMBDA_RUNTIME_DIR=/var/runtime",
    "LAMBDA_TASK_ROOT=/var/task",
    "LANG=en_US.UTF-8",
    "TZ=:UTC",
    "_AWS_XRAY_DAEMON_ADDRESS=169.254.79.129",
    "_AWS_XRAY_DAEMON_PORT=2000",
    "_HANDLER=echo.handler",
};

}  // namespace

ClientProgram parse_client(const char* flag, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    die("%s '%s' is not NAME=PATH", flag, text.c_str());
  ClientProgram program{.name = text.substr(0, equals), .command = {}};
  for (std::size_t at = equals + 1; at <= text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) program.command.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (program.command.empty() || access(program.command[0].c_str(), X_OK) != 0)
    die("%s: cannot execute '%s'", flag, text.c_str() + equals + 1);
  return program;
}

ClientProcess ClientProcess::start(const ClientProgram& program, const std::string& runtime_api,
                                   const std::string& log) {
  std::vector<const char*> arguments;
  for (const std::string& argument : program.command) arguments.push_back(argument.c_str());
  arguments.push_back(nullptr);
  const char* our_path = std::getenv("PATH");
  const std::string path = std::string("PATH=") + (our_path == nullptr ? "/usr/bin" : our_path);
  const std::string api = "AWS_LAMBDA_RUNTIME_API=" + runtime_api;
  std::vector<const char*> environment(std::begin(kEnvironment), std::end(kEnvironment));
  environment.insert(environment.end(), {path.c_str(), api.c_str(), nullptr});
  const Fd output(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const Fd nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!output.is_open()) die("log '%s': %s", log.c_str(), std::strerror(errno));

  const std::int64_t started = now_ns();
  // vfork, because a copy of our page tables would be counted as the client's start.
  // NOLINTNEXTLINE(bugprone-unsafe-functions,clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork)
  const pid_t pid = vfork();
  if (pid < 0) die("fork: %s", std::strerror(errno));
  if (pid == 0) {
    // Only system calls between fork and exec.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(nothing.get(), 0);
    dup2(output.get(), 1);
    dup2(output.get(), 2);
    execve(arguments[0], const_cast<char* const*>(arguments.data()),
           const_cast<char* const*>(environment.data()));
    _exit(127);
  }
  return {pid, started};
}

ClientProcess::ClientProcess(ClientProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      started_ns_(other.started_ns_),
      ended_(other.ended_),
      status_(other.status_) {}

ClientProcess::~ClientProcess() {
  if (pid_ <= 0) return;
  kill(-pid_, SIGKILL);
  if (!ended_) waitpid(pid_, nullptr, 0);
}

bool ClientProcess::is_running() {
  if (!ended_ && waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
  return !ended_;
}

std::string ClientProcess::how_it_ended() const {
  if (!ended_) return "running";
  if (WIFSIGNALED(status_)) return "signal " + std::to_string(WTERMSIG(status_));
  return "exit code " + std::to_string(WEXITSTATUS(status_));
}

}  // namespace thimble::bench
