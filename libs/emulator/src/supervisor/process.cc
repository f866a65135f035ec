#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "memory.h"

namespace thimble::emulator {
namespace {

constexpr Milliseconds kBetweenMemoryLooks{10};
constexpr std::size_t kReadAtOnce = 16 * 1024;
constexpr std::size_t kMostInPipe = 1024 * 1024;

}  // namespace

Result<std::unique_ptr<Process>> Process::start(EventLoop& loop, Children& children,
                                                SpawnOptions options, ProcessListener& listener) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(system_error("pipe2"));
  Fd output(ends[0]);
  const Fd theirs(ends[1]);
  // Only our end: the program's must block.
  ::fcntl(output.number(), F_SETFL, O_NONBLOCK);
  options.output = theirs.number();
  auto spawned = spawn(options);
  if (!spawned) return fail(std::move(spawned.error()));

  std::unique_ptr<Process> process(
      new Process(loop, children, listener, spawned->pid, std::move(output)));
  children.watch(spawned->pid, std::move(spawned->pidfd), *process);
  if (auto started = process->watch_.start(process->output_.number(), {.readable = true});
      !started) {
    return fail(std::move(started.error()));
  }
  return process;
}

Process::Process(EventLoop& loop, Children& children, ProcessListener& listener, pid_t pid,
                 Fd output)
    : loop_(loop),
      children_(children),
      listener_(listener),
      pid_(pid),
      output_(std::move(output)),
      watch_(loop, [this](Readiness) { read_output(false); }) {}

Process::~Process() {
  if (has_ended_) return;
  kill();
  children_.forget(pid_);
}

void Process::terminate() {
  ::kill(-pid_, SIGTERM);
}

void Process::kill() {
  // The leader is not yet collected or has just been: no other group can have its number.
  ::kill(-pid_, SIGKILL);
}

void Process::on_exit(const Exit& exit) {
  has_ended_ = true;
  kill();
  drain_output();
  watch_.stop();
  output_.reset();
  max_memory_bytes_ = std::max(max_memory_bytes_, exit.max_memory_bytes);
  listener_.on_exit(exit);  // may destroy us
}

bool Process::read_output(bool always) {
  char bytes[kReadAtOnce];
  const ssize_t got = ::read(output_.number(), bytes, sizeof bytes);
  if (got < 0) return errno == EINTR;
  if (got == 0) {
    watch_.stop();  // everyone who could write has closed it
    return false;
  }
  if (!listener_.on_output({bytes, static_cast<std::size_t>(got)}) && !always) {
    watch_.ask({});
    return false;
  }
  return true;
}

void Process::drain_output() {
  // No pipe holds more; an escaped descendant that writes for ever must not keep us here for ever.
  for (std::size_t read = 0; read < kMostInPipe && output_.is_open(); read += kReadAtOnce) {
    if (!read_output(true)) return;
  }
}

void Process::resume_output() {
  watch_.ask({.readable = true});
}

std::size_t Process::max_memory_bytes() {
  const SteadyTime now = loop_.clock().now();
  if (!has_ended_ && (max_memory_bytes_ == 0 || now - memory_looked_at_ >= kBetweenMemoryLooks)) {
    memory_looked_at_ = now;
    max_memory_bytes_ = std::max(max_memory_bytes_, memory_of_tree(pid_));
  }
  return max_memory_bytes_;
}

}  // namespace thimble::emulator
