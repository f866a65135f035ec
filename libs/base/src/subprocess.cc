#include "thimble/base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "thimble/base/fd.h"

// NOLINTNEXTLINE(readability-redundant-declaration)
extern char** environ;

namespace thimble {
namespace {

using std::chrono::steady_clock;

// What posix_spawn is told, freed in the end.
class Actions final {
 public:
  Actions() { ::posix_spawn_file_actions_init(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// A socket pair: writing to one whose reader is gone can be done without SIGPIPE.
struct Stream {
  Fd ours;
  Fd theirs;
};

Result<Stream> open_stream() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(system_error("open a socket pair"));
  }
  return Stream{Fd(ends[0]), Fd(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (const std::string& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

// Reaps the child in the end, killing it if that has not been done.
class Child final {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    (void)wait();
  }

  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
};

// Appends what can be read; closes the descriptor at its end.
Result<void> drain(Fd& from, std::string& to, std::size_t limit, const std::string& name) {
  std::array<char, 16384> part{};
  const ssize_t got = ::recv(from.number(), part.data(), part.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return {};
  if (got <= 0) {
    from.reset();
    return {};
  }
  to.append(part.data(), static_cast<std::size_t>(got));
  if (to.size() > limit) {
    return fail(ErrorCode::kLimit,
                "run '" + name + "': it wrote more than " + std::to_string(limit) + " bytes");
  }
  return {};
}

// Gives it what it has room for; closes the descriptor when all is written, or nobody reads.
void feed(Fd& to, std::string_view& rest) {
  if (!rest.empty()) {
    const ssize_t sent = ::send(to.number(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) return;
    rest = sent < 0 ? std::string_view() : rest.substr(static_cast<std::size_t>(sent));
  }
  if (rest.empty()) to.reset();
}

}  // namespace

Result<Finished> run(const Command& command) {
  const std::string& name = command.argv.at(0);
  auto in = open_stream();
  auto out = open_stream();
  auto err = open_stream();
  if (!in || !out || !err) return fail(ErrorCode::kIo, "run '" + name + "': no descriptors left");

  Actions actions;
  if (!command.directory.empty()) {
    ::posix_spawn_file_actions_addchdir_np(actions.get(), command.directory.c_str());
  }
  ::posix_spawn_file_actions_adddup2(actions.get(), in->theirs.number(), 0);
  ::posix_spawn_file_actions_adddup2(actions.get(), out->theirs.number(), 1);
  ::posix_spawn_file_actions_adddup2(
      actions.get(), command.merge_stderr ? out->theirs.number() : err->theirs.number(), 2);

  // Signals that a thread of ours waits for are not blocked in what it starts.
  posix_spawnattr_t attributes{};
  ::posix_spawnattr_init(&attributes);
  sigset_t none{};
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);

  const std::vector<char*> argv = pointers(command.argv);
  const std::vector<char*> environment =
      command.environment ? pointers(*command.environment) : std::vector<char*>{};
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, name.c_str(), actions.get(), &attributes, argv.data(),
                                   command.environment ? environment.data() : environ);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return fail(system_error("run '" + name + "'", error));
  Child child(pid);
  in->theirs.reset();
  out->theirs.reset();
  err->theirs.reset();

  Finished finished;
  std::string_view rest = command.input;
  const auto deadline =
      command.timeout ? std::optional(steady_clock::now() + *command.timeout) : std::nullopt;
  while (in->ours.is_open() || out->ours.is_open() || err->ours.is_open()) {
    int wait = -1;
    if (deadline) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(*deadline - steady_clock::now());
      if (left.count() <= 0) {
        return fail(ErrorCode::kLimit, "run '" + name + "': it took longer than " +
                                           std::to_string(command.timeout->count()) + " ms");
      }
      wait = static_cast<int>(left.count());
    }
    std::array<pollfd, 3> polled{{{in->ours.number(), POLLOUT, 0},
                                  {out->ours.number(), POLLIN, 0},
                                  {err->ours.number(), POLLIN, 0}}};
    if (::poll(polled.data(), polled.size(), wait) < 0) {
      if (errno == EINTR) continue;
      return fail(system_error("poll"));
    }
    if (polled[0].revents != 0) feed(in->ours, rest);
    if (polled[1].revents != 0) {
      if (auto read = drain(out->ours, finished.out, command.max_output, name); !read) {
        return fail(std::move(read.error()));
      }
    }
    if (polled[2].revents != 0) {
      if (auto read = drain(err->ours, finished.err, command.max_output, name); !read) {
        return fail(std::move(read.error()));
      }
    }
  }
  finished.exit_code = child.wait();
  return finished;
}

}  // namespace thimble
