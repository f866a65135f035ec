#include "python_compiler.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include <thimble/base/file.h>
#include <thimble/base/subprocess.h>
#include <thimble/image/digest.h>
#include <thimble/json/writer.h>

#include "path_resolver.h"
#include "python_scripts.h"
#include "temporary_folder.h"

namespace thimble::closure::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestSource = std::size_t{64} << 20;
constexpr std::chrono::minutes kPatience{30};

struct Module {
  std::string path;   // In the tree.
  std::string key;    // Names the compiled form in the cache.
  fs::path source;    // On disk.
  fs::path compiled;  // On disk, once it is.
  std::string bytes;  // The compiled form; empty if it cannot be compiled.
};

// Deletes the files that were written longest ago, until what is left fits.
void prune(const fs::path& cache, std::uint64_t limit) {
  struct File {
    fs::file_time_type time;
    fs::path path;
    std::uint64_t size;
  };
  std::vector<File> files;
  std::uint64_t total = 0;
  std::error_code error;
  for (fs::directory_iterator at(cache, error), end; !error && at != end; at.increment(error)) {
    std::error_code one;
    File file{at->last_write_time(one), at->path(), at->file_size(one)};
    if (one) continue;
    total += file.size;
    files.push_back(std::move(file));
  }
  if (total <= limit) return;
  std::ranges::sort(files, {}, &File::time);
  for (const File& file : files) {
    if (total <= limit / 2) return;
    std::error_code ignored;
    if (fs::remove(file.path, ignored)) total -= file.size;
  }
}

// Has the interpreter compile these, each to its file.
Result<void> run_compiler(const PythonInstall& python, const std::vector<Module*>& modules,
                          unsigned jobs) {
  std::string work;
  json::Writer out(work, {.ascii = true});
  out.begin_array();
  for (const Module* module : modules) {
    out.begin_array().string(module->source.string()).string("/" + module->path);
    out.string(module->compiled.string()).end_array();
  }
  out.end_array();
  // Only what is said here reaches the compiler, and so the bytes it makes.
  auto finished = run({.argv = {python.executable.string(), "-s", "-S", "-B", "-W", "ignore", "-c",
                                kCompile, std::to_string(std::max(jobs, 1U))},
                       .directory = "/",
                       .environment = {{"PYTHONHASHSEED=0", "PYTHONUTF8=1", "LC_ALL=C"}},
                       .input = std::move(work),
                       .timeout = kPatience});
  if (!finished) return fail(std::move(finished.error()));
  if (finished->exit_code != 0) {
    return fail(ErrorCode::kIo, "'" + python.executable.string() + "' fails: " + finished->err);
  }
  return {};
}

Result<Module> describe(const PythonInstall& python, const std::string& path,
                        const image::TreeEntry& entry, const fs::path& scratch,
                        std::size_t number) {
  auto source = entry.read();
  if (!source) return fail(std::move(source.error()));
  Module module{.path = path, .key = {}, .source = {}, .compiled = {}, .bytes = {}};
  std::string identity = python.identity + '\0' + path + '\0';
  module.key = image::Digest::of(identity + *source).hex();
  module.compiled = scratch / (std::to_string(number) + ".pyc");
  if (const auto* disk = std::get_if<image::TreeEntry::OnDisk>(&entry.what)) {
    module.source = disk->path;
  } else {
    module.source = scratch / (std::to_string(number) + ".py");
    if (auto written = write_file(module.source, *source); !written) {
      return fail(std::move(written.error()));
    }
  }
  return module;
}

}  // namespace

std::string compiled_path(std::string_view source, std::string_view cache_tag) {
  const std::string_view name = name_of(source);
  return join(join(folder_of(source), "__pycache__"),
              std::string(name.substr(0, name.size() - 3)) + "." + std::string(cache_tag) + ".pyc");
}

Result<void> compile_python(const PythonInstall& python, image::Tree& tree,
                            const CompileOptions& options) {
  const auto scratch = TemporaryFolder::make();
  if (!scratch) return fail(scratch.error());
  std::vector<Module> modules;
  for (const auto& [path, entry] : tree.entries()) {
    if (!entry.is_file() || !path.ends_with(".py")) continue;
    if (entry.size().value_or(0) > kLargestSource) continue;
    auto module = describe(python, path, entry, scratch->path(), modules.size());
    if (!module) return fail(std::move(module.error()).during("compile '/" + path + "'"));
    modules.push_back(std::move(*module));
  }
  std::vector<Module*> left;
  for (Module& module : modules) {
    if (!options.cache.empty()) module.bytes = read_file(options.cache / module.key).value_or("");
    if (module.bytes.empty()) left.push_back(&module);
  }
  if (!left.empty()) {
    if (auto ran = run_compiler(python, left, options.jobs); !ran) {
      return fail(std::move(ran.error()).during("compile Python modules"));
    }
  }
  for (Module* module : left) {
    module->bytes = read_file(module->compiled).value_or("");
    // A cache that cannot be written to is one that is not there.
    if (!options.cache.empty() && !module->bytes.empty()) {
      (void)write_file(options.cache / module->key, module->bytes).has_value();
    }
  }
  if (!left.empty() && !options.cache.empty()) prune(options.cache, options.cache_limit);
  for (Module& module : modules) {
    if (module.bytes.empty()) continue;
    if (options.drop_sources) tree.remove(module.path);
    const std::string where =
        options.drop_sources ? module.path + "c" : compiled_path(module.path, python.cache_tag);
    if (auto added = tree.add_bytes(where, std::move(module.bytes)); !added) return added;
  }
  return {};
}

}  // namespace thimble::closure::detail
