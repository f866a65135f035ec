#include "proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "thimble/base/fd.h"

namespace thimble::emulator {

std::string_view read_start(const char* path, std::span<char> space) {
  const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return {};
  const ssize_t got = ::read(file.number(), space.data(), space.size());
  return got > 0 ? std::string_view(space.data(), static_cast<std::size_t>(got))
                 : std::string_view();
}

std::string read_whole(const char* path) {
  std::string text;
  const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return text;
  std::array<char, 16384> space;
  for (;;) {
    const ssize_t got = ::read(file.number(), space.data(), space.size());
    if (got <= 0) return text;
    text.append(space.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace thimble::emulator
