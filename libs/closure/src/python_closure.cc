#include "thimble/closure/python_closure.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "path_resolver.h"
#include "python_compiler.h"
#include "python_modules.h"
#include "python_native.h"
#include "python_packages.h"
#include "python_stdlib.h"
#include "strip.h"

namespace thimble::closure {
namespace {

using namespace detail;

Result<void> strip_libraries(image::Tree& tree, const std::string& interpreter) {
  image::Tree stripped;
  for (const auto& [path, entry] : tree.entries()) {
    if (!is_library(path, entry) && path != interpreter) continue;
    auto bytes = entry.read();
    if (!bytes) return fail(std::move(bytes.error()));
    const std::size_t before = bytes->size();
    std::string after = without_debug_information(std::move(*bytes));
    if (after.size() == before) continue;
    if (auto added = stripped.add_bytes(path, std::move(after), entry.mode); !added) return added;
  }
  return tree.merge(stripped);
}

Result<Machine> machine_of(const PythonInstall& python) {
  const auto elf = ElfFile::read(python.executable);
  if (!elf) return fail(elf.error());
  if (!*elf) {
    return fail(ErrorCode::kInvalid, "'" + python.executable.string() + "' is no ELF file");
  }
  return (*elf)->machine;
}

Result<void> add_interpreter(const PythonInstall& python, std::string_view home,
                             image::Tree& tree) {
  const std::string bin = join(home, "bin");
  const std::string name = "python" + python.short_version;
  if (auto added = tree.add_file(join(bin, name), python.executable); !added) return added;
  for (const char* other : {"python3", "python"}) {
    if (auto added = tree.add(join(bin, other), {image::TreeEntry::Link{name}, 0777}); !added) {
      return added;
    }
  }
  return {};
}

}  // namespace

Result<PythonClosure> python_closure(const PythonOptions& options) {
  auto python = find_python(options.python);
  if (!python) return fail(std::move(python.error()));
  const auto machine = machine_of(*python);
  if (!machine) return fail(machine.error());

  PythonClosure closure;
  closure.python = std::move(*python);
  closure.app = options.app;
  const std::string interpreter = join(options.home, "bin/python" + closure.python.short_version);
  closure.interpreter = "/" + interpreter;
  LeftOut left_out;
  if (auto done = add_interpreter(closure.python, options.home, closure.runtime); !done) {
    return fail(std::move(done.error()));
  }
  if (auto done = add_standard_library(closure.python, options.home, options.whole, closure.runtime,
                                       left_out);
      !done) {
    return fail(std::move(done.error()));
  }
  auto packages = clean_packages(options.packages);
  if (!packages) return fail(std::move(packages.error()));
  closure.packages = std::move(*packages);
  const std::string stdlib = standard_library_path(closure.python, options.home);
  if (auto done = exclude_modules(options.exclude_modules,
                                  {{closure.runtime, stdlib},
                                   {closure.runtime, join(stdlib, "lib-dynload")},
                                   {closure.packages, options.task_root}},
                                  left_out);
      !done) {
    return fail(std::move(done.error()));
  }
  for (const image::Tree* tree : {&closure.packages, &closure.app}) {
    if (auto done = check_libraries(closure.python, *machine, *tree); !done) {
      return fail(std::move(done.error()));
    }
  }

  CompileOptions compile{.drop_sources = false,
                         .cache = options.cache,
                         .cache_limit = options.cache_limit,
                         .jobs = options.jobs};
  for (image::Tree* tree : {&closure.runtime, &closure.packages, &closure.app}) {
    compile.drop_sources =
        (tree == &closure.runtime && !options.whole && options.sources != PythonSources::kAll) ||
        (tree == &closure.packages && options.sources == PythonSources::kOfApp);
    if (auto done = compile_python(closure.python, *tree, compile); !done) {
      return fail(std::move(done.error()));
    }
  }
  if (auto done =
          add_native_libraries(closure, options.home, options.include, options.base, nullptr);
      !done) {
    return fail(std::move(done.error()));
  }
  for (image::Tree* tree : {&closure.runtime, &closure.packages}) {
    if (auto done = strip_libraries(*tree, interpreter); !done)
      return fail(std::move(done.error()));
  }
  closure.left_out.assign(left_out.begin(), left_out.end());
  std::ranges::stable_sort(closure.left_out, std::ranges::greater(),
                           &std::pair<std::string, std::uint64_t>::second);
  return closure;
}

}  // namespace thimble::closure
