// Node.js: npm puts the packages into a copy; the sources are as they are.

#include <array>

#include <thimble/base/file.h>
#include <thimble/json/query.h>
#include <thimble/json/reader.h>
#include <thimble/project/detect.h>

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
  std::vector<fs::path> local = {};  // Dependencies that are files or folders of the project.
  std::string start;                 // scripts.start
};

// Of a member like {"ms": "2.1.3", "own": "file:packages/own"} the second.
void read_local(std::string_view table, Package& package) {
  std::string scratch;
  json::Reader in(table, scratch);
  in.enter_object();
  while (in.next_key()) {
    const std::string_view value = in.read_string();
    if (!value.starts_with("file:")) continue;
    const fs::path path = fs::path(value.substr(5)).lexically_normal();
    if (path.is_relative() && *path.begin() != "..") package.local.push_back(path);
  }
}

Result<Package> read_package(const fs::path& folder) {
  auto text = read_file(folder / "package.json");
  if (!text) {
    if (text.error().code == ErrorCode::kNotFound) return Package{};
    return fail(std::move(text.error()));
  }
  Package package;
  package.text = std::move(*text);
  // npm looks at local packages even of those that it does not install.
  for (const std::string_view key : {"dependencies", "optionalDependencies", "devDependencies"}) {
    const auto found = json::find_member(package.text, key);
    if (!found) return fail(Error(found.error()).during("read 'package.json'"));
    if (!*found) continue;
    read_local(**found, package);
    package.has_dependencies =
        package.has_dependencies || (key != "devDependencies" && (*found)->find('"') != key.npos);
  }
  const auto scripts = json::find_member(package.text, "scripts");
  if (scripts && *scripts) {
    const auto start = json::find_string(**scripts, "start");
    if (start && *start) package.start = **start;
  }
  return package;
}

// Copies what package.json names with "file:".
Result<void> copy_local(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
  if (error) return fail(system_error("copy '" + from.string() + "'", error.value()));
  return {};
}

// Installs what package.json names for running into a folder that is kept.
Result<fs::path> install(const Workshop& workshop, const Package& package,
                         const std::string& version) {
  const auto kept = workshop.kept("node");
  if (!kept) return kept;
  std::vector<std::string> said{package.text, version};
  bool has_folders = false;
  for (const fs::path& path : package.local) {
    auto bytes = read_file(workshop.folder() / path);
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
  std::vector<std::string> argv{"npm",        is_locked ? "ci" : "install",
                                "--omit=dev", "--no-audit",
                                "--no-fund",  "--no-update-notifier"};
  if (!workshop.is_for_this_machine()) {
    argv.insert(argv.end(), {"--os=linux", "--libc=glibc",
                             workshop.architecture() == "amd64" ? "--cpu=x64" : "--cpu=arm64"});
  }
  said.insert(said.end(), argv.begin(), argv.end());
  const std::string print = fingerprint(said);
  if (!has_folders && is_marked_as(*kept, print)) return kept;
  std::error_code error;
  fs::remove_all(*kept, error);
  for (const auto& [name, text] : copied) {
    if (auto done = write_file(*kept / name, text, 0600); !done)
      return fail(std::move(done.error()));
  }
  for (const fs::path& path : package.local) {
    if (auto copied_it = copy_local(workshop.folder() / path, *kept / path); !copied_it) {
      return fail(std::move(copied_it.error()));
    }
  }
  const auto done = workshop.run({.argv = argv,
                                  .missing = std::string(kMissing),
                                  .directory = *kept,
                                  .set = {{"NODE_ENV", "production"}}});
  if (!done) return fail(done.error());
  if (auto marked = mark_as(*kept, print); !marked) return fail(std::move(marked.error()));
  return kept;
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
  if (package->has_dependencies) {
    const auto kept = install(workshop, *package, version);
    if (!kept) return fail(kept.error());
    std::error_code ignored;
    if (fs::exists(*kept / "node_modules", ignored)) {
      if (auto done =
              artifact.dependencies.add_folder("var/task/node_modules", *kept / "node_modules");
          !done) {
        return fail(std::move(done.error()));
      }
    }
    artifact.dependencies.remove("var/task/node_modules/.package-lock.json");
  }
  constexpr std::array<std::string_view, 1> kSkipped{"node_modules"};
  auto application = workshop.collect(kSkipped);
  if (!application) return fail(std::move(application.error()));
  artifact.application = std::move(*application);

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
