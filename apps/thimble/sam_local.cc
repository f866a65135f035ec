#include "sam_local.h"

#include <thimble/closure/native_closure.h>

namespace thimble::cli {

Result<void> add_shell(image::Tree& tree, bool on_base) {
  if (on_base) return {};
  const closure::FolderView machine("/");
  const auto found = closure::native_closure(machine, {"bin/sh", "bin/mv", "bin/chmod"});
  if (!found) return fail(Error(found.error()).during("--sam-local"));
  return closure::add_to_tree(tree, machine, *found);
}

}  // namespace thimble::cli
