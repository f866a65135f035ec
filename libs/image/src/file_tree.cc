#include "file_tree.h"

#include <algorithm>
#include <deque>

namespace thimble::image {
namespace {

constexpr int kMostLinks = 40;  // MAXSYMLINKS of Linux.

// Names alone can fill the memory: a million of them may have 4 KB each.
constexpr std::size_t kMostPathBytes = std::size_t{512} << 20;

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  return parts;
}

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

FileNode folder(std::size_t layer) {
  FileNode node;
  node.kind = FileKind::kFolder;
  node.mode = 0755;
  node.layer = layer;
  return node;
}

FileNode node_of(const StoredEntry& stored, std::size_t layer) {
  const LayerEntry& entry = stored.entry;
  FileNode node;
  node.kind = entry.kind == EntryKind::kFolder    ? FileKind::kFolder
              : entry.kind == EntryKind::kSymlink ? FileKind::kLink
              : entry.kind == EntryKind::kDevice  ? FileKind::kDevice
                                                  : FileKind::kFile;
  node.mode = entry.mode;
  node.owner = entry.owner;
  node.group = entry.group;
  node.size = entry.size;
  node.mtime = entry.mtime;
  node.target = entry.target;
  node.layer = layer;
  node.content = stored.content;
  return node;
}

}  // namespace

const FileNode* FileTree::find(std::string_view path) const {
  static const FileNode kRoot = folder(0);
  if (path.empty()) return &kRoot;
  const auto found = nodes_.find(path);
  return found == nodes_.end() ? nullptr : &found->second;
}

Result<void> FileTree::set(std::string path, FileNode node) {
  path_bytes_ += path.size() + node.target.size();
  if (path_bytes_ > kMostPathBytes) {
    return fail(ErrorCode::kLimit, "the names of the layers' entries fill the memory");
  }
  nodes_.insert_or_assign(std::move(path), std::move(node));
  return {};
}

// As a kernel does in a root folder: ".." there leads nowhere.
Result<std::string> FileTree::walk(std::string_view path, bool follow_last, Missing missing,
                                   std::size_t layer) {
  std::string at;
  int links = 0;
  std::deque<std::string> rest;
  for (std::string& part : parts_of(path)) rest.push_back(std::move(part));
  while (!rest.empty()) {
    const std::string part = std::move(rest.front());
    rest.pop_front();
    if (part == "..") {
      at = parent_of(at);
      continue;
    }
    const std::string next = at.empty() ? part : at + "/" + part;
    const auto found = nodes_.find(next);
    if (found == nodes_.end()) {
      if (missing == Missing::kFail) {
        return fail(ErrorCode::kNotFound, "'" + printable(next) + "' is not in the image");
      }
      if (next.size() > 4095) return fail(ErrorCode::kInvalid, "a path is too long behind links");
      if (auto made = set(next, folder(layer)); !made) return fail(std::move(made.error()));
      at = next;
      continue;
    }
    const FileNode& node = found->second;
    if (node.kind == FileKind::kLink && (follow_last || !rest.empty())) {
      if (++links > kMostLinks) {
        return fail(ErrorCode::kInvalid,
                    "'" + printable(path) + "' leads through too many symbolic links");
      }
      std::vector<std::string> target = parts_of(node.target);
      rest.insert(rest.begin(), target.begin(), target.end());
      if (rest.size() > 100'000) return fail(ErrorCode::kInvalid, "a link leads too far");
      if (node.target.starts_with('/')) at.clear();
      continue;
    }
    if (node.kind != FileKind::kFolder && (!rest.empty() || missing == Missing::kMake)) {
      return fail(ErrorCode::kInvalid, "'" + printable(path) + "' leads through '" +
                                           printable(next) + "', which is no folder");
    }
    at = next;
  }
  return at;
}

Result<std::string> FileTree::resolve(std::string_view path, bool follow_last) const {
  // Nothing is made on the way.
  return const_cast<FileTree*>(this)->walk(path, follow_last, Missing::kFail, 0);
}

// Where an entry belongs: the folders above it, found or made.
Result<std::string> FileTree::place(std::string_view path, std::size_t layer) {
  auto parent = walk(parent_of(path), true, Missing::kMake, layer);
  if (!parent) return parent;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  std::string placed = parent->empty() ? std::string(name) : *parent + "/" + std::string(name);
  if (placed.size() > 4095) return fail(ErrorCode::kInvalid, "a path is too long behind links");
  return placed;
}

void FileTree::erase_below(std::string_view path) {
  const std::string prefix = std::string(path) + "/";
  const auto first = path.empty() ? nodes_.begin() : nodes_.lower_bound(prefix);
  auto last = first;
  while (last != nodes_.end() && (path.empty() || last->first.starts_with(prefix))) {
    path_bytes_ -= std::min(path_bytes_, last->first.size() + last->second.target.size());
    ++last;
  }
  nodes_.erase(first, last);
}

void FileTree::hide(const LayerEntry& whiteout) {
  if (whiteout.kind == EntryKind::kOpaque) {
    const auto path = resolve(whiteout.path, true);
    if (path) erase_below(*path);
    return;
  }
  const auto path = resolve(whiteout.path, false);
  if (!path || path->empty()) return;
  erase_below(*path);
  nodes_.erase(*path);
}

Result<void> FileTree::put(const StoredEntry& stored, std::size_t layer) {
  const LayerEntry& entry = stored.entry;
  if (entry.path.empty()) return {};  // The root folder is there already.
  FileNode node = node_of(stored, layer);
  if (entry.kind == EntryKind::kHardLink) {
    const auto target = resolve(entry.target, false);
    const FileNode* linked = target ? find(*target) : nullptr;
    if (linked == nullptr || linked->kind == FileKind::kFolder) {
      return fail(ErrorCode::kInvalid, "the layer has an entry '" + printable(entry.path) +
                                           "', a hard link to '" + printable(entry.target) +
                                           "', which is no file of the image");
    }
    node = *linked;
    node.layer = layer;
  }
  auto path = place(entry.path, layer);
  if (!path) {
    return fail(
        std::move(path.error()).during("the layer has an entry '" + printable(entry.path) + "'"));
  }
  if (node.kind != FileKind::kFolder) erase_below(*path);
  return set(std::move(*path), std::move(node));
}

Result<void> FileTree::apply(const std::vector<StoredEntry>& entries, std::size_t layer) {
  const auto is_whiteout = [](const LayerEntry& entry) {
    return entry.kind == EntryKind::kWhiteout || entry.kind == EntryKind::kOpaque;
  };
  // First, because whiteouts are about lower layers, wherever they stand in this one.
  for (const StoredEntry& stored : entries) {
    if (is_whiteout(stored.entry)) hide(stored.entry);
  }
  for (const StoredEntry& stored : entries) {
    if (is_whiteout(stored.entry)) continue;
    if (auto done = put(stored, layer); !done) return done;
  }
  return {};
}

}  // namespace thimble::image
