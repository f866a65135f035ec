#include "thimble/closure/place_tree.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "path_resolver.h"

namespace thimble::closure {
namespace {

using namespace detail;

// Where each folder of a tree goes, by its path there; that of the root is "".
using Folders = std::map<std::string, std::string, std::less<>>;

Result<Folders> find_folders(const image::Tree& tree, const FileView& below) {
  Folders folders{{"", ""}};
  for (const auto& [path, entry] : tree.entries()) {
    if (!entry.is_folder()) continue;
    auto where = resolve_folder(below, path);
    if (!where) {
      return fail(ErrorCode::kInvalid, "'/" + path +
                                           "' cannot be put there: it is no folder, or "
                                           "something above it is none");
    }
    folders.emplace(path, std::move(*where));
  }
  return folders;
}

// A folder as it is below; nothing if there is none.
std::optional<image::TreeEntry> folder_of_below(const FileView& below, std::string_view path) {
  const auto node = below.find(path);
  if (!node || node->kind != FileView::Kind::kFolder) return std::nullopt;
  return image::TreeEntry{image::TreeEntry::Folder{}, node->mode, node->owner, node->group};
}

bool is_as(const image::TreeEntry& a, const image::TreeEntry& b) {
  return a.mode == b.mode && a.owner.value_or(0) == b.owner.value_or(0) &&
         a.group.value_or(0) == b.group.value_or(0);
}

// Whether nothing has to be done, as is usual.
bool is_in_place(const image::Tree& tree, const FileView& below, const Folders& folders) {
  for (const auto& [path, where] : folders) {
    if (path != where) return false;
    if (path.empty()) continue;
    const auto there = folder_of_below(below, path);
    if (there && !is_as(*there, *tree.find(path))) return false;
  }
  return true;
}

// Adds a folder and those above it.
Result<void> add_folder(image::Tree& tree, const FileView& below, std::string_view path,
                        const image::TreeEntry& otherwise) {
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const std::string_view above = path.substr(0, end);
    const bool is_whole = end == std::string_view::npos;
    if (tree.find(above) == nullptr) {
      auto there = folder_of_below(below, above);
      if (!there) {
        there = is_whole ? otherwise : image::TreeEntry{image::TreeEntry::Folder{}, 0755};
      }
      if (auto added = tree.add(above, std::move(*there)); !added) return added;
    }
    if (is_whole) return {};
  }
}

}  // namespace

Result<void> place_tree(image::Tree& tree, const FileView& below) {
  const auto folders = find_folders(tree, below);
  if (!folders) return fail(folders.error());
  if (is_in_place(tree, below, *folders)) return {};
  image::Tree placed;
  for (const auto& [path, entry] : tree.entries()) {
    Result<void> added;
    if (entry.is_folder()) {
      added = add_folder(placed, below, folders->at(path), entry);
    } else {
      const std::string& folder = folders->find(folder_of(path))->second;
      added = placed.add(join(folder, name_of(path)), entry);
    }
    if (!added) return added;
  }
  tree = std::move(placed);
  return {};
}

std::string replaced_folder(const image::Tree& tree, const FileView& below) {
  for (const auto& [path, entry] : tree.entries()) {
    if (entry.is_folder()) continue;
    // A link may take another one's place.
    const auto there = below.find(path);
    if (!there || (entry.is_link() && there->kind == FileView::Kind::kLink)) continue;
    const auto leads_to = resolve(below, path);
    if (leads_to && leads_to->node.kind == FileView::Kind::kFolder) return path;
  }
  return "";
}

}  // namespace thimble::closure
