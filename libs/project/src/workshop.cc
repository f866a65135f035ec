#include "workshop.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include <thimble/base/fd.h>
#include <thimble/base/file.h>
#include <thimble/base/subprocess.h>
#include <thimble/image/digest.h>

#include "former_output.h"
#include "suggestion.h"

namespace thimble::project::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKept = ".thimble";
constexpr std::string_view kMark = ".built-from";

// Left out wherever they are: what tools leave behind, and what says how to build.
bool is_never_shipped(const fs::directory_entry& entry, bool is_top) {
  const std::string name = entry.path().filename().string();
  constexpr std::array<std::string_view, 7> kAnywhere{"__pycache__", ".pytest_cache", ".mypy_cache",
                                                      ".ruff_cache", ".DS_Store",     kKept,
                                                      "pyvenv.cfg"};
  constexpr std::array<std::string_view, 7> kTop{".git",        ".gitignore",    ".gitattributes",
                                                 "Dockerfile",  ".dockerignore", "thimble.toml",
                                                 "thimble.lock"};
  if (std::ranges::find(kAnywhere, name) != kAnywhere.end() || name.ends_with(".pyc")) return true;
  if (is_top && std::ranges::find(kTop, name) != kTop.end()) return true;
  // A virtual environment of Python.
  std::error_code ignored;
  return entry.is_directory(ignored) && fs::exists(entry.path() / "pyvenv.cfg", ignored);
}

class Collector final {
 public:
  Collector(fs::path folder, const IgnoreRules& rules, const BuildOptions& options,
            std::span<const std::string_view> skipped, fs::path rules_below,
            std::vector<std::string>& notes)
      : folder_(std::move(folder)),
        rules_(rules),
        options_(options),
        skipped_(skipped),
        rules_below_(std::move(rules_below)),
        notes_(notes) {}

  [[nodiscard]] Result<void> collect(const fs::path& below, image::Tree& to) const {
    std::error_code error;
    for (fs::directory_iterator at(folder_ / below, error), end; !error && at != end;
         at.increment(error)) {
      const fs::path path = below / at->path().filename();
      const std::string name = path.generic_string();
      if (is_never_shipped(*at, below.empty()) || is_left_out(*at) ||
          std::ranges::find(skipped_, name) != skipped_.end()) {
        continue;
      }
      const bool ignored = rules_.ignores((rules_below_ / path).generic_string());
      const bool is_folder = !at->is_symlink() && at->is_directory();
      if (!ignored && is_former_output(*at)) {
        notes_.push_back("left out '" + (rules_below_ / path).generic_string() +
                         "', which was built before: [image] add ships it all the same");
        continue;
      }
      if (is_folder && (!ignored || rules_.has_exceptions())) {
        if (auto done = collect(path, to); !done) return done;
      } else if (!is_folder && !ignored) {
        if (auto done = to.add_file("var/task/" + name, at->path()); !done) return done;
      }
    }
    if (error)
      return fail(system_error("read '" + (folder_ / below).string() + "'", error.value()));
    return {};
  }

 private:
  static bool is_former_output(const fs::directory_entry& entry) {
    return !entry.is_symlink() && (is_image(entry) || is_own_sbom(entry));
  }

  [[nodiscard]] bool is_left_out(const fs::directory_entry& entry) const {
    std::error_code ignored;
    return std::ranges::any_of(options_.leave_out, [&](const fs::path& path) {
      return fs::equivalent(entry.path(), path, ignored);
    });
  }

  fs::path folder_;
  const IgnoreRules& rules_;
  const BuildOptions& options_;
  std::span<const std::string_view> skipped_;
  fs::path rules_below_;  // Where the folder is, seen from that of the rules.
  std::vector<std::string>& notes_;
};

// The end of what a tool wrote: errors are last.
std::string tail(std::string text) {
  constexpr std::size_t kMost = 16384;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() <= kMost) return text;
  const std::size_t from = text.find('\n', text.size() - kMost);
  return "...\n" + text.substr(from == text.npos ? text.size() - kMost : from + 1);
}

// e_machine of the ELF header, in Go's words; empty for what is no ELF.
std::string elf_architecture(const fs::path& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<unsigned char, 20> head{};
  if (::read(file.number(), head.data(), head.size()) != static_cast<ssize_t>(head.size()) ||
      head[0] != 0x7F || head[1] != 'E' || head[2] != 'L' || head[3] != 'F') {
    return "";
  }
  const int machine = head[18] | head[19] << 8;
  return machine == 62 ? "amd64" : machine == 183 ? "arm64" : "another processor";
}

}  // namespace

Workshop::Workshop(const BuildOptions& options) : options_(options) {
  std::error_code ignored;
  folder_ = fs::weakly_canonical(options.project.folder / *options.function.directory, ignored);
}

bool Workshop::is_for_this_machine() const {
#if defined(__aarch64__)
  return architecture() == "arm64";
#else
  return architecture() == "amd64";
#endif
}

