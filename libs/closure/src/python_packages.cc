#include "python_packages.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thimble/closure/file_view.h"

#include "path_resolver.h"

namespace thimble::closure::detail {
namespace {

constexpr std::size_t kMostNamed = 5;

bool is_about_this_machine(std::string_view path) {
  if (!folder_of(path).ends_with(".dist-info")) return false;
  const std::string_view name = name_of(path);
  return name == "INSTALLER" || name == "REQUESTED" || name == "direct_url.json" ||
         name == "RECORD";
}

// A script in bin/ begins with the path of an interpreter that is not in the image.
bool is_script(const TreeView& view, const std::string& path) {
  if (name_of(folder_of(path)) != "bin") return false;
  const auto begin = view.read(path, 2);
  return begin && *begin == "#!";
}

// Of lines "path,hash,size" only the paths, of files that are there.
std::string clean_record(std::string_view record, std::string_view site, const image::Tree& tree) {
  std::set<std::string> lines;
  while (!record.empty()) {
    const std::size_t end = std::min(record.find('\n'), record.size());
    const std::string_view line = record.substr(0, end);
    const std::string path(line.substr(0, line.find(',')));
    if (tree.find(join(site, path)) != nullptr) lines.insert(path + ",,\n");
    record.remove_prefix(std::min(end + 1, record.size()));
  }
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

// "cpython-310" of "x.cpython-310-x86_64-linux-gnu.so".
std::string_view tag_of(std::string_view name) {
  const std::size_t at = name.find(".cpython-");
  if (at == std::string_view::npos) return {};
  const std::string_view rest = name.substr(at + 1);
  return rest.substr(0, rest.find_first_of("-.", 8));
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i) {
    text += (i == 0 ? "'" : ", '") + names[i] + "'";
  }
  if (names.size() > kMostNamed) {
    text += " and " + std::to_string(names.size() - kMostNamed) + " more";
  }
  return text;
}

}  // namespace

bool is_library(std::string_view path, const image::TreeEntry& entry) {
  const std::string_view name = name_of(path);
  return entry.is_file() && (name.ends_with(".so") || name.find(".so.") != std::string_view::npos);
}

Result<image::Tree> clean_packages(const image::Tree& packages) {
  image::Tree tree;
  const TreeView view(packages);
  std::vector<std::string> records;
  for (const auto& [path, entry] : packages.entries()) {
    if (entry.is_folder() || path.find("/__pycache__/") != std::string::npos ||
        path.ends_with(".pyc")) {
      continue;
    }
    if (path.ends_with(".dist-info/RECORD")) records.push_back(path);
    if (is_about_this_machine(path) || is_script(view, path)) continue;
    if (auto added = tree.add(path, entry); !added) return fail(std::move(added.error()));
  }
  for (const std::string& path : records) {
    const auto text = packages.find(path)->read();
    if (!text) return fail(text.error());
    const std::string_view site = folder_of(folder_of(path));
    if (auto added = tree.add_bytes(path, clean_record(*text, site, tree)); !added) {
      return fail(std::move(added.error()));
    }
  }
  return tree;
}

Result<void> check_libraries(const PythonInstall& python, const Machine& machine,
                             const image::Tree& tree) {
  std::vector<std::string> foreign;
  std::string architecture;
  std::vector<std::string> other_version;
  for (const auto& [path, entry] : tree.entries()) {
    if (!is_library(path, entry)) continue;
    const auto bytes = entry.read();
    if (!bytes) return fail(bytes.error());
    const auto elf = ElfFile::parse(*bytes);
    if (!elf) {
      return fail(ErrorCode::kInvalid, "'/" + path + "': " + elf.error().message);
    }
    if (*elf && (*elf)->machine != machine) {
      foreign.push_back("/" + path);
      architecture = (*elf)->machine.architecture();
    }
    const std::string_view tag = tag_of(name_of(path));
    if (!tag.empty() && tag != python.cache_tag) {
      std::string ours = path;
      ours.replace(ours.rfind(tag), tag.size(), python.cache_tag);
      if (tree.find(ours) == nullptr) other_version.push_back("/" + path);
    }
  }
  if (!foreign.empty()) {
    return fail(ErrorCode::kInvalid,
                "packages are built for " + architecture + ", '" + python.executable.string() +
                    "' is for " + machine.architecture() + ": " + list(foreign) +
                    "; install them for that, or use a base image of " + architecture);
  }
  if (!other_version.empty()) {
    return fail(ErrorCode::kInvalid, "packages are built for another version than Python " +
                                         python.version + ": " + list(other_version) +
                                         "; install them with this interpreter's pip");
  }
  return {};
}

}  // namespace thimble::closure::detail
