#include "shutdown.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

#include <thimble/ric/log.h>
#include <thimble/wire/extensions_api.h>

#include "current_error.h"

namespace thimble::ric {
namespace {

constexpr std::string_view kName = "thimble-ric-shutdown";

// The write end of the pipe the thread waits at.
volatile std::sig_atomic_t bell = -1;

void on_signal(int) {
  const int saved = errno;
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
    log::error("on shutdown: " + error.type + ": " + error.message);
  }
  std::fflush(nullptr);
  ::_exit(0);
}

// The connection stays open for as long as the program runs: the answer to its last request never
// comes.
Result<void> register_extension(const Endpoint& endpoint) {
  static Connection connection(endpoint);
  const std::string common = " HTTP/1.1\r\nHost: " + endpoint.text + "\r\n";
  const std::string body = R"({"events":[]})";
  auto asked = connection.exchange(
      "POST " + std::string(wire::kExtensionRegister) + common + std::string(wire::kExtensionName) +
          ": " + std::string(kName) + "\r\nContent-Type: application/json\r\nContent-Length: " +
          std::to_string(body.size()) + "\r\n\r\n",
      body);
  if (!asked) return asked;
  std::string identifier;
  std::string_view lines = connection.response().header_lines();
  Header header;
  while (take_header(lines, header)) {
    if (same_text_ignoring_case(header.name, wire::kExtensionIdentifier)) identifier = header.value;
  }
  if (connection.response().status() != 200 || identifier.empty()) {
    return fail(ErrorCode::kInvalid, std::to_string(connection.response().status()) + " " +
                                         std::string(connection.response().body()));
  }
  return connection.begin("GET " + std::string(wire::kExtensionNext) + common +
                          std::string(wire::kExtensionIdentifier) + ": " + identifier + "\r\n\r\n");
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
  if (auto registered = register_extension(endpoint); !registered) {
    return fail(std::move(registered.error()).during("register for SIGTERM"));
  }
  return {};
}

}  // namespace thimble::ric
