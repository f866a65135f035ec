#include <map>
#include <string>
#include <utility>

#include "thimble/closure/python_closure.h"
#include <thimble/base/subprocess.h>
#include <thimble/json/reader.h>

#include "python_scripts.h"

namespace thimble::closure {
namespace {

constexpr std::chrono::minutes kPatience{1};

bool is_old(std::string_view short_version) {
  return !short_version.starts_with("3.") || (short_version.size() == 3 && short_version[2] < '8');
}

}  // namespace

Result<PythonInstall> find_python(const std::string& python) {
  const std::string what = "ask '" + python + "' about itself";
  auto finished =
      run({.argv = {python, "-I", "-S", "-c", detail::kDescribe}, .timeout = kPatience});
  if (!finished) return fail(std::move(finished.error()).during(what));
  if (finished->exit_code != 0) {
    return fail(ErrorCode::kInvalid, what + ": it fails: " + finished->err);
  }
  std::map<std::string, std::string> values;
  std::string scratch;
  json::Reader in(finished->out, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    const std::string name(*key);
    values[name] = in.read_string();
  }
  if (auto read = in.finish(); !read) return fail(std::move(read.error()).during(what));
  if (values["implementation"] != "cpython" || is_old(values["short_version"])) {
    return fail(ErrorCode::kInvalid, what + ": it is " + values["implementation"] + " " +
                                         values["version"] + ", not CPython 3.8 or later");
  }
  return PythonInstall{.executable = values["executable"],
                       .prefix = values["prefix"],
                       .stdlib = values["stdlib"],
                       .version = values["version"],
                       .short_version = values["short_version"],
                       .cache_tag = values["cache_tag"],
                       .identity = values["identity"],
                       .library = values["library"],
                       .library_folder = values["library_folder"]};
}

}  // namespace thimble::closure
