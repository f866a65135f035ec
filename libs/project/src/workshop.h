#pragma once
// Where a function is built: its folders, its tools, and what they have in common.

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/project/ignore_rules.h>
#include <thimble/project/toolchain.h>

namespace thimble::project::detail {

// One run of a tool.
struct ToolRun {
  std::vector<std::string> argv;
  std::string missing = {};  // How to get it: "install it with 'apt-get install cmake'".
  std::filesystem::path directory = {};  // Empty: the function's.
  bool answers = false;                  // What it writes to stdout is for us and not for people.
  std::vector<std::pair<std::string, std::string>> set = {};  // Variables.
  std::vector<std::pair<std::string, std::string>> set_if_absent = {};
};

class Workshop final {
 public:
  // `options` and what it refers to outlive it. Makes no files yet.
  explicit Workshop(const BuildOptions& options);

  // The function's folder, absolute.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const BuildOptions& options() const { return options_; }
  [[nodiscard]] const Function& function() const { return options_.function; }
  [[nodiscard]] const std::string& architecture() const { return options_.platform.architecture; }
  [[nodiscard]] bool is_for_this_machine() const;

  // A folder for what a tool keeps, `name`-ARCHITECTURE; it is there afterwards.
  [[nodiscard]] Result<std::filesystem::path> kept(std::string_view name) const;

  // Runs a tool to its successful end and returns its stdout.
  [[nodiscard]] Result<std::string> run(const ToolRun& run) const;

  // [function] build, with a shell, if there is one.
  [[nodiscard]] Result<void> run_build_command() const;

  // The function's own files as var/task/..., without what .dockerignore names and what never
  // belongs into an image. `skipped` are paths in the folder. With `below`, only what is in that
  // folder of it, whose name is then no part of theirs. Neither is what was built before: images
  // and lists of packages, which notes() then names.
  [[nodiscard]] Result<image::Tree> collect(std::span<const std::string_view> skipped = {},
                                            const std::filesystem::path& below = {}) const;

  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  // Adds a native program to an artifact; kInvalid if it is none, or for another processor.
  [[nodiscard]] Result<void> add_executable(const std::filesystem::path& program,
                                            const std::string& name, Artifact& artifact) const;

 private:
  const BuildOptions& options_;
  std::filesystem::path folder_;
  mutable std::vector<std::string> notes_;
};

// Of several programs that a project makes the one that is meant: the only one, or the one that
// `function.handler` names, or the one called like the function or like `fallback`.
[[nodiscard]] Result<std::string> choose_program(const std::vector<std::string>& names,
                                                 const Function& function,
                                                 std::string_view fallback, std::string_view where);

// The digest of texts, for asking whether anything has changed.
[[nodiscard]] std::string fingerprint(std::span<const std::string> texts);

// Whether the folder was made from what has this fingerprint, which mark_as() wrote.
[[nodiscard]] bool is_marked_as(const std::filesystem::path& folder, std::string_view fingerprint);
[[nodiscard]] Result<void> mark_as(const std::filesystem::path& folder,
                                   std::string_view fingerprint);

// Whether the file begins as a native program does.
[[nodiscard]] bool is_elf(const std::filesystem::path& path);

// How each language is built: one file each.
[[nodiscard]] Result<Artifact> build_command(const Workshop& workshop);
[[nodiscard]] Result<Artifact> build_cpp(const Workshop& workshop);
[[nodiscard]] Result<Artifact> build_go(const Workshop& workshop);
[[nodiscard]] Result<Artifact> build_node(const Workshop& workshop);
[[nodiscard]] Result<Artifact> build_python(const Workshop& workshop);
[[nodiscard]] Result<Artifact> build_rust(const Workshop& workshop);

}  // namespace thimble::project::detail
