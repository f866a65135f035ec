#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "thimble/image/preflight.h"

namespace thimble::image {
namespace {

constexpr std::size_t kMostNamed = 3;
constexpr std::string_view kTask = "var/task";

std::string named(std::string_view path) {
  return "'/" + printable(path) + "'";
}

// "a, b, c and 5 others"
std::string some_of(const std::vector<std::string>& paths) {
  std::string text;
  for (std::size_t i = 0; i < std::min(paths.size(), kMostNamed); ++i) {
    text += (i == 0 ? "" : ", ") + named(paths[i]);
  }
  if (paths.size() > kMostNamed) {
    text += " and " + std::to_string(paths.size() - kMostNamed) + " others";
  }
  return text;
}

bool is_below(std::string_view path, std::string_view folder) {
  return folder.empty() || path == folder ||
         (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
}

std::string_view trimmed(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::string join(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : std::string(folder) + "/" + std::string(name);
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

class FileChecks final {
 public:
  FileChecks(const Image& image, const ImageFiles& files, StartPlan& plan)
      : config_(image.config), files_(files), plan_(plan) {}

  std::vector<Finding> run() {
    plan_.working_dir = trimmed(config_.working_dir);
    for (const auto* part : {&config_.entrypoint, &config_.cmd}) {
      if (*part) plan_.argv.insert(plan_.argv.end(), (*part)->begin(), (*part)->end());
    }
    check_working_dir();
    check_start();
    check_readable();
    check_hidden();
    return std::move(found_);
  }

 private:
  void add(std::string id, Severity severity, std::string message) {
    found_.push_back({std::move(id), severity, std::move(message)});
  }

  const FileNode* node_at(std::string_view path) const {
    const auto where = files_.resolve(path);
    return where ? files_.find(*where) : nullptr;
  }

  bool is_file(std::string_view path) const {
    const FileNode* node = node_at(path);
    return node != nullptr && node->kind == FileKind::kFile;
  }

  void check_working_dir() {
    const FileNode* node = node_at(plan_.working_dir);
    if (node == nullptr) {
      add("workdir.missing", Severity::kWarning,
          "the working folder " + named(plan_.working_dir) + " is not in the image");
    } else if (node->kind != FileKind::kFolder) {
      add("workdir.file", Severity::kError,
          "the working folder " + named(plan_.working_dir) + " is no folder");
    }
  }

  // The file that a container starts for this word of the command line: in the image's PATH, or
  // from the working folder.
  std::optional<std::string> find_program(std::string_view word) const {
    if (word.find('/') != std::string_view::npos) {
      std::string path =
          word.starts_with('/') ? std::string(trimmed(word)) : join(plan_.working_dir, word);
      return node_at(path) != nullptr ? std::optional(std::move(path)) : std::nullopt;
    }
    std::string_view rest =
        config_.find_env("PATH").value_or("/usr/local/bin:/usr/bin:/bin:/opt/bin");
    for (;;) {
      const std::size_t colon = rest.find(':');
      const std::string path = join(trimmed(rest.substr(0, colon)), word);
      if (is_file(path)) return path;
      if (colon == std::string_view::npos) return std::nullopt;
      rest.remove_prefix(colon + 1);
    }
  }

  // Whether a program that is there can be executed by whoever Lambda runs it as.
  void check_program(std::string_view word, std::string_view role) {
    const auto path = find_program(word);
    const std::string name = std::string(role) + " '" + printable(word) + "'";
    if (!path) {
      add("start.missing", Severity::kError, name + " is not in the image");
      return;
    }
    const auto where = files_.resolve(*path);
    const FileNode* node = files_.find(*where);
    if (node->kind != FileKind::kFile) {
      add("start.no-file", Severity::kError, name + " is no file");
      return;
    }
    if ((node->mode & 0001U) == 0) {
      // "Runtime.InvalidEntrypoint"
      add("start.not-executable", Severity::kError,
          name + " may not be executed by all users: chmod 755");
    }
    if (node->size == 0) add("start.empty", Severity::kError, name + " is an empty file");
    plan_.programs.push_back(*where);
  }

  // AWS Lambda Developer Guide, "Create a Lambda function using a container image", "Container
  // image settings": ENTRYPOINT and CMD are in the image, or given to the function.
  void check_start() {
    if (plan_.argv.empty()) {
      add("start.none", Severity::kError,
          "the image has neither an ENTRYPOINT nor a CMD: nothing would be started");
      return;
    }
    const std::string& first = plan_.argv.front();
    check_program(first, config_.entrypoint && !config_.entrypoint->empty() ? "the entrypoint"
                                                                            : "the command");
    const std::string_view program = base_name(first);
    if (program == "lambda-entrypoint.sh") {
      check_aws_base();
    } else if (program == "lambda-entrypoint" || program == "aws-lambda-rie") {
      if (plan_.argv.size() > 1) {
        check_program(plan_.argv[1], "the command");
        check_runtime_client();
      } else {
        check_bootstrap();
      }
    } else {
      check_runtime_client();
    }
  }

  // "Building a custom runtime": where the runtime is looked for.
  void check_bootstrap() {
    for (const char* path : {"var/runtime/bootstrap", "var/task/bootstrap", "opt/bootstrap"}) {
      if (!is_file(path)) continue;
      check_program("/" + std::string(path), "the runtime");
      return;
    }
    add("start.no-runtime", Severity::kError,
        "there is no command, and no bootstrap in /var/runtime, /var/task or /opt");
  }

  // AWS's base images: /lambda-entrypoint.sh starts /var/runtime/bootstrap; CMD is the handler.
  void check_aws_base() {
    check_bootstrap();
    if (plan_.argv.size() < 2) {
      add("handler.none", Severity::kError,
          "there is no handler: CMD [\"module.function\"] names it");
      return;
    }
    if (handlers_are_files()) check_handler(plan_.argv[1]);
  }

  // AWS's base images for Python, Node.js and Ruby. For Java and .NET a handler is a class, which
  // may be in any archive; what it is for a custom runtime only that knows.
  bool handlers_are_files() const {
    return is_file("var/lang/bin/python3") || is_file("var/lang/bin/node") ||
           is_file("var/lang/bin/ruby");
  }

  // AWS's runtime interface clients: python -m awslambdaric app.handler, aws-lambda-ric
  // index.handler.
  void check_runtime_client() {
    for (std::size_t i = 0; i < plan_.argv.size(); ++i) {
      const std::string_view word = base_name(plan_.argv[i]);
      if (word != "awslambdaric" && word != "aws-lambda-ric") continue;
      if (i + 1 == plan_.argv.size()) {
        add("handler.none", Severity::kError,
            "there is no handler behind '" + std::string(word) + "'");
        return;
      }
      check_handler(plan_.argv[i + 1]);
      return;
    }
  }

  // "app.handler" is function `handler` of app.py, app.js or app.rb; "pkg.app.handler" of
  // pkg/app.py; "src/app.handler" of src/app.js.
  void check_handler(std::string_view handler) {
    if (handler.find("::") != std::string_view::npos) return;  // Ruby: a class.
    const std::size_t dot = handler.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == handler.size()) {
      add("handler.form", Severity::kWarning,
          "the handler '" + printable(handler) + "' is not like 'module.function'");
      return;
    }
    const std::string module(handler.substr(0, dot));
    std::string as_path = module;
    std::replace(as_path.begin(), as_path.end(), '.', '/');
    const std::string task(
        trimmed(config_.find_env("LAMBDA_TASK_ROOT").value_or(std::string_view())));
    const std::set<std::string> folders{plan_.working_dir,
                                        task.empty() ? std::string(kTask) : task};
    for (const std::string& folder : folders) {
      for (const std::string& path : {module, as_path}) {
        for (const char* ending :
             {".py", "/__init__.py", ".pyc", ".js", ".mjs", ".cjs", ".rb", ".so"}) {
          if (is_file(join(folder, path + ending))) return;
        }
      }
    }
    add("handler.missing", Severity::kError,
        "no file in " + named(plan_.working_dir) + " is the module of the handler '" +
            printable(handler) + "'");
  }

  bool is_ours(std::string_view path) const {
    if (is_below(path, kTask) || is_below(path, "opt") || is_below(path, "var/runtime")) {
      return true;
    }
    if (!plan_.working_dir.empty() && is_below(path, plan_.working_dir)) return true;
    return std::find(plan_.programs.begin(), plan_.programs.end(), path) != plan_.programs.end();
  }

  // AWS Lambda Developer Guide, "Create a Lambda function using a container image",
  // "Requirements": the default Lambda user must be able to read all the files required to run the
  // function's code. It is none of the image's users.
  void check_readable() {
    std::vector<std::string> unreadable;
    std::vector<std::string> setuid;
    std::set<std::string, std::less<>> above;
    for (const std::string& program : plan_.programs) {
      for (std::size_t slash = program.find('/'); slash != std::string::npos;
           slash = program.find('/', slash + 1)) {
        above.insert(program.substr(0, slash));
      }
    }
    for (const auto& [path, node] : files_.nodes()) {
      if (node.kind == FileKind::kFile && (node.mode & 06000U) != 0) setuid.push_back(path);
      const unsigned wanted = node.kind == FileKind::kFolder ? 0005U : 0004U;
      if (node.kind != FileKind::kFolder && node.kind != FileKind::kFile) continue;
      if ((is_ours(path) || above.contains(path)) && (node.mode & wanted) != wanted) {
        unreadable.push_back(path);
      }
    }
    if (!unreadable.empty()) {
      add("files.unreadable", Severity::kError,
          some_of(unreadable) + " may not be read by all users, and Lambda runs the function as " +
              "one of its own: chmod -R a+rX");
    }
    if (!setuid.empty()) {
      add("files.setuid", Severity::kNote,
          some_of(setuid) + " would run as another user, which nothing on Lambda needs");
    }
  }

  // AWS Lambda Developer Guide, the same requirements: a read-only file system but for /tmp, which
  // is the function's own and empty.
  void check_hidden() {
    std::vector<std::string> hidden;
    for (const auto& [path, node] : files_.nodes()) {
      if (node.kind != FileKind::kFolder && is_below(path, "tmp")) hidden.push_back(path);
    }
    if (!hidden.empty()) {
      add("tmp.content", Severity::kWarning,
          some_of(hidden) + " cannot be seen on Lambda, which has a /tmp of its own");
    }
    if (const auto home = config_.find_env("HOME");
        home && !is_below(trimmed(*home), "tmp") && !home->empty()) {
      add("root.read-only", Severity::kNote,
          "HOME is '" + printable(*home) + "', which cannot be written to: only /tmp can");
    }
  }

  const ImageConfig& config_;
  const ImageFiles& files_;
  StartPlan& plan_;
  std::vector<Finding> found_;
};

// e_machine of the System V ABI.
constexpr unsigned kX86_64 = 62;
constexpr unsigned kAarch64 = 183;

// Nothing if it is no program and no library.
std::optional<unsigned> machine_of(std::string_view head) {
  if (head.size() < 20 || !head.starts_with("\x7f"
                                            "ELF")) {
    return std::nullopt;
  }
  const auto byte = [&](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(head[at]));
  };
  const bool little_endian = byte(5) == 1;
  const auto half = [&](std::size_t at) {
    return little_endian ? byte(at) | byte(at + 1) << 8U : byte(at) << 8U | byte(at + 1);
  };
  const unsigned type = half(16);
  if (type != 2 && type != 3) return std::nullopt;  // ET_EXEC, ET_DYN
  return half(18);
}

}  // namespace

std::vector<Finding> check_files(const Image& image, const ImageFiles& files, StartPlan& plan) {
  return FileChecks(image, files, plan).run();
}

std::vector<Finding> check_binaries(const Image& image, const ImageFiles& files) {
  const std::string& architecture = image.config.platform.architecture;
  if (architecture != "amd64" && architecture != "arm64") return {};
  const unsigned wanted = architecture == "amd64" ? kX86_64 : kAarch64;
  std::vector<std::string> foreign;
  for (const auto& [path, node] : files.nodes()) {
    if (node.kind != FileKind::kFile || node.size < 64) continue;
    const auto head = files.read_head(path, 20);
    const auto machine = head ? machine_of(*head) : std::nullopt;
    if (machine && *machine != wanted) foreign.push_back(path);
  }
  if (foreign.empty()) return {};
  return {{"platform.binaries", Severity::kError,
           some_of(foreign) + " are not for " + architecture + ", which the image says it is for"}};
}

}  // namespace thimble::image
