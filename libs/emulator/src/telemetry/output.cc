#include "output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

namespace thimble::emulator {

Output::Output(EventLoop& loop, int fd)
    : loop_(loop),
      fd_(fd),
      watch_(loop, [this](Readiness) { flush(); }),
      flush_(loop, [this] { flush(); }) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) {
    is_broken_ = true;
    return;
  }
  if (S_ISSOCK(info.st_mode)) {
    kind_ = Kind::kSocket;
  } else if (S_ISFIFO(info.st_mode) || (S_ISCHR(info.st_mode) && ::isatty(fd) == 1)) {
    // The open file is shared, so its flags are not ours to change; opening it again gives one of
    // our own. That may be forbidden, in a container with another user: then poll() tells when
    // PIPE_BUF bytes will not block.
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    own_ = Fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    kind_ = own_.is_open() ? Kind::kNonBlocking : Kind::kPolled;
    if (own_.is_open()) fd_ = own_.number();
  }
}

void Output::append(std::string_view bytes) {
  if (is_broken_ || bytes.empty()) return;
  if (pending_.size() - written_ + bytes.size() > kMost) {
    why_lost_ = ENOBUFS;
    const std::size_t lost_before = lost_;
    lost_ += bytes.size();
    return tell_loss(lost_before);
  }
  pending_ += bytes;
  is_at_line_start_ = bytes.back() == '\n';
  if (!is_waiting_) flush_.schedule();
}

long Output::write_piece(std::string_view bytes) const {
  switch (kind_) {
    case Kind::kSocket:
      return ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    case Kind::kPolled: {
      pollfd question{.fd = fd_, .events = POLLOUT, .revents = 0};
      if (::poll(&question, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
      }
      return ::write(fd_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    }
    case Kind::kFile:
    case Kind::kNonBlocking:
      break;
  }
  return ::write(fd_, bytes.data(), bytes.size());
}

void Output::write_some() {
  while (written_ < pending_.size()) {
    const long count = write_piece(std::string_view(pending_).substr(written_));
    if (count >= 0) {
      written_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) {
      // There may be room again later; the function goes on all the same.
      why_lost_ = errno;
      lost_ += pending_.size() - written_;
      written_ = pending_.size();
    } else if (errno != EINTR) {
      is_broken_ = true;  // nobody reads any more
      written_ = pending_.size();
    }
  }
}

void Output::tell_loss(std::size_t lost_before) {
  const bool is_lossy = lost_ > lost_before;
  if (is_lossy == is_loss_told_) return;
  is_loss_told_ = is_lossy;
  const std::string what =
      is_lossy ? std::string(::strerror(why_lost_)) + ", output is lost"
               : "there is room again, " + std::to_string(lost_) + " bytes of output were lost";
  if (!is_lossy) lost_ = 0;
  if (tell_loss_) tell_loss_(what);
}

void Output::flush() {
  const bool was_full = is_full();
  const bool has_bytes = written_ < pending_.size();
  const std::size_t lost_before = lost_;
  write_some();
  if (written_ == pending_.size()) {
    if (is_waiting_) watch_.stop();
    is_waiting_ = false;
    pending_.clear();
    written_ = 0;
  } else {
    if (written_ > kFull) {
      pending_.erase(0, written_);
      written_ = 0;
    }
    // A descriptor that cannot be watched is one that is always ready.
    if (!is_waiting_) is_waiting_ = watch_.start(fd_, {.writable = true}).has_value();
    if (!is_waiting_) flush_.schedule();
  }
  if (was_full && !is_full() && room_) room_();
  if (lost_ > lost_before || (lost_ > 0 && has_bytes && !is_full())) tell_loss(lost_before);
}

void Output::finish(Milliseconds longest) {
  const SteadyTime end = loop_.clock().now() + longest;
  write_some();
  while (written_ < pending_.size() && !is_broken_) {
    const auto left = std::chrono::ceil<Milliseconds>(end - loop_.clock().now()).count();
    if (left <= 0) return;
    pollfd question{.fd = fd_, .events = POLLOUT, .revents = 0};
    ::poll(&question, 1, static_cast<int>(left));
    write_some();
  }
}

}  // namespace thimble::emulator
