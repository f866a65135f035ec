// Rust: Cargo, which says itself what a package makes and where it has put it.

#include <thimble/base/file.h>
#include <thimble/json/query.h>
#include <thimble/json/reader.h>

#include "node.h"
#include "workshop.h"

namespace thimble::project::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMissing = "install Rust from https://rustup.rs";

// The names of the programs in the answer of `cargo metadata`.
std::vector<std::string> programs_in(const std::string& metadata) {
  std::vector<std::string> names;
  const auto packages = json::find_member(metadata, "packages");
  std::string scratch;
  json::Reader in(packages && *packages ? **packages : "[]", scratch);
  in.enter_array();
  while (in.next_element()) {
    in.enter_object();
    while (auto key = in.next_key()) {
      if (*key != "targets") continue;
      in.enter_array();
      while (in.next_element()) {
        const std::string_view target = in.skip_value();
        const auto kind = json::find_member(target, "kind");
        const auto name = json::find_string(target, "name");
        if (kind && *kind && (*kind)->find("\"bin\"") != std::string::npos && name && *name) {
          names.push_back(**name);
        }
      }
    }
  }
  return names;
}

// The program that Cargo's messages, one JSON object a line, say it has made last.
std::string executable_in(const std::string& messages, const std::string& name) {
  std::string found;
  for (std::size_t at = 0; at < messages.size();) {
    const std::size_t end = std::min(messages.find('\n', at), messages.size());
    const std::string_view line = std::string_view(messages).substr(at, end - at);
    at = end + 1;
    if (line.find("\"executable\":\"") == line.npos) continue;
    const auto target = json::find_member(line, "target");
    if (!target || !*target) continue;
    const auto made = json::find_string(**target, "name");
    auto executable = json::find_string(line, "executable");
    if (made && *made && **made == name && executable && *executable) {
      found = std::move(**executable);
    }
  }
  return found;
}

// Whether the project or the user names a target: then that is meant.
bool names_target(const Workshop& workshop) {
  if (workshop.options().env.has("CARGO_BUILD_TARGET")) return true;
  for (const std::string_view name : {".cargo/config.toml", ".cargo/config"}) {
    const auto text = read_file(workshop.folder() / name);
    if (!text) continue;
    const auto config = parse_toml(*text, std::string(name));
    const Node* build = config ? config->find("build") : nullptr;
    if (build != nullptr && build->find("target") != nullptr) return true;
  }
  return false;
}

// Profiles count at the root of a workspace only.
bool says_strip(const fs::path& root) {
  const auto text = read_file(root / "Cargo.toml");
  const auto manifest = text ? parse_toml(*text, "Cargo.toml") : Node{};
  const Node* profile = manifest ? manifest->find("profile") : nullptr;
  const Node* release = profile == nullptr ? nullptr : profile->find("release");
  return release != nullptr && release->find("strip") != nullptr;
}

// The target to build for: static if it is installed; empty is Cargo's own.
Result<std::string> target_for(const Workshop& workshop) {
  if (names_target(workshop)) return "";
  const auto printed = workshop.run(
      {.argv = {"rustc", "--print", "sysroot"}, .missing = std::string(kMissing), .answers = true});
  if (!printed) return fail(printed.error());
  const fs::path libraries = fs::path(printed->substr(0, printed->find('\n'))) / "lib/rustlib";
  const std::string machine = workshop.architecture() == "arm64" ? "aarch64" : "x86_64";
  const std::string musl = machine + "-unknown-linux-musl";
  const std::string gnu = machine + "-unknown-linux-gnu";
  std::error_code ignored;
  if (fs::exists(libraries / musl / "lib", ignored)) return musl;
  if (workshop.is_for_this_machine()) return "";
  if (fs::exists(libraries / gnu / "lib", ignored)) return gnu;
  return fail(ErrorCode::kNotFound, "Rust cannot build for " + workshop.architecture() +
                                        " here: 'rustup target add " + musl + "'");
}

}  // namespace

Result<Artifact> build_rust(const Workshop& workshop) {
  const auto metadata =
      workshop.run({.argv = {"cargo", "metadata", "--format-version", "1", "--no-deps"},
                    .missing = std::string(kMissing),
                    .answers = true});
  if (!metadata) return fail(metadata.error());
  const auto name = choose_program(programs_in(*metadata), workshop.function(),
                                   workshop.folder().filename().string(), "Cargo.toml");
  if (!name) return fail(name.error());
  const auto target = target_for(workshop);
  if (!target) return fail(target.error());
  const auto kept = workshop.kept("cargo");
  if (!kept) return fail(kept.error());

  ToolRun run{.argv = {"cargo", "build", "--release", "--bin", *name,
                       "--message-format=json-render-diagnostics"},
              .missing = std::string(kMissing),
              .answers = true,
              .set_if_absent = {{"CARGO_TARGET_DIR", kept->string()}}};
  if (!target->empty()) run.argv.insert(run.argv.end(), {"--target", *target});
  const auto root = json::find_string(*metadata, "workspace_root");
  const fs::path workspace = root && *root ? fs::path(**root) : workshop.folder();
  std::error_code ignored;
  if (fs::exists(workspace / "Cargo.lock", ignored)) run.argv.emplace_back("--locked");
  if (!says_strip(workspace)) run.set_if_absent.emplace_back("CARGO_PROFILE_RELEASE_STRIP", "true");
  const auto messages = workshop.run(run);
  if (!messages) return fail(messages.error());
  const std::string program = executable_in(*messages, *name);
  if (program.empty()) {
    return fail(ErrorCode::kNotFound, "cargo did not say where it has put '" + *name + "'");
  }
  Artifact artifact;
  if (auto done = workshop.add_executable(program, *name, artifact); !done) {
    return fail(std::move(done.error()));
  }
  artifact.command = {"/var/task/" + *name};
  artifact.lock = workspace / "Cargo.lock";
  return artifact;
}

}  // namespace thimble::project::detail
