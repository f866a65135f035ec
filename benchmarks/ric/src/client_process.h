#pragma once
// A runtime interface client under measurement, started as Lambda starts a bootstrap.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace thimble::bench {

struct ClientProgram {
  std::string name;
  std::vector<std::string> command;  // the program's path, then its arguments
};

// Reads `NAME=PATH` or `NAME=PATH ARGUMENT...` (no quoting) and checks that PATH can be executed.
ClientProgram parse_client(const char* flag, const std::string& text);

// One running client, in a process group of its own. Kills the group when destroyed.
class ClientProcess final {
 public:
  // Its environment is what a function of a custom runtime finds, with `runtime_api` as the address
  // of the Runtime API, and nothing of ours but PATH. `log` gets what it prints. Dies when it
  // cannot even fork.
  static ClientProcess start(const ClientProgram& program, const std::string& runtime_api,
                             const std::string& log);

  ClientProcess(ClientProcess&& other) noexcept;
  ClientProcess& operator=(ClientProcess&&) = delete;
  ~ClientProcess();

  bool is_running();
  [[nodiscard]] std::string how_it_ended() const;
  [[nodiscard]] pid_t pid() const { return pid_; }
  // CLOCK_MONOTONIC just before it was started.
  [[nodiscard]] std::int64_t started_ns() const { return started_ns_; }

 private:
  ClientProcess(pid_t pid, std::int64_t started_ns) : pid_(pid), started_ns_(started_ns) {}

  pid_t pid_;
  std::int64_t started_ns_;
  bool ended_ = false;
  int status_ = 0;
};

}  // namespace thimble::bench
