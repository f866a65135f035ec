// Go: `go build`, a static program.

#include <thimble/base/file.h>

#include "workshop.h"

namespace thimble::project::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMissing =
    "install Go from https://go.dev/dl, or with 'apt-get install golang'";

// Whether a //go:build line, or one of before Go 1.17, says when the file counts: generators have
// "ignore" there. Such lines are above the package clause.
bool has_constraint(std::string_view text) {
  text = text.substr(0, text.find("\npackage "));
  for (const std::string_view mark : {"//go:build ", "// +build "}) {
    if (text.starts_with(mark) || text.find("\n" + std::string(mark)) != text.npos) return true;
  }
  return false;
}

// Whether the module's own folder is surely the program: asking `go list` takes longer than a
// build.
bool has_main_at_top(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.ends_with(".go") || name.ends_with("_test.go")) continue;
    const auto text = read_file(at->path());
    if (!text || has_constraint(*text)) continue;
    if (text->starts_with("package main\n") ||
        text->find("\npackage main\n") != std::string::npos) {
      return true;
    }
  }
  return false;
}

// The last element of an import path; a major version, as in "hello/v2", is not one.
std::string last_element(std::string path) {
  const auto last = [&path] { return path.substr(path.rfind('/') + 1); };
  const std::string version = last();
  if (version.size() > 1 && version[0] == 'v' && path.size() > version.size() &&
      version.find_first_not_of("0123456789", 1) == std::string::npos) {
    path.resize(path.size() - version.size() - 1);
  }
  return last();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string module_name(const fs::path& folder) {
  const auto text = read_file(folder / "go.mod");
  if (!text) return "handler";
  for (const std::string& line : lines_of(*text)) {
    if (!line.starts_with("module ")) continue;
    std::string name = line.substr(7, line.find_first_of(" \t\r", 7) - 7);
    if (name.starts_with('"') && name.size() > 2) name = name.substr(1, name.size() - 2);
    return name;
  }
  return "handler";
}

struct Package {
  std::string name;    // Of the program.
  std::string import;  // As `go build` is told.
};

Result<Package> find_package(const Workshop& workshop) {
  const std::string module = module_name(workshop.folder());
  const std::string own = last_element(module);
  if (workshop.function().handler->empty() && has_main_at_top(workshop.folder())) {
    return Package{own, "."};
  }
  const auto listed =
      workshop.run({.argv = {"go", "list", "-tags", "lambda.norpc", "-f",
                             "{{if eq .Name \"main\"}}{{.ImportPath}}{{end}}", "./..."},
                    .missing = std::string(kMissing),
                    .answers = true});
  if (!listed) return fail(listed.error());
  const std::vector<std::string> imports = lines_of(*listed);
  std::vector<std::string> names;
  for (const std::string& import : imports) names.push_back(last_element(import));
  const auto chosen = choose_program(names, workshop.function(), own, "go.mod");
  if (!chosen) return fail(chosen.error());
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == *chosen) return Package{names[i], imports[i]};
  }
  return fail(ErrorCode::kNotFound, "go.mod makes no program '" + *chosen + "'");
}

}  // namespace

Result<Artifact> build_go(const Workshop& workshop) {
  const auto package = find_package(workshop);
  if (!package) return fail(package.error());
  const auto kept = workshop.kept("go");
  if (!kept) return fail(kept.error());
  const fs::path program = *kept / package->name;
  const auto built =
      workshop.run({.argv = {"go", "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false",
                             "-ldflags=-s -w", "-o", program.string(), package->import},
                    .missing = std::string(kMissing),
                    .set = {{"GOOS", "linux"}, {"GOARCH", workshop.architecture()}},
                    .set_if_absent = {{"CGO_ENABLED", "0"}}});
  if (!built) return fail(built.error());
  Artifact artifact;
  if (auto done = workshop.add_executable(program, package->name, artifact); !done) {
    return fail(std::move(done.error()));
  }
  artifact.command = {"/var/task/" + package->name};
  return artifact;
}

}  // namespace thimble::project::detail
