#include "thimble/project/config.h"

#include <sys/utsname.h>

#include <algorithm>
#include <set>

#include <thimble/base/file.h>

#include "assign.h"
#include "document.h"

namespace thimble::project {
namespace {

using namespace detail;

Arch arch_of_this_machine() {
  utsname name{};
  return ::uname(&name) == 0 && std::string_view(name.machine) == "aarch64" ? Arch::kArm64
                                                                            : Arch::kX86_64;
}

// Every THIMBLE_SECTION_KEY; names that begin otherwise belong to somebody else.
Result<void> assign_variables(const Env& env, Project& project) {
  for (const std::string& entry : env.entries()) {
    const std::size_t equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    if (auto done = assign_variable(project, name, entry.substr(equals + 1)); !done) return done;
  }
  return {};
}

// What Lambda takes, so that an image does not have to be renamed later.
Result<void> check_names(const Project& project) {
  std::set<std::string> seen;
  for (const Function& function : project.functions) {
    const std::string& name = *function.name;
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    if (name.empty() || name.size() > 64 || name.find_first_not_of(kAllowed) != name.npos) {
      return refuse(function.name.origin, "'" + name +
                                              "' is no name for a function: use 1 to 64 letters, "
                                              "digits, '-' and '_'");
    }
    if (!seen.insert(name).second) {
      return refuse(function.name.origin, "two functions are called '" + name + "'");
    }
  }
  for (const Event& event : project.events) {
    if (event.function->empty()) continue;
    if (auto found = project.find_function(*event.function); !found) {
      return refuse(event.function.origin, found.error().message);
    }
  }
  return {};
}

// The folder's, with what is not allowed in one left out.
std::string default_name(const std::filesystem::path& folder) {
  std::error_code ignored;
  auto absolute = std::filesystem::weakly_canonical(folder, ignored);
  std::string name;
  for (const char c : absolute.filename().string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || c == '-' || c == '_') {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  name.resize(std::min<std::size_t>(name.size(), 64));
  return name.empty() ? "function" : name;
}

Result<Project> assemble(const Node& root, const LoadOptions& options, const std::string& name) {
  Project project;
  project.folder = options.folder;
  const Document document{.root = root, .name = name};
  if (auto done = document.declare_functions(project); !done) return fail(std::move(done.error()));
  for (Function& function : project.functions) {
    function.arch.value = arch_of_this_machine();
    if (function.name->empty()) function.name.value = default_name(options.folder);
  }
  if (auto done = document.assign_all(project, options.environment); !done) {
    return fail(std::move(done.error()));
  }
  if (auto done = assign_variables(options.env, project); !done) {
    return fail(std::move(done.error()));
  }
  for (const FlagValue& flag : options.flags) {
    if (auto done = set(project, flag.key, flag.value, {Source::kFlag, flag.flag}); !done) {
      return fail(std::move(done.error()));
    }
  }
  if (auto done = check_names(project); !done) return fail(std::move(done.error()));
  return project;
}

}  // namespace

Result<const Function*> Project::find_function(std::string_view name) const {
  if (name.empty() && functions.size() == 1) return &functions.front();
  std::vector<std::string> names;
  for (const Function& function : functions) {
    if (*function.name == name) return &function;
    names.push_back(*function.name);
  }
  if (name.empty()) {
    return fail(ErrorCode::kInvalid,
                "this project has several functions, say which one: " + join(names));
  }
  return fail(ErrorCode::kNotFound,
              "no function is called '" + std::string(name) + "': " + suggest(name, names));
}

std::vector<Event> Project::events_of(const Function& function) const {
  std::vector<Event> all;
  for (const Event& event : events) {
    if (event.function->empty() || *event.function == *function.name) all.push_back(event);
  }
  return all;
}

Result<Project> parse(std::string_view text, const LoadOptions& options, const std::string& name) {
  auto root = parse_toml(text, name);
  if (!root) return fail(std::move(root.error()));
  return assemble(*root, options, name);
}

Result<Project> load(const LoadOptions& options) {
  const auto file = options.file.empty() ? options.folder / "thimble.toml" : options.file;
  constexpr std::size_t kLargest = std::size_t{1} << 20;
  auto text = read_file(file, kLargest);
  if (!text) {
    if (text.error().code != ErrorCode::kNotFound || !options.file.empty()) {
      return fail(std::move(text.error()));
    }
    return assemble(Node{}, options, "thimble.toml");
  }
  const std::string name = options.file.empty() ? "thimble.toml" : options.file.string();
  auto project = parse(*text, options, name);
  if (project) project->file = file;
  return project;
}

}  // namespace thimble::project
