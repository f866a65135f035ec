#pragma once
// The verbs, one file each: what they are called, their flags, what they do.

#include <CLI/CLI.hpp>

#include "context.h"

namespace thimble::cli {

// Each adds its verb to the program. When the verb is what the user asked for, it runs and leaves
// its exit code in the context. Both outlive the call.
void add_build(CLI::App& program, Context& context);
void add_inspect(CLI::App& program, Context& context);
void add_invoke(CLI::App& program, Context& context);
void add_pull(CLI::App& program, Context& context);
void add_push(CLI::App& program, Context& context);
void add_run(CLI::App& program, Context& context);
void add_unpack(CLI::App& program, Context& context);

}  // namespace thimble::cli
