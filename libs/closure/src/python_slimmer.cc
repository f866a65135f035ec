#include "python_slimmer.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "path_resolver.h"
#include "python_modules.h"
#include "python_packages.h"
#include "python_stdlib.h"

namespace thimble::closure::detail {
namespace {

// Of the standard library, loaded late: by what starts the interpreter, by tracebacks and warnings,
// by codecs named at run time, by datetime.strptime and time zones, by the first use of a thread.
constexpr std::array<std::string_view, 38> kAlways = {"os.py",
                                                      "abc.py",
                                                      "codecs.py",
                                                      "io.py",
                                                      "site.py",
                                                      "stat.py",
                                                      "posixpath.py",
                                                      "genericpath.py",
                                                      "_collections_abc.py",
                                                      "_sitebuiltins.py",
                                                      "runpy.py",
                                                      "pkgutil.py",
                                                      "traceback.py",
                                                      "linecache.py",
                                                      "tokenize.py",
                                                      "token.py",
                                                      "textwrap.py",
                                                      "warnings.py",
                                                      "_weakrefset.py",
                                                      "weakref.py",
                                                      "locale.py",
                                                      "_bootlocale.py",
                                                      "_strptime.py",
                                                      "calendar.py",
                                                      "stringprep.py",
                                                      "threading.py",
                                                      "queue.py",
                                                      "signal.py",
                                                      "__future__.py",
                                                      "_py_warnings.py",
                                                      "_colorize.py",
                                                      "ast.py",
                                                      "contextlib.py",
                                                      "LICENSE.txt",
                                                      "_compat_pickle.py",
                                                      "copyreg.py",
                                                      "functools.py",
                                                      "_threading_local.py"};
constexpr std::array<std::string_view, 16> kCodecs = {
    "__init__",  "aliases",  "ascii",          "utf_8",
    "utf_8_sig", "latin_1",  "iso8859_1",      "cp1252",
    "cp437",     "utf_16",   "utf_16_le",      "utf_16_be",
    "idna",      "punycode", "unicode_escape", "raw_unicode_escape"};
constexpr std::array<std::string_view, 3> kAlwaysFolders = {"importlib", "collections", "json"};
constexpr std::array<std::string_view, 4> kAlwaysExtensions = {"_queue", "_datetime", "_struct",
                                                               "unicodedata"};
constexpr std::array<std::string_view, 4> kMetadata = {"METADATA", "entry_points.txt",
                                                       "top_level.txt", "WHEEL"};

bool contains(const auto& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

// "x/__pycache__/y.cpython-311.pyc" and "x/y.py" are one module, as is "x/y.pyc" without a source.
std::string module_source(const std::string& path, std::string_view cache_tag) {
  if (!path.ends_with(".pyc")) return path;
  const std::string ending = "." + std::string(cache_tag) + ".pyc";
  const std::string_view folder = folder_of(path);
  if (name_of(folder) == "__pycache__" && path.ends_with(ending)) {
    const std::string_view name = name_of(path);
    return join(folder_of(folder), name.substr(0, name.size() - ending.size())) + ".py";
  }
  return path.substr(0, path.size() - 1);
}

}  // namespace

PythonSlimmer::PythonSlimmer(const PythonClosure& closure, const TraceOptions& options,
                             const std::vector<std::string>& files)
    : closure_(closure), options_(options) {
  // bin/ is below the same folder as lib/.
  home_ = folder_of(folder_of(closure.interpreter.substr(1)));
  stdlib_ = standard_library_path(closure.python, home_);
  for (const std::string& file : files) {
    const std::string path = file.substr(std::min(file.find_first_not_of('/'), file.size()));
    used_.insert(module_source(path, closure.python.cache_tag));
  }
  note_distributions();
}

Result<image::Tree> PythonSlimmer::slim(const image::Tree& tree) {
  image::Tree kept;
  for (const auto& [path, entry] : tree.entries()) {
    if (entry.is_folder()) continue;
    const std::string source = module_source(path, closure_.python.cache_tag);
    const std::string top = top_level(source);
    if (stays(source)) {
      if (auto added = kept.add(path, entry); !added) return fail(std::move(added.error()));
      kept_modules_.insert(top);
      continue;
    }
    // Native libraries come back where something needs them.
    if (top.empty()) continue;
    const std::uint64_t size = entry.size().value_or(0);
    dropped_[top] += size;
  }
  return kept;
}

void PythonSlimmer::report(TracedClosure& result) const {
  for (const auto& [name, size] : dropped_) {
    if (!kept_modules_.contains(name)) result.dropped_modules.emplace_back(name, size);
  }
  std::ranges::stable_sort(result.dropped_modules, std::ranges::greater(),
                           &std::pair<std::string, std::uint64_t>::second);
}

bool PythonSlimmer::stays(const std::string& source) const {
  if (used_.contains(source) || source.starts_with(join(home_, "bin/"))) return true;
  for (const std::string& module : options_.keep) {
    for (const std::string& folder : {stdlib_, stdlib_ + "/lib-dynload", options_.task_root}) {
      if (is_of_module(source, join(folder, module_path(module)))) return true;
    }
  }
  if (distributions_.contains(std::string(folder_of(source)))) {
    return contains(kMetadata, name_of(source)) || name_of(source).starts_with("LICEN");
  }
  if (!source.starts_with(stdlib_ + "/")) return false;
  const std::string_view below = std::string_view(source).substr(stdlib_.size() + 1);
  const std::string_view folder = below.substr(0, below.find('/'));
  if (folder == "encodings") {
    return contains(kCodecs, name_of(below).substr(0, name_of(below).find('.')));
  }
  if (folder == "lib-dynload") {
    return contains(kAlwaysExtensions, name_of(below).substr(0, name_of(below).find('.')));
  }
  return contains(kAlways, below) || (folder != below && contains(kAlwaysFolders, folder));
}

// The metadata folders of packages of which something was used: by their lists of files.
void PythonSlimmer::note_distributions() {
  for (const auto& [path, entry] : closure_.packages.entries()) {
    if (!path.ends_with(".dist-info/RECORD")) continue;
    const auto record = entry.read();
    if (!record) continue;
    const std::string site(folder_of(folder_of(path)));
    std::string_view rest = *record;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = rest.substr(0, end);
      if (used_.contains(join(site, line.substr(0, line.find(','))))) {
        distributions_.insert(std::string(folder_of(path)));
        break;
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
}

// The module or package that a file belongs to; empty if it is neither in the standard library
// nor among packages.
std::string PythonSlimmer::top_level(const std::string& path) const {
  std::string_view below;
  const std::string task = options_.task_root + "/";
  const std::string dynload = stdlib_ + "/lib-dynload/";
  if (path.starts_with(dynload)) {
    below = std::string_view(path).substr(dynload.size());
  } else if (path.starts_with(stdlib_ + "/")) {
    below = std::string_view(path).substr(stdlib_.size() + 1);
  } else if (path.starts_with(task)) {
    below = std::string_view(path).substr(task.size());
  } else if (closure_.packages.find(path) != nullptr && is_library(path, {std::string(), 0644})) {
    return {};
  } else if (closure_.packages.find(path) != nullptr) {
    below = path;
  } else {
    return {};
  }
  const std::string_view first = below.substr(0, below.find('/'));
  return std::string(
      first.substr(0, first.size() == below.size() ? first.find('.') : std::string_view::npos));
}

}  // namespace thimble::closure::detail
