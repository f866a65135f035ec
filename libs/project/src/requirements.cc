#include "requirements.h"

#include <algorithm>
#include <optional>

#include <thimble/base/file.h>

#include "node.h"

namespace thimble::project::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBlank = " \t\r\f\v";
constexpr std::string_view kOfNames =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

std::string_view trimmed(std::string_view line) {
  const std::size_t first = line.find_first_not_of(kBlank);
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

// A comment begins the line or follows white space, as pip has it: "x @ https://y#z" has none.
std::string_view without_comment(std::string_view line) {
  for (std::size_t at = line.find('#'); at != line.npos; at = line.find('#', at + 1)) {
    if (at == 0 || kBlank.find(line[at - 1]) != kBlank.npos) return trimmed(line.substr(0, at));
  }
  return trimmed(line);
}

// The lines without comments; one that ends with a backslash goes on.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string joined;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool is_comment = trimmed(line).starts_with('#');
    if (line.ends_with('\\') && !is_comment) {
      joined += line.substr(0, line.size() - 1);
      continue;
    }
    joined += is_comment ? std::string_view() : line;
    if (const auto kept = without_comment(joined); !kept.empty()) lines.emplace_back(kept);
    joined.clear();
  }
  if (const auto kept = without_comment(joined); !kept.empty()) lines.emplace_back(kept);
  return lines;
}

std::string_view unquoted(std::string_view word) {
  const bool is_quoted = word.size() > 1 && (word[0] == '"' || word[0] == '\'');
  return is_quoted && word.back() == word[0] ? word.substr(1, word.size() - 2) : word;
}

// The value of an option: "-r x", "-rx", "--requirement x", "--requirement=x".
std::optional<std::string_view> value_of(std::string_view line, std::string_view short_name,
                                         std::string_view long_name) {
  if (line.starts_with("--")) {
    if (!line.starts_with(long_name)) return std::nullopt;
    line.remove_prefix(long_name.size());
    if (line.find_first_of("= \t") != 0) return std::nullopt;
    return unquoted(trimmed(line.substr(1)));
  }
  if (!line.starts_with(short_name)) return std::nullopt;
  line = trimmed(line.substr(short_name.size()));
  if (line.starts_with('=')) line.remove_prefix(1);
  return unquoted(trimmed(line));
}

// The last word of a path or an address, up to its version: ".../name-1.0-py3-none-any.whl".
std::string_view name_in_path(std::string_view path) {
  if (const std::size_t egg = path.find("#egg="); egg != path.npos) {
    path.remove_prefix(egg + 5);
  } else {
    path = path.substr(0, path.find_first_of("#?[; "));
    while (path.ends_with('/')) path.remove_suffix(1);
    path.remove_prefix(path.rfind('/') + 1);
  }
  for (std::size_t at = path.find('-'); at != path.npos; at = path.find('-', at + 1)) {
    if (at + 1 < path.size() && path[at + 1] >= '0' && path[at + 1] <= '9')
      path = path.substr(0, at);
  }
  return path.substr(0, path.find_first_not_of(kOfNames));
}

// What pip takes for a path: it is there, and has a '/' in it or is a file.
bool is_path(std::string_view requirement, const fs::path& folder) {
  const std::string_view path = trimmed(requirement.substr(0, requirement.find_first_of(";[")));
  if (path.empty()) return false;
  std::error_code ignored;
  const fs::path there = folder / path;
  return path.find('/') == path.npos ? fs::is_regular_file(there, ignored)
                                     : fs::exists(there, ignored);
}

// One requirement (PEP 508), a path or an address.
void add_requirement(std::string_view line, const fs::path& folder, Requirements& to) {
  const bool is_local = line.starts_with('.') || line.starts_with('/') || is_path(line, folder);
  if (is_local || line.find("file:") != line.npos) to.has_local = true;
  const std::size_t end = std::min(line.find_first_not_of(kOfNames), line.size());
  const std::string_view rest = line.substr(end);
  const bool is_name = !is_local && end > 0 && !rest.starts_with(':') && !rest.starts_with('+');
  to.names.insert(normalised_name(is_name ? line.substr(0, end) : name_in_path(line)));
}

// pip looks for requirements files beside the one that names them, for packages where it runs.
class Reader final {
 public:
  Reader(fs::path folder, Requirements& to) : folder_(std::move(folder)), to_(to) {}

