#pragma once
// What the program does when an image starts it as its entrypoint inside Lambda.

#include "thimble/base/result.h"

namespace thimble::emulator {

// Whether `program`, an argv[0], asks for the entrypoint.
[[nodiscard]] bool is_entrypoint(const char* program);

// Becomes the handler: executes `arguments`, a null-terminated array without the program's name, or
// the first bootstrap file there is if it is empty. No system call comes before the first execve.
// Returns only if nothing could be executed.
[[nodiscard]] Error exec_handler(char* const* arguments, char* const* environment);

}  // namespace thimble::emulator
