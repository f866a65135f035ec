#include "python_handler.h"

#include <chrono>
#include <filesystem>

#include <thimble/base/file.h>
#include <thimble/base/unfinished.h>
#include <thimble/closure/python_closure.h>
#include <thimble/closure/python_trace.h>

#include "progress.h"
#include "request_event.h"

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShown = 8;  // Of what was dropped.

// The events as files; requests become files in `folder`.
Result<std::vector<fs::path>> event_files(const std::vector<project::Event>& events,
                                          const fs::path& project_folder, const fs::path& folder) {
  std::vector<fs::path> files;
  for (const project::Event& event : events) {
    if (!event.event->empty()) {
      files.push_back(project_folder / *event.event);
      continue;
    }
    if (event.request->empty()) continue;
    const auto json =
        request_event({.line = *event.request, .now = std::chrono::system_clock::time_point()});
    if (!json) return fail(Error(json.error()).during("[events." + event.name + "]"));
    fs::path file = folder / (event.name + ".json");
    if (auto written = write_file(file, *json); !written) return fail(written.error());
    files.push_back(std::move(file));
  }
  return files;
}

// Of what `include` names: "email.mime" is a module, "libsqlite3.so.0" and "/usr/lib/x" are files.
bool is_module(const std::string& name) {
  return name.find('/') == std::string::npos && name.find(".so") == std::string::npos;
}

std::string dropped_text(const closure::TracedClosure& traced) {
  std::string text = "traced: left out " + human_size(traced.dropped_bytes) + " in " +
                     std::to_string(traced.dropped_files) + " files";
  std::size_t shown = 0;
  for (const auto& [module, bytes] : traced.dropped_modules) {
    if (++shown > kShown) break;
    text += (shown == 1 ? ": " : ", ") + module + " (" + human_size(bytes) + ")";
  }
  if (traced.dropped_modules.size() > kShown) {
    text += " and " + std::to_string(traced.dropped_modules.size() - kShown) + " others";
  }
  return text;
}

Result<closure::PythonClosure> trace(closure::PythonClosure whole, Handler& handler,
                                     const project::Artifact& artifact,
                                     const HandlerOptions& options) {
  const Unfinished folder(fs::temp_directory_path() / "thimble-events");
  auto files = event_files(artifact.events, options.project_folder, folder.path());
  if (!files) return fail(std::move(files.error()));
  if (files->empty()) {
    return fail(ErrorCode::kInvalid,
                "--slim trace runs the handler on its events, and there are none: give some in "
                "thimble.toml, as [events.hello] with request = \"GET /hello\"");
  }
  closure::TraceOptions wanted;
  wanted.events = std::move(*files);
  wanted.handler = artifact.handler;
  for (const std::string& name : *options.function.image.include) {
    (is_module(name) ? wanted.keep : wanted.include).push_back(name);
  }
  for (const auto& [name, value] : options.function.env) {
    wanted.environment.push_back(name + "=" + *value);
  }
  auto traced = closure::trace_python(whole, wanted);
  if (!traced) return fail(std::move(traced.error()).during("trace"));
  handler.notes.push_back(dropped_text(*traced));
  handler.notes.push_back(traced->caveat);
  return std::move(traced->closure);
}

}  // namespace

Result<void> add_python(Handler& handler, const project::Artifact& artifact,
                        const HandlerOptions& options) {
  closure::PythonOptions wanted;
  wanted.python = artifact.interpreter_file.string();
  wanted.packages = artifact.dependencies;
  wanted.app = artifact.application;
  for (const std::string& name : *options.function.image.include) {
    if (!is_module(name)) wanted.include.push_back(name);
  }
  wanted.exclude_modules = *options.function.image.exclude_modules;
  wanted.whole = *options.function.image.slim == project::Slim::kOff;
  wanted.cache = options.cache_folder / "python";
  auto python = closure::python_closure(wanted);
  if (!python) return fail(std::move(python.error()));
  if (*options.function.image.slim == project::Slim::kTrace) {
    python = trace(std::move(*python), handler, artifact, options);
    if (!python) return fail(std::move(python.error()));
  }
  if (!python->missing.empty()) {
    const closure::MissingLibrary& first = python->missing.front();
    return fail(ErrorCode::kNotFound, "library '" + first.name + "', which '" + first.needed_by +
                                          "' needs, is not on this machine");
  }
  handler.command.front() = python->interpreter;
  handler.runtime = std::move(python->runtime);
  handler.dependencies = std::move(python->packages);
  handler.application = std::move(python->app);
  handler.accounts = true;
  handler.certificates = true;
  return {};
}

}  // namespace thimble::cli
