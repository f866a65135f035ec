#include "python_stdlib.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "path_resolver.h"

namespace thimble::closure::detail {
namespace {

namespace fs = std::filesystem;
using std::string_view;

// What others have put there.
constexpr std::array<string_view, 8> kOfMachine = {
    "site-packages", "dist-packages", "EXTERNALLY-MANAGED", "sitecustomize.py", "usercustomize.py",
    "pip",           "wheel",         "setuptools"};

// Besides what every folder is without: tests, compiled modules, libraries to link with.
constexpr std::array<string_view, 14> kTopLevel = {
    "idlelib",        "tkinter", "turtledemo",   "turtle.py",
    "curses",  // For people in front of a screen.
    "ensurepip",      "venv",    "lib2to3",      "pydoc_data",       "_pyrepl",
    "antigravity.py", "this.py", "__hello__.py", "__phello__.foo.py"};

constexpr std::array<string_view, 10> kExtensions = {
    "_tkinter", "_curses", "_curses_panel", "readline",  "_dbm",
    "_gdbm",    "nis",     "ossaudiodev",   "xxsubtype", "_xxtestfuzz"};

bool is_unwanted_extension(string_view file) {
  const string_view name = file.substr(0, file.find('.'));
  return std::ranges::find(kExtensions, name) != kExtensions.end() || name.starts_with("_test") ||
         name.starts_with("xxlimited") || name == "_ctypes_test";
}

// Also of a standard library that is to be whole.
bool is_of_machine(string_view folder, string_view name) {
  return name == "__pycache__" || name.ends_with(".pyc") ||
         (folder.empty() && std::ranges::find(kOfMachine, name) != kOfMachine.end());
}

bool is_unwanted(string_view folder, string_view name) {
  if (name == "test" || name == "tests" || name == "idle_test") return true;
  for (const string_view ending : {".a", ".o", ".exe", ".orig"}) {
    if (name.ends_with(ending)) return true;
  }
  if (folder.empty()) {
    return std::ranges::find(kTopLevel, name) != kTopLevel.end() || name.starts_with("config-") ||
           name == "__phello__";
  }
  return folder == "lib-dynload" && is_unwanted_extension(name);
}

std::uint64_t size_of(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(path, error))) {
    const auto size = fs::file_size(path, error);
    return error ? 0 : size;
  }
  std::uint64_t total = 0;
  for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code one;
    const auto size = at->is_regular_file(one) ? at->file_size(one) : 0;
    if (!one) total += size;
  }
  return total;
}

class Collector final {
 public:
  Collector(fs::path source, std::string target, bool whole, image::Tree& tree, LeftOut& left_out)
      : source_(std::move(source)),
        target_(std::move(target)),
        whole_(whole),
        tree_(tree),
        left_out_(left_out) {}

  Result<void> collect(const std::string& folder) {
    std::error_code error;
    for (fs::directory_iterator at(source_ / folder, error), end; !error && at != end;
         at.increment(error)) {
      const std::string name = at->path().filename().string();
      const std::string path = join(folder, name);
      if (is_of_machine(folder, name) || (!whole_ && is_unwanted(folder, name))) {
        // Compiled modules are made anew: nothing is lost with these, and their size says nothing.
        if (name != "__pycache__") left_out_[name] += size_of(at->path());
        continue;
      }
      if (auto added = add(path, *at); !added) return added;
    }
    if (error)
      return fail(system_error("list '" + (source_ / folder).string() + "'", error.value()));
    return {};
  }

 private:
  Result<void> add(const std::string& path, const fs::directory_entry& entry) {
    std::error_code error;
    // Distributions put links to files elsewhere here, which are not in the image.
    const fs::path real = fs::canonical(entry.path(), error);
    if (error) return {};  // A link that leads nowhere.
    if (entry.is_directory(error)) return entry.is_symlink(error) ? Result<void>() : collect(path);
    if (!fs::is_regular_file(real, error)) return {};
    return tree_.add_file(join(target_, path), real);
  }

  fs::path source_;
  std::string target_;
  bool whole_;
  image::Tree& tree_;
  LeftOut& left_out_;
};

}  // namespace

std::string standard_library_path(const PythonInstall& python, string_view home) {
  const fs::path below = python.stdlib.lexically_relative(python.prefix);
  const bool is_below = !below.empty() && *below.begin() != "..";
  return join(home, is_below ? below.generic_string() : "lib/python" + python.short_version);
}

Result<void> add_standard_library(const PythonInstall& python, string_view home, bool whole,
                                  image::Tree& tree, LeftOut& left_out) {
  return Collector(python.stdlib, standard_library_path(python, home), whole, tree, left_out)
      .collect("");
}

}  // namespace thimble::closure::detail