  Result<void> read(const fs::path& file, bool is_constraint) {
    if (!read_.insert({file.lexically_normal().string(), is_constraint}).second) return {};
    auto text = read_file(file);
    if (!text) return fail(std::move(text.error()));
    for (const std::string& line : lines_of(*text)) {
      if (auto done = take(line, file.parent_path(), is_constraint); !done) return done;
    }
    to_.contents.push_back(std::move(*text));
    return {};
  }

 private:
  Result<void> take(const std::string& line, const fs::path& beside, bool is_constraint) {
    if (const auto other = value_of(line, "-r", "--requirement")) {
      return follow(*other, beside, false);
    }
    if (const auto other = value_of(line, "-c", "--constraint")) {
      return follow(*other, beside, true);
    }
    if (const auto edited = value_of(line, "-e", "--editable")) {
      to_.has_local = true;
      if (!is_constraint) to_.names.insert(normalised_name(name_in_path(*edited)));
      return {};
    }
    if (line.starts_with('-')) return {};
    if (!is_constraint) {
      add_requirement(line, folder_, to_);
    } else if (line.find("file:") != line.npos || is_path(line, folder_)) {
      to_.has_local = true;
    }
    return {};
  }

  Result<void> follow(std::string_view name, const fs::path& beside, bool is_constraint) {
    // pip puts variables in.
    if (name.find("${") != name.npos) to_.has_local = true;
    if (name.find("${") != name.npos || name.find("://") != name.npos) return {};
    return read(beside / name, is_constraint);
  }

  fs::path folder_;
  Requirements& to_;
  std::set<std::pair<std::string, bool>> read_;
};

constexpr std::string_view kElsewhere =
    "list them in [project] dependencies, or in a requirements.txt";

// What other tools than pip read is not taken for nothing.
Result<void> refuse_others(const Node& root, const Node* project) {
  const auto refuse = [](const Node& at, std::string_view what) {
    return fail(ErrorCode::kInvalid,
                "pyproject.toml:" + std::to_string(at.line) + ": " + std::string(what));
  };
  const Node* dynamic = project == nullptr ? nullptr : project->find("dynamic");
  if (dynamic != nullptr && std::ranges::find(dynamic->children, "dependencies", &Node::text) !=
                                dynamic->children.end()) {
    return refuse(*dynamic, "the dependencies are \"dynamic\": " + std::string(kElsewhere));
  }
  const Node* found = &root;
  for (const std::string_view key : {"tool", "poetry", "dependencies"}) {
    found = found == nullptr ? nullptr : found->find(key);
  }
  if (found == nullptr) return {};
  const bool has_any = std::ranges::any_of(
      found->children, [](const Node& one) { return normalised_name(one.key) != "python"; });
  if (!has_any) return {};
  return refuse(*found,
                "[tool.poetry.dependencies] is for Poetry alone: 'poetry export -o "
                "requirements.txt', or " +
                    std::string(kElsewhere));
}

Result<void> read_pyproject(const fs::path& file, const fs::path& folder, Requirements& to) {
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  const auto root = parse_toml(*text, "pyproject.toml");
  if (!root) return fail(root.error());
  const Node* project = root->find("project");
  const Node* dependencies = project == nullptr ? nullptr : project->find("dependencies");
  if (dependencies == nullptr) return refuse_others(*root, project);
  for (const Node& one : dependencies->children) {
    if (one.kind != Node::Kind::kString) {
      return fail(ErrorCode::kInvalid, "pyproject.toml:" + std::to_string(one.line) +
                                           ": 'dependencies': expected a list of strings");
    }
    to.more.push_back(one.text);
    add_requirement(trimmed(one.text), folder, to);
  }
  return {};
}

}  // namespace

std::string normalised_name(std::string_view name) {
  std::string normal;
  for (const char c : name) {
    const bool is_between = c == '-' || c == '_' || c == '.';
    if (is_between && normal.ends_with('-')) continue;
    const bool is_upper = c >= 'A' && c <= 'Z';
    normal += is_between ? '-' : is_upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return normal;
}

Result<Requirements> find_requirements(const fs::path& folder) {
  Requirements found;
  std::error_code ignored;
  if (const fs::path file = folder / "requirements.txt"; fs::exists(file, ignored)) {
    if (auto done = Reader(folder, found).read(file, false); !done) {
      return fail(std::move(done.error()));
    }
    found.files.push_back(file.string());
  } else if (const fs::path project = folder / "pyproject.toml"; fs::exists(project, ignored)) {
    if (auto done = read_pyproject(project, folder, found); !done) {
      return fail(std::move(done.error()));
    }
  }
  return found;
}

}  // namespace thimble::project::detail
