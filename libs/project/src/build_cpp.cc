// C++: CMake, which says through its file API what it makes.

#include <algorithm>

#include <thimble/base/file.h>
#include <thimble/json/query.h>
#include <thimble/json/reader.h>

#include "workshop.h"

namespace thimble::project::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMissing = "install it with 'apt-get install cmake g++'";
constexpr std::string_view kPreset = "thimble";

struct Target {
  std::string id;
  std::string name;
  std::string type;  // As CMake has it: EXECUTABLE, SHARED_LIBRARY.
  fs::path file;     // What it makes, relative to the build folder, or absolute; empty: nothing.
  std::vector<std::string> dependencies;  // Their ids.

  [[nodiscard]] bool is_program() const { return type == "EXECUTABLE" && !file.empty(); }
  [[nodiscard]] bool is_loaded() const {
    return (type == "SHARED_LIBRARY" || type == "MODULE_LIBRARY") && !file.empty();
  }
};

// A program, and the libraries of the project that it loads; absolute paths.
struct Built {
  fs::path program;
  std::vector<fs::path> libraries;
};

Result<std::string> member(std::string_view json, std::string_view key) {
  const auto found = json::find_member(json, key);
  if (!found) return fail(found.error());
  if (!*found) return fail(ErrorCode::kInvalid, "no member '" + std::string(key) + "'");
  return std::string(**found);
}

Result<std::string> text_member(std::string_view json, std::string_view key) {
  auto found = json::find_string(json, key);
  if (!found) return fail(std::move(found.error()));
  if (!*found) return fail(ErrorCode::kInvalid, "no member '" + std::string(key) + "'");
  return std::move(**found);
}

std::vector<std::string> elements(std::string_view array) {
  std::vector<std::string> all;
  std::string scratch;
  json::Reader in(array, scratch);
  if (in.enter_array()) {
    while (in.next_element()) all.emplace_back(in.skip_value());
  }
  return all;
}

// The newest index: their names sort by time (cmake-file-api(7)).
fs::path newest_index(const fs::path& reply) {
  fs::path newest;
  std::error_code error;
  for (fs::directory_iterator at(reply, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with("index-") && at->path() > newest) newest = at->path();
  }
  return newest;
}

Result<std::vector<Target>> read_targets(const fs::path& build) {
  const fs::path reply = build / ".cmake/api/v1/reply";
  auto index = read_file(newest_index(reply));
  if (!index) return fail(std::move(index.error()));
  std::string found = std::move(*index);
  for (const std::string_view key : {"reply", "client-thimble", "codemodel-v2"}) {
    auto inner = member(found, key);
    if (!inner) return fail(std::move(inner.error()));
    found = std::move(*inner);
  }
  const auto model_name = text_member(found, "jsonFile");
  if (!model_name) return fail(model_name.error());
  const auto model = read_file(reply / *model_name);
  if (!model) return fail(model.error());
  const auto configurations = member(*model, "configurations");
  if (!configurations) return fail(configurations.error());

  // A generator of several configurations has ours among them.
  std::string configuration;
  for (const std::string& one : elements(*configurations)) {
    if (configuration.empty() || text_member(one, "name").value_or("") == "MinSizeRel") {
      configuration = one;
    }
  }
  const auto targets = member(configuration, "targets");
  if (!targets) return fail(targets.error());
  std::vector<Target> all;
  for (const std::string& reference : elements(*targets)) {
    const auto file = text_member(reference, "jsonFile");
    if (!file) return fail(file.error());
    const auto target = read_file(reply / *file);
    if (!target) return fail(target.error());
    Target one{.id = text_member(*target, "id").value_or(""),
               .name = text_member(*target, "name").value_or(""),
               .type = text_member(*target, "type").value_or(""),
               .file = {},
               .dependencies = {}};
    const auto artifacts = elements(member(*target, "artifacts").value_or("[]"));
    if (!artifacts.empty()) one.file = text_member(artifacts[0], "path").value_or("");
    for (const std::string& needed : elements(member(*target, "dependencies").value_or("[]"))) {
      one.dependencies.push_back(text_member(needed, "id").value_or(""));
    }
    all.push_back(std::move(one));
  }
  return all;
}

