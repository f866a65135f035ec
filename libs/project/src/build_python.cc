// Python: pip puts the packages into a folder; the sources are as they are.

#include <algorithm>

#include <thimble/base/file.h>
#include <thimble/base/parse_number.h>
#include <thimble/project/detect.h>

#include "requirements.h"
#include "workshop.h"

namespace thimble::project::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kClient = "awslambdaric";

// The Python that installs, and that the image's is like.
struct Interpreter {
  std::string command;  // As it was found.
  fs::path file;
  std::string version;  // "3.13"
};

std::string interpreter_name(const std::string& setting) {
  if (setting.empty()) return "python3";
  const bool is_version = setting.find_first_not_of("0123456789.") == std::string::npos;
  return is_version ? "python" + setting : setting;
}

Result<Interpreter> find_interpreter(const Workshop& workshop) {
  Interpreter python;
  python.command = interpreter_name(*workshop.function().image.python);
  const auto asked = workshop.run(
      {.argv = {python.command, "-c",
                "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2])"},
       .missing = "install it with 'apt-get install python3 python3-pip'",
       .answers = true});
  if (!asked) return fail(asked.error());
  const std::size_t line = asked->find('\n');
  python.file = asked->substr(0, line);
  python.version = asked->substr(line + 1, asked->find('\n', line + 1) - line - 1);
  return python;
}

// What makes pip take wheels for another machine, of all the versions of glibc that they can need.
std::vector<std::string> foreign_arguments(const Workshop& workshop, const Interpreter& python) {
  const std::string machine = workshop.architecture() == "arm64" ? "aarch64" : "x86_64";
  std::vector<std::string> arguments{"--only-binary=:all:", "--implementation", "cp",
                                     "--python-version", python.version};
  arguments.insert(arguments.end(), {"--platform", "manylinux2014_" + machine});
  for (int minor = 17; minor <= 34; ++minor) {
    arguments.insert(arguments.end(),
                     {"--platform", "manylinux_2_" + std::to_string(minor) + "_" + machine});
  }
  return arguments;
}

Result<void> install(const Workshop& workshop, const Interpreter& python,
                     const Requirements& wanted, const fs::path& to) {
  std::vector<std::string> argv{python.command,
                                "-m",
                                "pip",
                                "install",
                                "--target",
                                to.string(),
                                "--no-compile",
                                "--no-input",
                                "--disable-pip-version-check",
                                "--no-warn-script-location"};
  if (!workshop.is_for_this_machine()) {
    const auto more = foreign_arguments(workshop, python);
    argv.insert(argv.end(), more.begin(), more.end());
  }
  for (const std::string& file : wanted.files) argv.insert(argv.end(), {"-r", file});
  argv.insert(argv.end(), wanted.more.begin(), wanted.more.end());

  std::vector<std::string> said{python.file.string(), python.version};
  said.insert(said.end(), argv.begin(), argv.end());
  said.insert(said.end(), wanted.contents.begin(), wanted.contents.end());
  const std::string print = fingerprint(said);
  if (!wanted.has_local && is_marked_as(to, print)) return {};
  // pip does not take away what is not wanted any more.
  std::error_code error;
  fs::remove_all(to, error);
  auto done = workshop.run({.argv = argv, .set = {{"PYTHONDONTWRITEBYTECODE", "1"}}});
  if (!done) {
    if (done.error().message.find("No module named pip") != std::string::npos) {
      done.error().message += "\ninstall it with 'apt-get install python3-pip', or 'ensurepip'";
    }
    return fail(std::move(done.error()));
  }
  return mark_as(to, print);
}

// RECORD lists what pip has put where, scripts for this machine and their digests among them (PEP
// 376). Only what is in the image stays, sorted.
std::string stable_record(const std::string& record, const std::string& site,
                          const image::Tree& tree) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < record.size();) {
    const std::size_t end = std::min(record.find('\n', at), record.size());
    std::string line = record.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.pop_back();
    std::string name = line.substr(0, line.find(','));
    if (line.starts_with('"')) name = line.substr(1, line.find('"', 1) - 1);
    const std::string path = site + name;
    if (tree.find(path) != nullptr) lines.push_back(std::move(line));
  }
  std::ranges::sort(lines);
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

