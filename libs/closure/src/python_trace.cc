#include "thimble/closure/python_trace.h"

#include <utility>

#include "event_run.h"
#include "python_native.h"
#include "python_slimmer.h"

namespace thimble::closure {
namespace {

using namespace detail;

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
  const EventRunner runner(closure, options);
  const auto traced = runner.run_in(closure, true);
  if (!traced) return fail(Error(traced.error()).during("trace the handler"));
  if (auto ran = check_run(*traced, options, "trace the handler"); !ran) {
    return fail(std::move(ran.error()));
  }

  TracedClosure result;
  result.closure = closure;
  PythonSlimmer slimmer(closure, options, traced->files);
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

  const auto verified = runner.run_in(result.closure, false);
  if (!verified) return fail(Error(verified.error()).during("run what is left"));
  if (auto ran = check_run(*verified, options, "run what is left after tracing"); !ran) {
    return fail(std::move(ran.error()));
  }
  result.isolation = runner.isolation();
  result.caveat = "traced with " + std::to_string(options.events.size()) +
                  (options.events.size() == 1 ? " event" : " events") +
                  ": what other events import is not there";
  return result;
}

}  // namespace thimble::closure
