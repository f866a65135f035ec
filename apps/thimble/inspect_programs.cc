#include <algorithm>
#include <array>

#include <thimble/closure/file_view.h>
#include <thimble/closure/native_closure.h>
#include <thimble/project/secrets.h>

#include "inspect_report.h"

namespace thimble::cli {
namespace {

using image::FileKind;
using image::Severity;

constexpr std::size_t kLargestSecret = std::size_t{1} << 20;

// The files of an image, for the search of libraries.
class ImageView final : public closure::FileView {
 public:
  explicit ImageView(const image::ImageFiles& files) : files_(files) {}

  [[nodiscard]] std::optional<Node> find(std::string_view path) const override {
    const image::FileNode* node = files_.find(path);
    if (node == nullptr) return std::nullopt;
    Node found;
    found.kind = node->kind == FileKind::kFolder ? Kind::kFolder
                 : node->kind == FileKind::kFile ? Kind::kFile
                 : node->kind == FileKind::kLink ? Kind::kLink
                                                 : Kind::kOther;
    found.target = node->target;
    found.mode = node->mode & 0777U;
    return found;
  }

  [[nodiscard]] std::vector<std::string> list(std::string_view path) const override {
    return files_.list(path);
  }

  [[nodiscard]] Result<std::string> read(std::string_view path, std::size_t limit) const override {
    return files_.read_head(path, limit);
  }

  [[nodiscard]] Result<image::TreeEntry> entry(std::string_view path) const override {
    const image::FileNode* node = files_.find(path);
    if (node == nullptr) return fail(ErrorCode::kNotFound, "'" + std::string(path) + "'");
    if (node->kind == FileKind::kLink) {
      return image::TreeEntry{image::TreeEntry::Link{node->target}, 0777};
    }
    if (node->kind == FileKind::kFolder) return image::TreeEntry{image::TreeEntry::Folder{}, 0755};
    auto bytes = files_.read(path, std::size_t{1} << 30);
    if (!bytes) return fail(std::move(bytes.error()));
    return image::TreeEntry{std::move(*bytes), node->mode & 0777U};
  }

 private:
  const image::ImageFiles& files_;
};

// Whether the line that names an interpreter ends in a carriage return, which the kernel takes for
// a part of the last word: either the interpreter is not found, or it is given an odd argument.
bool has_windows_line_ends(std::string_view head) {
  return head.starts_with("#!") && head.substr(0, head.find('\n')).ends_with('\r');
}

// What the kernel starts in place of a program that begins with "#!", without a slash in front.
std::string script_interpreter(std::string_view head) {
  if (!head.starts_with("#!")) return {};
  head.remove_prefix(2);
  head = head.substr(0, head.find('\n'));
  const std::size_t begin = head.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  head.remove_prefix(begin);
  head = head.substr(0, head.find_first_of(" \t"));
  while (head.starts_with('/')) head.remove_prefix(1);
  return std::string(head);
}

// The loader, or the interpreter of a script, that is not there.
void check_interpreter(const image::ImageFiles& files, const std::string& program,
                       std::vector<image::Finding>& found) {
  const auto missing = [&](const std::string& interpreter) {
    found.push_back({"start.interpreter", Severity::kError,
                     "'/" + image::printable(program) + "' needs '" +
                         image::printable(interpreter) + "', which is not in the image"});
  };
  const auto head = files.read_head(program, 4096);
  if (!head) return;
  if (has_windows_line_ends(*head)) {
    found.push_back(
        {"start.interpreter", Severity::kError,
         "'/" + image::printable(program) +
             "' has Windows line ends, with which it does not start: sed -i 's/\\r$//'"});
    return;
  }
  if (const std::string script = script_interpreter(*head); !script.empty()) {
    if (!files.resolve(script)) missing("/" + script);
    return;
  }
  const auto bytes = files.read(program, std::size_t{1} << 30);
  if (!bytes) return;
  const auto elf = closure::ElfFile::parse(*bytes);
  if (!elf) {
    found.push_back({"start.damaged", Severity::kError,
                     "'/" + image::printable(program) + "': " + elf.error().message});
    return;
  }
  if (!*elf) {
    found.push_back({"start.format", Severity::kError,
                     "'/" + image::printable(program) +
                         "' is neither a program nor a script that begins with #!"});
    return;
  }
  if (!(*elf)->interpreter.empty() && !files.resolve((*elf)->interpreter)) {
    missing((*elf)->interpreter);
  }
}

// Whether the function is there: in the image's working folder, if that is one of its own, or where
// sources are, as images of Node.js have it.
bool is_of_function(std::string_view path, std::string_view working_dir) {
  if (path.starts_with("usr/src/") || path.starts_with("usr/local/src/")) return true;
  constexpr std::array<std::string_view, 5> kShared{"", "usr", "usr/local", "usr/lib", "lib"};
  if (std::ranges::find(kShared, working_dir) != kShared.end()) return false;
  return path.starts_with(working_dir) && path.substr(working_dir.size()).starts_with('/');
}

// Folders of what others have published, whose examples and tests hold keys on purpose.
bool is_published(std::string_view path, std::string_view working_dir) {
  for (const std::string_view packages : {"/node_modules/", "/site-packages/", "/dist-packages/"}) {
    if (("/" + std::string(path)).find(packages) != std::string::npos) return true;
  }
  if (!path.starts_with("usr/") && !path.starts_with("lib/")) return false;
  return !is_of_function(path, working_dir);
}

}  // namespace

std::vector<image::Finding> check_programs_of(const image::ImageFiles& files,
                                              const image::StartPlan& plan) {
  std::vector<image::Finding> found;
  for (const std::string& program : plan.programs) check_interpreter(files, program, found);
  const ImageView view(files);
  for (const std::string& program : plan.programs) {
    const auto closure = closure::check_programs(view, {program});
    if (!closure) continue;
    for (const closure::MissingLibrary& library : closure->missing) {
      // Said above, in other words.
      if (library.name.starts_with('/')) continue;
      image::Finding finding{"start.libraries", Severity::kError,
                             "'" + image::printable(library.needed_by) + "' needs '" +
                                 image::printable(library.name) +
                                 (library.other_machine ? "', which is there for another machine"
                                                        : "', which is not in the image")};
      if (std::find(found.begin(), found.end(), finding) == found.end()) {
        found.push_back(std::move(finding));
      }
    }
  }
  return found;
}

std::vector<image::Finding> check_secrets_of(const image::ImageFiles& files,
                                             const image::StartPlan& plan) {
  std::vector<image::Finding> found;
  const std::string working_dir = files.resolve(plan.working_dir).value_or(std::string());
  for (const auto& [path, node] : files.nodes()) {
    if (node.kind != FileKind::kFile || node.size > kLargestSecret) continue;
    if (is_published(path, working_dir)) continue;
    std::string what(project::secret_by_name(path));
    int line = 0;
    if (what.empty()) {
      const auto text = files.read(path, kLargestSecret);
      if (!text || text->find('\0') != std::string::npos) continue;
      what = project::secret_in_text(*text, line);
    }
    if (what.empty()) continue;
    found.push_back({"secrets.file", Severity::kError,
                     "'/" + image::printable(path) + "'" +
                         (line > 0 ? ", line " + std::to_string(line) : "") + ": " + what});
  }
  return found;
}

}  // namespace thimble::cli
