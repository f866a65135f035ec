#include "thimble/closure/python_trace.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "thimble/closure/write_tree.h"
#include <thimble/base/subprocess.h>
#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

#include "path_resolver.h"
#include "python_compiler.h"
#include "python_modules.h"
#include "python_native.h"
#include "python_packages.h"
#include "python_scripts.h"
#include "python_stdlib.h"
#include "temporary_folder.h"

namespace thimble::closure {
namespace {

using namespace detail;
namespace fs = std::filesystem;

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

// How one run went.
struct Run {
  bool in_time = false;
  std::vector<std::pair<std::string, std::string>>
      outcomes;  // "response" or "error", and the body.
  std::string output;
  std::vector<std::string> files;
};

Result<Run> parse_run(const std::string& text) {
  Run run;
  std::string scratch;
  json::Reader in(text, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key == "in_time") {
      run.in_time = in.read_bool();
    } else if (*key == "output") {
      run.output = in.read_string();
    } else if (*key == "files") {
      for (in.enter_array(); in.next_element();) run.files.emplace_back(in.read_string());
    } else if (*key == "outcomes") {
      for (in.enter_array(); in.next_element();) {
        auto& outcome = run.outcomes.emplace_back();
        in.enter_array();
        if (in.next_element()) outcome.first = in.read_string();
        if (in.next_element()) outcome.second = in.read_string();
        (void)in.next_element();
      }
    }
  }
  if (auto done = in.finish(); !done) return fail(std::move(done.error()).during("read a trace"));
  return run;
}

// Ways to give a process another root.
struct Isolation {
  std::string name;
  std::vector<std::string> command;  // In front of: sh -c SCRIPT ROOT ...
};

// The first that this machine allows.
Isolation find_isolation() {
  const std::array<Isolation, 2> ways = {
      Isolation{"chroot", {"unshare", "--mount"}},
      Isolation{"user namespace", {"unshare", "--user", "--map-root-user", "--mount"}}};
  for (const Isolation& way : ways) {
    std::vector<std::string> argv = way.command;
    argv.insert(argv.end(), {"sh", "-c", "mount --rbind /proc /proc && chroot / true"});
    const auto tried = run({.argv = std::move(argv), .timeout = std::chrono::minutes(1)});
    if (tried && tried->exit_code == 0) return way;
  }
  return {"folder", {}};
}

class Tracer final {
 public:
  Tracer(const PythonClosure& closure, const TraceOptions& options)
      : closure_(closure), options_(options), isolation_(find_isolation()) {}

  [[nodiscard]] const std::string& isolation() const { return isolation_.name; }

  // Runs the handler on all events in what these trees hold.
  Result<Run> run_in(const PythonClosure& closure, bool trace) const {
    const auto folder = TemporaryFolder::make();
    if (!folder) return fail(folder.error());
    const fs::path root = folder->path() / "root";
    image::Tree tree;
    for (const image::Tree* part : {&closure.runtime, &closure.packages, &closure.app}) {
      if (auto merged = tree.merge(*part); !merged) return fail(std::move(merged.error()));
    }
    if (auto written = write_tree(tree, root); !written) return fail(std::move(written.error()));
    for (const char* name : {"tmp", "proc", "dev"}) {
      std::error_code error;
      fs::create_directories(root / name, error);
      if (error) return fail(system_error("make a folder to run in", error.value()));
    }
    const auto work = describe(root, trace);
    auto finished =
        thimble::run({.argv = {closure_.python.executable.string(), "-I", "-S", "-c", kServeEvents},
                      .input = work,
                      .timeout = options_.timeout + std::chrono::minutes(1)});
    if (!finished) return fail(std::move(finished.error()));
    if (finished->exit_code != 0) {
      return fail(ErrorCode::kIo, "the events cannot be served: " + finished->err);
    }
    auto run = parse_run(finished->out);
    if (!run || isolation_.name != "folder") return run;
    const std::string prefix = root.string();
    for (std::string& file : run->files) {
      if (file.starts_with(prefix)) file.erase(0, prefix.size());
    }
    return run;
  }

