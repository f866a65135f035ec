#pragma once
// Which process is at the other end of a connection, from /proc.

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace thimble::emulator {

// The process, `root` or a living descendant of it, that holds the established TCP socket with that
// local port. Nothing if none does, or nobody may know. Reads every descriptor of these processes:
// not for every request.
[[nodiscard]] std::optional<pid_t> owner_of_port(pid_t root, std::uint16_t local_port);

// Whether a process has ended; a zombie has.
[[nodiscard]] bool has_ended(pid_t process);

}  // namespace thimble::emulator
