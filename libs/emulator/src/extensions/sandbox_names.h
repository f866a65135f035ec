#pragma once
// The names sandbox and sandbox.localdomain, under which Lambda's extensions listen and subscribe
// (https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).

#include <string>
#include <string_view>

namespace thimble::emulator {

// Whether `mountinfo` (proc_pid_mountinfo(5)) says that /etc/hosts is a file the container's engine
// has made for this container, or for its pod. Not so for the machine's own file, also when it is
// mounted into a container, nor for one that is part of an image.
[[nodiscard]] bool is_engines_hosts_file(std::string_view mountinfo);

// What `hosts`, the text of such a file, lacks for both names to lead to loopback; nothing if both
// stand there, wherever they lead.
[[nodiscard]] std::string missing_sandbox_names(std::string_view hosts);

// Appends them to `hosts_file`, unless `mountinfo_file` forbids it. A file that cannot be read or
// written stays as it is: who needs the names says so well enough.
void add_sandbox_names(const char* hosts_file = "/etc/hosts",
                       const char* mountinfo_file = "/proc/self/mountinfo");

}  // namespace thimble::emulator