 private:
  std::string describe(const fs::path& root, bool trace) const {
    const bool bare = isolation_.name == "folder";
    std::vector<std::string> argv = isolation_.command;
    const std::string python = closure_.python.executable.string();
    if (!bare) {
      argv.insert(argv.end(),
                  {"sh", "-c",
                   "for name in proc dev; do mount --rbind /$name \"$0/$name\" || exit 1; done; "
                   "exec \"$@\"",
                   root.string()});
    }
    const std::string inside = bare ? root.string() : "";
    argv.insert(argv.end(), {python, "-I", "-S", "-c", kEnter, bare ? "" : root.string(),
                             inside + "/" + options_.task_root, inside + closure_.interpreter});
    if (trace) {
      std::string modules;
      for (const std::string& module : options_.keep) modules += module + "\n";
      argv.insert(argv.end(), {"-c", kTrace, modules});
    } else {
      argv.emplace_back("-m");
    }
    argv.insert(argv.end(), {options_.client, options_.handler});

    std::map<std::string, std::string> environment = {
        {"AWS_LAMBDA_FUNCTION_NAME", "function"},
        {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"},
        {"AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"},
        {"AWS_REGION", "us-east-1"},
        {"AWS_DEFAULT_REGION", "us-east-1"},
        {"HOME", "/tmp"},
        {"LAMBDA_TASK_ROOT", inside + "/" + options_.task_root},
        {"LANG", "C.UTF-8"},
        {"PATH", "/var/lang/bin:/usr/local/bin:/usr/bin:/bin"},
        {"TZ", ":UTC"},
        {"_HANDLER", options_.handler}};
    for (const std::string& variable : options_.environment) {
      const std::size_t equals = variable.find('=');
      if (equals == std::string::npos) continue;
      environment[variable.substr(0, equals)] = variable.substr(equals + 1);
    }
    std::string text;
    json::Writer out(text, {.ascii = true});
    out.begin_array().begin_array();
    for (const std::string& word : argv) out.string(word);
    out.end_array().begin_object();
    for (const auto& [name, value] : environment) out.key(name).string(value);
    out.end_object().begin_array();
    for (const fs::path& event : options_.events) out.string(fs::absolute(event).string());
    out.end_array();
    out.integer(std::chrono::duration_cast<std::chrono::seconds>(options_.timeout).count());
    out.boolean(trace).end_array();
    return text;
  }

  const PythonClosure& closure_;
  const TraceOptions& options_;
  Isolation isolation_;
};

std::string shortened(const std::string& text) {
  return text.size() <= 2000 ? text : "..." + text.substr(text.size() - 2000);
}

// Whether every event was answered.
Result<void> check_run(const Run& run, const TraceOptions& options, const std::string& where) {
  for (std::size_t i = 0; i < run.outcomes.size(); ++i) {
    const auto& [kind, body] = run.outcomes[i];
    if (kind == "response") continue;
    const std::string event =
        kind == "init-error" || i >= options.events.size()
            ? "handler '" + options.handler + "' cannot be loaded"
            : "handler '" + options.handler + "' fails on '" + options.events[i].string() + "'";
    return fail(ErrorCode::kInvalid, where + ": " + event + ": " + shortened(body));
  }
  if (run.outcomes.size() < options.events.size()) {
    return fail(run.in_time ? ErrorCode::kInvalid : ErrorCode::kLimit,
                where + ": handler '" + options.handler + "' answers " +
                    std::to_string(run.outcomes.size()) + " of " +
                    std::to_string(options.events.size()) + " events" +
                    (run.in_time ? "" : " in time") + ": " + shortened(run.output));
  }
  return {};
}

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

class Slimmer final {
 public:
  Slimmer(const PythonClosure& closure, const TraceOptions& options, const Run& run)
      : closure_(closure), options_(options) {
    // bin/ is below the same folder as lib/.
    home_ = folder_of(folder_of(closure.interpreter.substr(1)));
    stdlib_ = standard_library_path(closure.python, home_);
    for (const std::string& file : run.files) {
      const std::string path = file.substr(std::min(file.find_first_not_of('/'), file.size()));
      used_.insert(module_source(path, closure.python.cache_tag));
    }
    note_distributions();
  }

  [[nodiscard]] const std::string& home() const { return home_; }

  // Keeps of `tree` what was used; the rest is noted in `result`.
  Result<image::Tree> slim(const image::Tree& tree) {
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

  void report(TracedClosure& result) const {
    for (const auto& [name, size] : dropped_) {
      if (!kept_modules_.contains(name)) result.dropped_modules.emplace_back(name, size);
    }
    std::ranges::stable_sort(result.dropped_modules, std::ranges::greater(),
                             &std::pair<std::string, std::uint64_t>::second);
  }

 private:
  [[nodiscard]] bool stays(const std::string& source) const {
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
  void note_distributions() {
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
  [[nodiscard]] std::string top_level(const std::string& path) const {
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

  const PythonClosure& closure_;
  const TraceOptions& options_;
  std::string home_;
  std::string stdlib_;
  std::set<std::string> used_;
  std::set<std::string> distributions_;
  std::set<std::string> kept_modules_;
  std::map<std::string, std::uint64_t> dropped_;
};

void count_dropped(const PythonClosure& full, TracedClosure& result) {
  for (const auto& [before, after] : {std::pair(&full.runtime, &result.closure.runtime),
                                      std::pair(&full.packages, &result.closure.packages)}) {
    for (const auto& [path, entry] : before->entries()) {
      if (!entry.is_file() || after->find(path) != nullptr) continue;
      ++result.dropped_files;
      result.dropped_bytes += entry.size().value_or(0);
    }
  }
}

}  // namespace

Result<TracedClosure> trace_python(const PythonClosure& closure, const TraceOptions& options) {
  if (options.events.empty()) {
    return fail(ErrorCode::kInvalid,
                "tracing needs an event at least; put one into events/ as JSON");
  }
  const Tracer tracer(closure, options);
  const auto traced = tracer.run_in(closure, true);
  if (!traced) return fail(Error(traced.error()).during("trace the handler"));
  if (auto ran = check_run(*traced, options, "trace the handler"); !ran) {
    return fail(std::move(ran.error()));
  }

  TracedClosure result;
  result.closure = closure;
  Slimmer slimmer(closure, options, *traced);
  for (image::Tree* tree : {&result.closure.runtime, &result.closure.packages}) {
    auto kept = slimmer.slim(*tree);
    if (!kept) return fail(std::move(kept.error()));
    *tree = std::move(*kept);
  }
  image::Tree whole = closure.runtime;
  if (auto merged = whole.merge(closure.packages); !merged) return fail(std::move(merged.error()));
  const TreeView found(whole);
  if (auto added = add_native_libraries(result.closure, slimmer.home(), options.include,
                                        options.base, &found);
      !added) {
    return fail(std::move(added.error()));
  }
  slimmer.report(result);
  count_dropped(closure, result);

  const auto verified = tracer.run_in(result.closure, false);
  if (!verified) return fail(Error(verified.error()).during("run what is left"));
  if (auto ran = check_run(*verified, options, "run what is left after tracing"); !ran) {
    return fail(std::move(ran.error()));
  }
  result.isolation = tracer.isolation();
  result.caveat = "traced with " + std::to_string(options.events.size()) +
                  (options.events.size() == 1 ? " event" : " events") +
                  ": what other events import is not there";
  return result;
}

}  // namespace thimble::closure