// What a target depends on, directly or not, and that is loaded when it runs, in the build folder:
// of others the program has an absolute path.
std::vector<fs::path> libraries_of(const Target& program, const std::vector<Target>& targets,
                                   const fs::path& build) {
  std::vector<const Target*> found{&program};
  std::vector<fs::path> libraries;
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const std::string& id : found[i]->dependencies) {
      const auto target = std::ranges::find(targets, id, &Target::id);
      if (target == targets.end() || std::ranges::find(found, &*target) != found.end()) continue;
      found.push_back(&*target);
      const fs::path file = (build / target->file).lexically_normal();
      const bool is_inside = *file.lexically_relative(build).begin() != "..";
      if (target->is_loaded() && is_inside) libraries.push_back(file);
    }
  }
  std::ranges::sort(libraries);
  return libraries;
}

// Whether the project has a preset made for this.
bool has_preset(const Workshop& workshop) {
  for (const std::string_view name : {"CMakePresets.json", "CMakeUserPresets.json"}) {
    const auto text = read_file(workshop.folder() / name);
    if (!text) continue;
    const auto presets = json::find_member(*text, "configurePresets");
    if (!presets || !*presets) continue;
    for (const std::string& preset : elements(**presets)) {
      if (text_member(preset, "name").value_or("") == kPreset) return true;
    }
  }
  return false;
}

std::string with(const Env& env, std::string_view name, const std::string& more,
                 std::string_view between) {
  const auto before = env.value_or(name, "");
  return before.empty() ? more : std::string(before) + std::string(between) + more;
}

// No path of this machine in the program: it is the same wherever it is built. CMake hands flags to
// a shell as they are; a folder that quotes cannot protect from that and from make stays.
std::string map_folder(const std::string& folder) {
  if (folder.find_first_of("\"\\$`#") != std::string::npos) return "";
  const std::string map = "-ffile-prefix-map=" + folder + "=.";
  return folder.find_first_of(" '&();<>*?[]{}|!~\t") == std::string::npos ? map : '"' + map + '"';
}

ToolRun configuration(const Workshop& workshop, const fs::path& build) {
  const Env& env = workshop.options().env;
  const std::string folder = workshop.folder().string();
  const std::string map = map_folder(folder);
  // Libraries of the project are found from where the program is, not where it was built.
  ToolRun run{
      .argv = {"cmake", "-S", folder, "-B", build.string(), "-DCMAKE_BUILD_RPATH_USE_ORIGIN=ON"},
      .missing = std::string(kMissing),
      .set = {{"CXXFLAGS", with(env, "CXXFLAGS", map, " ")},
              {"CFLAGS", with(env, "CFLAGS", map, " ")}},
      // CMake takes these for what the project, a preset or a cache does not say.
      .set_if_absent = {{"CMAKE_BUILD_TYPE", "MinSizeRel"}, {"LDFLAGS", "-s"}}};
  if (has_preset(workshop)) {
    run.argv.insert(run.argv.begin() + 1, {"--preset", std::string(kPreset)});
  }
  if (!workshop.options().cmake_prefix.empty()) {
    run.set.emplace_back("CMAKE_PREFIX_PATH", with(env, "CMAKE_PREFIX_PATH",
                                                   workshop.options().cmake_prefix.string(), ":"));
  }
  return run;
}

// All that decides a configuration, besides what CMake itself watches.
std::string fingerprint_of(const Workshop& workshop, const ToolRun& run) {
  std::vector<std::string> said = run.argv;
  for (const auto& [name, value] : run.set) said.push_back(value);
  for (const std::string_view name : {"CC", "CXX", "LDFLAGS", "CMAKE_BUILD_TYPE", "CMAKE_GENERATOR",
                                      "CMAKE_TOOLCHAIN_FILE", "CMAKE_PREFIX_PATH"}) {
    said.emplace_back(workshop.options().env.value_or(name, ""));
  }
  for (const std::string_view name : {"CMakePresets.json", "CMakeUserPresets.json"}) {
    said.push_back(read_file(workshop.folder() / name).value_or(""));
  }
  return fingerprint(said);
}

Result<void> configure(const Workshop& workshop, const ToolRun& run, const fs::path& build) {
  const fs::path query = build / ".cmake/api/v1/query/client-thimble/codemodel-v2";
  if (auto done = write_file(query, ""); !done) return done;
  auto done = workshop.run(run);
  if (!done) return fail(std::move(done.error()));
  return mark_as(build, fingerprint_of(workshop, run));
}

