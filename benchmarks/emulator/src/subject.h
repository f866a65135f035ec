#pragma once
// A program under measurement: the floor, our emulator or a peer, started with our runtime as its
// command.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace thimble::bench {

struct Program {
  std::string name;
  std::string path;
  std::string extensions{};  // a folder of extensions it starts; empty for none
};

struct StartOptions {
  std::string runtime;    // path of thimble_bench_runtime
  std::string log;        // file that gets its standard output and error, appended to
  std::string board;      // see board.h; empty for none
  bool as_pid_1 = false;  // in a new pid namespace with its own /proc
};

// One running emulator. Ends it, and with it the runtime, when destroyed.
class Subject final {
 public:
  // Starts `program` on free loopback ports. Does not wait for them. Dies when it cannot even fork.
  static Subject start(const Program& program, const StartOptions& options);

  Subject(Subject&& other) noexcept;
  Subject& operator=(Subject&&) = delete;
  ~Subject();

  // Connects again and again until the invoke port accepts; false after ten seconds or when the
  // process ended.
  bool wait_until_it_listens();

  // True while it has not ended. Afterwards how_it_ended() tells the rest.
  bool is_running();
  [[nodiscard]] std::string how_it_ended() const;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::int64_t started_ns() const { return started_ns_; }

 private:
  Subject(pid_t pid, std::uint16_t port, std::int64_t started_ns)
      : pid_(pid), port_(port), started_ns_(started_ns) {}

  pid_t pid_;
  std::uint16_t port_;
  std::int64_t started_ns_;
  bool ended_ = false;
  int status_ = 0;
};

// Reads `--floor`, `--emulator` and `--peer NAME=PATH` style values: NAME=PATH, checked to be an
// executable file.
Program parse_program(const char* flag, const std::string& text);

// A new folder in `scratch` for Program::extensions, with a link to the extension at `path`.
std::string make_extensions_folder(const std::string& scratch, const std::string& path);

}  // namespace thimble::bench
