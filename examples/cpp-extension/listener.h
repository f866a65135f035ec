#pragma once
// Takes what the Telemetry API sends over TCP: JSON records, a line each.

#include <functional>
#include <string>
#include <string_view>

#include <thimble/base/fd.h>
#include <thimble/base/result.h>

namespace durations {

class Listener final {
 public:
  // Listens on a port the system chooses.
  [[nodiscard]] static thimble::Result<Listener> open();

  [[nodiscard]] int port() const { return port_; }

  // Reads one connection after the other, and calls `on_line` with each line.
  // Returns when it cannot take another.
  void run(const std::function<void(std::string_view)>& on_line);

 private:
  Listener(thimble::Fd fd, int port) : fd_(std::move(fd)), port_(port) {}

  thimble::Fd fd_;
  int port_;
};

}  // namespace durations
