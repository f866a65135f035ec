// Node.js: npm puts the packages into a copy; the sources are as they are.

#include <array>
#include <set>
#include <utility>

#include <thimble/base/file.h>
#include <thimble/json/query.h>
#include <thimble/json/reader.h>
#include <thimble/project/detect.h>

#include "node_local.h"
#include "words.h"
#include "workshop.h"

namespace thimble::project::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMissing = "install Node.js with 'apt-get install nodejs npm'";
constexpr std::string_view kClient = "aws-lambda-ric";

// What of package.json counts here.
struct Package {
  std::string text = "{}";
  bool has_dependencies = false;
  bool needs_sources = false;  // For installing: it has workspaces, or scripts that npm runs.
  std::string start;           // scripts.start
};

Result<Package> read_package(const fs::path& folder) {
  auto text = read_file(folder / "package.json");
  if (!text) {
    if (text.error().code == ErrorCode::kNotFound) return Package{};
    return fail(std::move(text.error()));
  }
  Package package;
  package.text = std::move(*text);
  for (const std::string_view key : {"dependencies", "optionalDependencies", "workspaces"}) {
    const auto found = json::find_member(package.text, key);
    if (!found) return fail(Error(found.error()).during("read 'package.json'"));
    const bool has_any = *found && (*found)->find('"') != (*found)->npos;
    package.has_dependencies = package.has_dependencies || has_any;
    if (key == "workspaces") package.needs_sources = has_any;
  }
  const auto scripts = json::find_member(package.text, "scripts");
  if (scripts && *scripts) {
    const auto start = json::find_string(**scripts, "start");
    if (start && *start) package.start = **start;
    for (const std::string_view name :
         {"preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"}) {
      const auto script = json::find_member(**scripts, name);
      if (script && *script) package.needs_sources = true;
    }
  }
  return package;
}

// Where npm works: a copy of all that it looks at. Packages beside the project are beside the copy.
struct Copy {
  fs::path project;                                       // Of the copy.
  std::vector<std::pair<fs::path, fs::path>> files = {};  // From, to.
};

Copy plan_copy(const fs::path& kept, const fs::path& folder, const std::set<fs::path>& local) {
  fs::path common = folder;
  for (const fs::path& path : local) {
    while (*path.lexically_relative(common).begin() == "..") common = common.parent_path();
  }
  Copy copy{.project = (kept / folder.lexically_relative(common)).lexically_normal()};
  if (!copy.project.has_filename()) copy.project = copy.project.parent_path();
  for (const fs::path& path : local) {
    copy.files.emplace_back(path, (kept / path.lexically_relative(common)).lexically_normal());
  }
  return copy;
}

std::vector<std::string> npm_arguments(const Workshop& workshop, bool is_locked) {
  std::vector<std::string> argv{"npm",        is_locked ? "ci" : "install",
                                "--omit=dev", "--no-audit",
                                "--no-fund",  "--no-update-notifier"};
  if (!workshop.is_for_this_machine()) {
    argv.insert(argv.end(), {"--os=linux", "--libc=glibc",
                             workshop.architecture() == "amd64" ? "--cpu=x64" : "--cpu=arm64"});
  }
  return argv;
}

Result<void> run_npm(const Workshop& workshop, const std::vector<std::string>& argv,
                     const fs::path& folder) {
  auto done = workshop.run({.argv = argv,
                            .missing = std::string(kMissing),
                            .directory = folder,
                            .set = {{"NODE_ENV", "production"}}});
  if (!done) return fail(std::move(done.error()));
  return {};
}

// Installs what package.json names for running into a folder that is kept; returns where.
Result<fs::path> install(const Workshop& workshop, const Package& package,
                         const std::string& version, Artifact& artifact) {
  const auto kept = workshop.kept("node");
  if (!kept) return kept;
  const auto local = find_local_packages(workshop.folder());
  if (!local) return fail(local.error());
  Copy copy = plan_copy(*kept, workshop.folder(), *local);
  if (package.needs_sources) copy.files.emplace_back(workshop.folder(), copy.project);
  std::vector<std::string> said{package.text, version};
  bool has_folders = false;
  for (const auto& [from, to] : copy.files) {
    auto bytes = read_file(from);
    has_folders = has_folders || !bytes;
    if (bytes) said.push_back(std::move(*bytes));
  }
  bool is_locked = false;
  std::vector<std::pair<std::string, std::string>> copied{{"package.json", package.text}};
  for (const std::string_view name : {"package-lock.json", "npm-shrinkwrap.json", ".npmrc"}) {
    auto text = read_file(workshop.folder() / name);
    if (!text) continue;
    is_locked = is_locked || name != ".npmrc";
    said.push_back(*text);
    copied.emplace_back(name, std::move(*text));
  }
  std::error_code error;
  for (const std::string_view name : {"yarn.lock", "pnpm-lock.yaml"}) {
    if (is_locked || !fs::exists(workshop.folder() / name, error)) continue;
    artifact.notes.push_back(std::string(name) +
                             " is not read, npm installs: 'npm install "
                             "--package-lock-only' makes a package-lock.json");
  }
  const std::vector<std::string> argv = npm_arguments(workshop, is_locked);
  said.insert(said.end(), argv.begin(), argv.end());
  const std::string print = fingerprint(said);
  if (!has_folders && is_marked_as(*kept, print)) return copy.project;
  fs::remove_all(*kept, error);
  for (const auto& [from, to] : copy.files) {
    if (auto done = copy_package(from, to); !done) return fail(std::move(done.error()));
  }
  for (const auto& [name, text] : copied) {
    if (auto done = write_file(copy.project / name, text, 0600); !done)
      return fail(std::move(done.error()));
  }
  if (auto done = run_npm(workshop, argv, copy.project); !done)
    return fail(std::move(done.error()));
  // npm links packages beside the project and does not install what these need.
  for (const auto& [from, to] : copy.files) {
    if (*to.lexically_relative(copy.project).begin() != "..") continue;
    const auto needs = fs::is_directory(to, error) ? read_package(to) : Package{};
    if (!needs) return fail(needs.error());
    if (!needs->has_dependencies) continue;
    const auto own = npm_arguments(workshop, fs::exists(to / "package-lock.json", error));
    if (auto done = run_npm(workshop, own, to); !done) return fail(std::move(done.error()));
  }
  if (auto marked = mark_as(*kept, print); !marked) return fail(std::move(marked.error()));
  return copy.project;
}