// Configures, unless that has been done alike: then building does it when a file has changed.
// Whether it has.
Result<bool> configure_if_needed(const Workshop& workshop, const fs::path& build) {
  const ToolRun run = configuration(workshop, build);
  if (is_marked_as(build, fingerprint_of(workshop, run))) return false;
  // CMake keeps the flags that it was told first, and refuses a folder that was moved.
  std::error_code ignored;
  fs::remove_all(build, ignored);
  if (auto done = configure(workshop, run, build); !done) return fail(std::move(done.error()));
  return true;
}

// The program that is meant, built.
Result<Built> build_target(const Workshop& workshop, const fs::path& build) {
  const auto targets = read_targets(build);
  if (!targets) return fail(Error(targets.error()).during("read what CMake makes"));
  std::vector<std::string> names;
  for (const Target& target : *targets) {
    if (target.is_program()) names.push_back(target.name);
  }
  const auto chosen = choose_program(names, workshop.function(),
                                     workshop.folder().filename().string(), "CMakeLists.txt");
  if (!chosen) return fail(chosen.error());
  const auto built = workshop.run({.argv = {"cmake", "--build", build.string(), "--config",
                                            "MinSizeRel", "--parallel", "--target", *chosen},
                                   .missing = std::string(kMissing)});
  if (!built) return fail(built.error());
  const auto program = std::ranges::find(*targets, *chosen, &Target::name);
  return Built{(build / program->file).lexically_normal(), libraries_of(*program, *targets, build)};
}

// The lowest folder that all of it is in.
fs::path common_folder(const Built& built) {
  fs::path folder = built.program.parent_path();
  for (const fs::path& library : built.libraries) {
    while (*library.lexically_relative(folder).begin() == "..") folder = folder.parent_path();
  }
  return folder;
}

// A library and the links to it beside it: programs know it by that of its SONAME.
Result<void> add_library(const Workshop& workshop, const fs::path& library, const fs::path& folder,
                         Artifact& artifact) {
  // CMake may call it by such a link.
  std::error_code error;
  const fs::path file = library.parent_path() / fs::canonical(library, error).filename();
  if (error) return fail(system_error("read '" + library.string() + "'", error.value()));
  const fs::path name = file.lexically_relative(folder);
  auto done = workshop.add_executable(file, name.generic_string(), artifact);
  for (fs::directory_iterator at(library.parent_path(), error), end; done && !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    if (!at->is_symlink(ignored) || !fs::equivalent(at->path(), file, ignored)) continue;
    const fs::path link = name.parent_path() / at->path().filename();
    done = artifact.application.add_file("var/task/" + link.generic_string(), at->path());
  }
  return done;
}

// Whether CMakeLists.txt is newer than what CMake said last.
bool lists_changed(const Workshop& workshop, const fs::path& index) {
  std::error_code error;
  const auto lists = fs::last_write_time(workshop.folder() / "CMakeLists.txt", error);
  const auto said = fs::last_write_time(index, error);
  return !error && lists >= said;
}

}  // namespace

Result<Artifact> build_cpp(const Workshop& workshop) {
  const auto kept = workshop.kept("cmake");
  if (!kept) return fail(kept.error());
  const auto configured = configure_if_needed(workshop, *kept);
  if (!configured) return fail(configured.error());

  const fs::path reply = *kept / ".cmake/api/v1/reply";
  const fs::path index = newest_index(reply);
  auto program = build_target(workshop, *kept);
  // A CMakeLists.txt has changed, and with it what there is to choose from; an old choice may have
  // failed for that alone.
  const bool may_be_stale = !*configured && (!program || newest_index(reply) != index);
  if (may_be_stale && (newest_index(reply) != index || lists_changed(workshop, index))) {
    auto done = configure(workshop, configuration(workshop, *kept), *kept);
    if (!done) return fail(std::move(done.error()));
    program = build_target(workshop, *kept);
  }
  if (!program) return fail(std::move(program.error()));

  Artifact artifact;
  const fs::path folder = common_folder(*program);
  const std::string name = program->program.lexically_relative(folder).generic_string();
  if (auto done = workshop.add_executable(program->program, name, artifact); !done) {
    return fail(std::move(done.error()));
  }
  for (const fs::path& library : program->libraries) {
    if (auto done = add_library(workshop, library, folder, artifact); !done) {
      return fail(std::move(done.error()));
    }
  }
  artifact.command = {"/var/task/" + name};
  return artifact;
}

}  // namespace thimble::project::detail
