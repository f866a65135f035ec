// thimble inspect: stub
#include <CLI/CLI.hpp>

#include "verbs.h"
namespace thimble::cli {
void add_inspect(CLI::App&, Context&) {}
}  // namespace thimble::cli