// The script of the runtime interface client: its "bin" is a path, or {name: path}.
std::string client_script(const image::Tree& dependencies) {
  const std::string folder = "var/task/node_modules/" + std::string(kClient);
  const image::TreeEntry* manifest = dependencies.find(folder + "/package.json");
  const auto text = manifest == nullptr ? Result<std::string>() : manifest->read();
  std::string script = "index.mjs";
  if (text && !text->empty()) {
    if (const auto bin = json::find_string(*text, "bin"); bin && *bin) {
      script = **bin;
    } else if (const auto all = json::find_member(*text, "bin"); all && *all) {
      const auto own = json::find_string(**all, kClient);
      if (own && *own) script = **own;
    }
  }
  if (script.starts_with("./")) script.erase(0, 2);
  return "/" + folder + "/" + script;
}

// What starts the function, in order of how plainly the project says it.
Result<std::vector<std::string>> command_of(const Workshop& workshop, const Package& package,
                                            Artifact& artifact) {
  const std::string folder = "var/task/node_modules/" + std::string(kClient);
  if (artifact.dependencies.find(folder) != nullptr) {
    return std::vector<std::string>{"node", client_script(artifact.dependencies), artifact.handler};
  }
  if (!package.start.empty()) {
    auto words = split_words(package.start);
    if (!words || words->empty()) {
      return fail(ErrorCode::kInvalid, "package.json: 'start' is no command: " + package.start);
    }
    return *words;
  }
  if (!workshop.function().image.base->empty()) {
    artifact.has_runtime_client = false;
    return std::vector<std::string>{artifact.handler};
  }
  return fail(ErrorCode::kNotFound,
              "package.json names nothing that talks to Lambda: 'npm install " +
                  std::string(kClient) +
                  "', or a \"start\" script, or an image that has it with '--base'");
}

}  // namespace

Result<Artifact> build_node(const Workshop& workshop) {
  const Function& function = workshop.function();
  if (auto done = workshop.run_build_command(); !done) return fail(std::move(done.error()));
  const auto package = read_package(workshop.folder());
  if (!package) return fail(package.error());
  const auto asked =
      workshop.run({.argv = {"node", "-p", "process.execPath + '\\n' + process.version"},
                    .missing = std::string(kMissing),
                    .answers = true});
  if (!asked) return fail(asked.error());
  const std::string version = asked->substr(asked->find('\n') + 1);

  Artifact artifact;
  artifact.interpreter = "node";
  artifact.interpreter_file = asked->substr(0, asked->find('\n'));
  constexpr std::array<std::string_view, 1> kSkipped{"node_modules"};
  auto application = workshop.collect(kSkipped);
  if (!application) return fail(std::move(application.error()));
  artifact.application = std::move(*application);
  if (package->has_dependencies) {
    const auto installed = install(workshop, *package, version, artifact);
    if (!installed) return fail(installed.error());
    auto done = add_node_modules(*installed, artifact.application, artifact.dependencies);
    if (!done) return fail(std::move(done.error()));
  }

  const bool starts_itself = !function.command->words.empty();
  const bool has_client =
      artifact.dependencies.find("var/task/node_modules/" + std::string(kClient)) != nullptr;
  if (!function.handler->empty() || has_client || (!starts_itself && package->start.empty())) {
    auto handler = find_handler(function, Language::kNode, workshop.folder());
    if (!handler) return fail(std::move(handler.error()));
    artifact.handler = std::move(*handler);
  }
  if (starts_itself) {
    artifact.command = {"node"};
    return artifact;
  }
  auto command = command_of(workshop, *package, artifact);
  if (!command) return fail(std::move(command.error()));
  artifact.command = std::move(*command);
  if (artifact.command.front() != "node") {
    artifact.interpreter_file.clear();
    artifact.interpreter = artifact.has_runtime_client ? artifact.command.front() : "";
  }
  return artifact;
}

}  // namespace thimble::project::detail
