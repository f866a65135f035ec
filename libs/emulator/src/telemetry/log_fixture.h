#pragma once
// For tests: logs that write to files in memory.

#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "thimble/base/event_loop.h"
#include "thimble/base/fd.h"
#include "thimble/base/manual_clock.h"

#include "output.h"

namespace thimble::emulator {

// A file in memory.
class Target {
 public:
  Target() : fd_(::memfd_create("log", MFD_CLOEXEC)) {}
  [[nodiscard]] int fd() const { return fd_.number(); }
  // What has been written since the last call.
  std::string take() {
    std::string text(64 * 1024, '\0');
    const ssize_t got = ::pread(fd(), text.data(), text.size(), read_);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    read_ += static_cast<long>(text.size());
    return text;
  }

 private:
  Fd fd_;
  long read_ = 0;
};

class LogTest : public testing::Test {
 protected:
  LogTest() : loop_(EventLoop::create(clock_).value()), output_(*loop_, file_.fd()) {
    using namespace std::chrono;
    clock_.set_wall(sys_days(2024y / February / 9) + 3h + 4min + 5s + 67ms);
  }

  // What has been written since the last call.
  std::string written() {
    output_.flush();
    return file_.take();
  }

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_;
  Target file_;
  Output output_;
};

}  // namespace thimble::emulator
