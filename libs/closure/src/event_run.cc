#include "event_run.h"

#include <array>
#include <chrono>
#include <map>
#include <system_error>

#include "thimble/closure/write_tree.h"
#include <thimble/base/subprocess.h>
#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

#include "python_scripts.h"
#include "temporary_folder.h"

namespace thimble::closure::detail {
namespace {

namespace fs = std::filesystem;

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

std::string shortened(const std::string& text) {
  return text.size() <= 2000 ? text : "..." + text.substr(text.size() - 2000);
}

}  // namespace

EventRunner::EventRunner(const PythonClosure& closure, const TraceOptions& options)
    : closure_(closure), options_(options), isolation_(find_isolation()) {}

Result<Run> EventRunner::run_in(const PythonClosure& closure, bool trace) const {
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

std::string EventRunner::describe(const fs::path& root, bool trace) const {
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

}  // namespace thimble::closure::detail
