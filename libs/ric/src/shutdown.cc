#include "shutdown.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <thread>

#include <thimble/ric/log.h>

#include "current_error.h"
#include "extensions_client.h"

namespace thimble::ric {
namespace {

constexpr std::string_view kName = "thimble-ric-shutdown";

// The write end of the pipe the thread waits at. The signal may come to any thread.
std::atomic<int> bell = -1;
std::atomic<bool> has_rung = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
  const int saved = errno;
  has_rung = true;
  [[maybe_unused]] const ssize_t written = ::write(bell, "", 1);
  errno = saved;
}

[[noreturn]] void wait_for_signal(int fd, const std::function<void()>& hook) {
  char byte{};
  while (::read(fd, &byte, 1) < 0 && errno == EINTR) {
  }
  try {
    hook();
  } catch (...) {
    const HandlerError error = current_error();
    log::error(joined({"on shutdown: ", error.type, ": ", error.message}));
  }
  // A handler that hangs in the middle of a print holds the lock.
  if (::ftrylockfile(stdout) == 0) std::fflush(stdout);
  ::_exit(0);
}

}  // namespace

Result<void> call_on_shutdown(const Endpoint& endpoint, const std::function<void()>& hook) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(system_error("make a pipe"));
  bell = ends[1];
  std::thread([fd = ends[0], &hook] { wait_for_signal(fd, hook); }).detach();
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, nullptr);
  // Its connection stays open for as long as the program runs: there is no event to answer with.
  static ExtensionsClient client(endpoint);
  if (auto registered = client.register_extension(kName, {}); !registered) {
    return fail(std::move(registered.error()));
  }
  return client.ask_for_next();
}

void let_hook_finish() {
  // From here on no signal starts the hook, and who returns may take it away.
  ::signal(SIGTERM, SIG_IGN);
  while (has_rung) ::pause();
}

}  // namespace thimble::ric
