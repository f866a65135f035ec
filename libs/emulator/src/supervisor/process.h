#pragma once
// One program of an environment: its process group, what it prints, what memory it takes, how it
// ends.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "thimble/base/event_loop.h"

#include "children.h"
#include "spawn.h"

namespace thimble::emulator {

// Told what a process does.
class ProcessListener {
 public:
  virtual ~ProcessListener() = default;
  // Bytes it wrote to stdout or stderr. Returns false to be told no more until resume_output().
  virtual bool on_output(std::string_view bytes) = 0;
  // The leader has ended, its group has been killed, and its output has been read to the end.
  virtual void on_exit(const Exit& exit) = 0;
};

// A started program. Destroying it kills its group.
class Process final : private ExitListener {
 public:
  // `listener` and `children` outlive it. options.output is set here.
  [[nodiscard]] static Result<std::unique_ptr<Process>> start(EventLoop& loop, Children& children,
                                                              SpawnOptions options,
                                                              ProcessListener& listener);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() override;

  [[nodiscard]] int pid() const { return pid_; }

  // SIGTERM to the whole group.
  void terminate();

  // SIGKILL to the whole group.
  void kill();

  // Passes on what has been written by now, whatever on_output answers.
  void drain_output();
  void resume_output();

  // The most memory the process and its descendants had in use at any time they were looked at.
  // Looks again only if the last time was 10 ms ago: reading /proc costs more than a small
  // invocation.
  [[nodiscard]] std::size_t max_memory_bytes();

 private:
  Process(EventLoop& loop, Children& children, ProcessListener& listener, pid_t pid, Fd output);
  void on_exit(const Exit& exit) override;
  // Returns false when there is nothing more to read for now, or ever.
  bool read_output(bool always);

  EventLoop& loop_;
  Children& children_;
  ProcessListener& listener_;
  pid_t pid_;
  bool has_ended_ = false;
  Fd output_;
  FdWatch watch_;
  SteadyTime memory_looked_at_{};
  std::size_t max_memory_bytes_ = 0;
};

}  // namespace thimble::emulator