// The handler, and the folder of the project where its modules are.
struct Found {
  std::string handler;
  fs::path below = {};
};

// In the folder itself, or in its src/: the "src layout" of Python's packaging guide.
Result<Found> find_modules(const Function& function, const fs::path& folder) {
  auto handler = find_handler(function, Language::kPython, folder);
  if (handler) return Found{std::move(*handler)};
  auto in_src = find_handler(function, Language::kPython, folder / "src");
  if (in_src) return Found{std::move(*in_src), "src"};
  return fail(std::move(handler.error()));
}

Result<image::Tree> collect_packages(const fs::path& from) {
  const std::string site = "var/task/";
  image::Tree tree;
  if (auto done = tree.add_folder("var/task", from); !done) return fail(std::move(done.error()));
  std::vector<std::string> removed;
  std::vector<std::string> records;
  for (const auto& [path, entry] : tree.entries()) {
    // Scripts begin with the path of this machine's interpreter, and nothing calls them there.
    if (path == site + "bin" || path.starts_with(site + "bin/") ||
        path.starts_with(site + ".built-from") || path.ends_with(".pyc") ||
        path.ends_with(".dist-info/direct_url.json")) {
      removed.push_back(path);
    }
    if (path.ends_with(".dist-info/RECORD")) records.push_back(path);
  }
  for (const std::string& path : removed) tree.remove(path);
  for (const std::string& path : records) {
    const auto record = tree.find(path)->read();
    if (!record) return fail(record.error());
    if (auto done = tree.add_bytes(path, stable_record(*record, site, tree)); !done) {
      return fail(std::move(done.error()));
    }
  }
  return tree;
}

}  // namespace

Result<Artifact> build_python(const Workshop& workshop) {
  const Function& function = workshop.function();
  if (auto done = workshop.run_build_command(); !done) return fail(std::move(done.error()));
  Artifact artifact;
  fs::path modules;
  if (function.command->words.empty() || !function.handler->empty()) {
    auto found = find_modules(function, workshop.folder());
    if (!found) return fail(std::move(found.error()));
    artifact.handler = std::move(found->handler);
    modules = std::move(found->below);
  }
  const auto python = find_interpreter(workshop);
  if (!python) return fail(python.error());
  auto wanted = find_requirements(workshop.folder());
  if (!wanted) return fail(std::move(wanted.error()));
  std::error_code ignored;
  const bool shipped = fs::exists(workshop.folder() / modules / kClient, ignored);
  const bool starts_itself = !function.command->words.empty();
  // A base image has the client that fits to it.
  if (function.image.base->empty() && !shipped && !starts_itself &&
      !wanted->names.contains(std::string(kClient))) {
    wanted->more.emplace_back(kClient);
    artifact.notes.push_back("added awslambdaric, which requirements.txt does not name");
  }
  if (!wanted->empty()) {
    const auto kept = workshop.kept("python");
    if (!kept) return fail(kept.error());
    const fs::path packages = *kept / "packages";
    if (auto done = install(workshop, *python, *wanted, packages); !done) {
      return fail(std::move(done.error()));
    }
    auto tree = collect_packages(packages);
    if (!tree) return fail(std::move(tree.error()));
    artifact.dependencies = std::move(*tree);
  }
  artifact.has_runtime_client =
      shipped || artifact.dependencies.find("var/task/" + std::string(kClient)) != nullptr;
  auto application = workshop.collect({}, modules);
  if (!application) return fail(std::move(application.error()));
  artifact.application = std::move(*application);
  // A file of the function's hides one of a package, as it does for Python.
  for (const auto& [path, entry] : artifact.application.entries()) {
    const image::TreeEntry* other = artifact.dependencies.find(path);
    if (other != nullptr && !(entry.is_folder() && other->is_folder())) {
      artifact.dependencies.remove(path);
    }
  }
  artifact.interpreter = "python" + python->version;
  artifact.interpreter_file = python->file;
  artifact.command = {artifact.interpreter, "-m", std::string(kClient), artifact.handler};
  return artifact;
}

}  // namespace thimble::project::detail