Result<fs::path> Workshop::kept(std::string_view name) const {
  const fs::path all = folder_ / kKept;
  std::error_code error;
  if (!fs::exists(all / ".gitignore", error)) {
    if (auto done = write_file(all / ".gitignore", "*\n"); !done)
      return fail(std::move(done.error()));
  }
  fs::path folder = all;
  if (!function().key.empty()) folder /= function().key;
  folder /= std::string(name) + "-" + architecture();
  fs::create_directories(folder, error);
  if (error) return fail(system_error("make folder '" + folder.string() + "'", error.value()));
  return folder;
}

Result<std::string> Workshop::run(const ToolRun& run) const {
  Env env = options_.env;
  for (const auto& [name, value] : run.set) env.set(name, value);
  for (const auto& [name, value] : run.set_if_absent) env.set_if_absent(name, value);
  const auto finished = thimble::run({.argv = run.argv,
                                      .directory = run.directory.empty() ? folder_ : run.directory,
                                      .environment = env.entries(),
                                      .merge_stderr = !run.answers});
  const std::string& tool = run.argv[0];
  if (!finished) {
    if (finished.error().code == ErrorCode::kNotFound && !run.missing.empty()) {
      return fail(ErrorCode::kNotFound, "'" + tool + "' is needed and not in PATH: " + run.missing);
    }
    return fail(finished.error());
  }
  const std::string command = join(run.argv, " ");
  const std::string& said = run.answers ? finished->err : finished->out;
  if (options_.show) options_.show("$ " + command + "\n" + said);
  if (finished->exit_code != 0) {
    return fail(ErrorCode::kInvalid, "'" + command + "' failed with exit code " +
                                         std::to_string(finished->exit_code) + ":\n" + tail(said));
  }
  return finished->out;
}

Result<void> Workshop::run_build_command() const {
  if (function().build->empty()) return {};
  auto done =
      run({.argv = {"sh", "-c", *function().build},
           .set = {{"TARGETARCH", architecture()}, {"TARGETPLATFORM", options_.platform.str()}}});
  if (!done) return fail(std::move(done.error()).during(function().build.origin.where));
  return {};
}

Result<image::Tree> Workshop::collect(std::span<const std::string_view> skipped,
                                      const fs::path& below) const {
  // Its own .dockerignore, or else the project's.
  std::error_code ignored;
  const fs::path project = fs::weakly_canonical(options_.project.folder, ignored);
  const bool has_own = fs::exists(folder_ / ".dockerignore", ignored);
  const auto rules = IgnoreRules::load(has_own ? folder_ : project);
  if (!rules) return fail(rules.error());
  const fs::path own = has_own ? fs::path() : folder_.lexically_relative(project);
  const Collector collector(folder_ / below, *rules, options_, skipped,
                            (own == "." ? fs::path() : own) / below, notes_);
  image::Tree tree;
  if (auto done = collector.collect({}, tree); !done) return fail(std::move(done.error()));
  return tree;
}

Result<void> Workshop::add_executable(const fs::path& program, const std::string& name,
                                      Artifact& artifact) const {
  const std::string built = elf_architecture(program);
  if (built.empty()) {
    return fail(ErrorCode::kInvalid, "'" + name + "' was built and is no native program for Linux");
  }
  if (built != architecture()) {
    return fail(ErrorCode::kInvalid, "'" + name + "' was built for " + built + ", not for " +
                                         architecture() + ": name a toolchain for that");
  }
  const std::string path = "var/task/" + name;
  if (auto done = artifact.application.add_file(path, program); !done) return done;
  artifact.executables.push_back({path, program});
  return {};
}

Result<std::string> choose_program(const std::vector<std::string>& names, const Function& function,
                                   std::string_view fallback, std::string_view where) {
  if (names.empty()) {
    return fail(ErrorCode::kNotFound, std::string(where) + " makes no program");
  }
  const auto has = [&](std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  if (!function.handler->empty()) {
    if (has(*function.handler)) return *function.handler;
    return fail(ErrorCode::kNotFound, std::string(where) + " makes no program '" +
                                          *function.handler +
                                          "': " + suggest(*function.handler, names));
  }
  if (names.size() == 1) return names.front();
  if (has(*function.name)) return *function.name;
  if (has(fallback)) return std::string(fallback);
  return fail(ErrorCode::kInvalid, std::string(where) + " makes several programs, " + join(names) +
                                       ": in thimble.toml under [function], say handler = \"" +
                                       names.front() + "\"");
}

std::string fingerprint(std::span<const std::string> texts) {
  std::string all;
  for (const std::string& text : texts) all += std::to_string(text.size()) + ":" + text;
  return image::Digest::of(all).hex();
}

bool is_marked_as(const fs::path& folder, std::string_view fingerprint) {
  const auto mark = read_file(folder / kMark);
  return mark && *mark == fingerprint;
}

Result<void> mark_as(const fs::path& folder, std::string_view fingerprint) {
  return write_file(folder / kMark, fingerprint);
}

bool is_elf(const fs::path& path) {
  return !elf_architecture(path).empty();
}

}  // namespace thimble::project::detail
