#pragma once
// Writes to a descriptor others share, such as stdout, without ever stopping the loop.

#include <functional>
#include <string>
#include <string_view>

#include "thimble/base/event_loop.h"
#include "thimble/base/fd.h"

namespace thimble::emulator {

// Collects bytes during a turn of the loop and writes them at its end. What the reader does not
// take yet is kept; is_full() tells who produces more to wait for on_room. If the reader has gone
// the bytes are thrown away, and so is what a full disk has no room for, or what comes when 64 MiB
// wait for a reader who does not read.
class Output final {
 public:
  // Does not own `fd`, and does not change its flags: O_NONBLOCK would be seen by every process
  // that shares it.
  Output(EventLoop& loop, int fd);

  void append(std::string_view bytes);

  // What was appended last ended a line, or there was nothing.
  [[nodiscard]] bool is_at_line_start() const { return is_at_line_start_; }

  // More than 64 KiB are waiting.
  [[nodiscard]] bool is_full() const { return pending_.size() - written_ > kFull; }
  // Called whenever is_full() ends.
  void on_room(std::function<void()> callback) { room_ = std::move(callback); }

  // Called when bytes are lost for want of room, once, and when there is room again; says so in a
  // few words. Whatever it appends comes later.
  void on_loss(std::function<void(const std::string& what)> callback) {
    tell_loss_ = std::move(callback);
  }

  // Writes what can be written now.
  void flush();
  // Writes everything, or gives up after `longest`. At the end of the program.
  void finish(Milliseconds longest);

 private:
  enum class Kind { kFile, kNonBlocking, kSocket, kPolled };
  static constexpr std::size_t kFull = 64 * 1024;
  static constexpr std::size_t kMost = 64 * 1024 * 1024;

  void write_some();
  void tell_loss(std::size_t lost_before);
  [[nodiscard]] long write_piece(std::string_view bytes) const;

  EventLoop& loop_;
  int fd_;
  Fd own_;  // the same file, opened again with O_NONBLOCK of its own
  Kind kind_ = Kind::kFile;
  FdWatch watch_;
  Deferred flush_;
  std::string pending_;
  std::size_t written_ = 0;
  bool is_at_line_start_ = true;
  bool is_waiting_ = false;
  bool is_broken_ = false;
  std::size_t lost_ = 0;  // since it was last told that there is room
  int why_lost_ = 0;
  bool is_loss_told_ = false;
  std::function<void()> room_;
  std::function<void(const std::string&)> tell_loss_;
};

}  // namespace thimble::emulator
