#include "path_resolver.h"

#include <utility>

namespace thimble::closure::detail {
namespace {

constexpr int kMostLinks = 40;  // As Linux has it.

// The parts of a path that are still to be walked, the next one last.
void push_parts(std::vector<std::string>& parts, std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::string_view part = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
}

struct Walk {
  Resolved at{.path = "", .node = {.kind = FileView::Kind::kFolder}, .links = {}};
  std::vector<std::string> rest;  // What is not there, the next part last.
};

// Walks as far as there is something; nothing if there are too many links, or a file on the way.
std::optional<Walk> walk(const FileView& view, std::string_view path) {
  Walk walk;
  push_parts(walk.rest, path);
  Resolved& at = walk.at;
  while (!walk.rest.empty()) {
    if (at.node.kind != FileView::Kind::kFolder) return std::nullopt;
    const std::string part = walk.rest.back();
    if (part == "..") {
      at.path = folder_of(at.path);
      walk.rest.pop_back();
      continue;
    }
    const std::string next = join(at.path, part);
    auto node = view.find(next);
    if (!node) return walk;
    walk.rest.pop_back();
    if (node->kind == FileView::Kind::kLink) {
      if (at.links.size() == kMostLinks) return std::nullopt;
      at.links.push_back(next);
      if (node->target.starts_with('/')) at.path.clear();
      push_parts(walk.rest, node->target);
      continue;
    }
    at.path = next;
    at.node = std::move(*node);
  }
  return walk;
}

}  // namespace

std::optional<Resolved> resolve(const FileView& view, std::string_view path) {
  auto walked = walk(view, path);
  if (!walked || !walked->rest.empty()) return std::nullopt;
  return std::move(walked->at);
}

std::optional<std::string> resolve_folder(const FileView& view, std::string_view path) {
  auto walked = walk(view, path);
  if (!walked || walked->at.node.kind != FileView::Kind::kFolder) return std::nullopt;
  std::string folder = std::move(walked->at.path);
  for (auto part = walked->rest.rbegin(); part != walked->rest.rend(); ++part) {
    folder = *part == ".." ? std::string(folder_of(folder)) : join(folder, *part);
  }
  return folder;
}

std::string join(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty()) path += '/';
  return path.append(name);
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return path.substr(0, slash == std::string_view::npos ? 0 : slash);
}

std::string_view name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace thimble::closure::detail

namespace thimble::closure {

std::optional<FileView::Node> follow(const FileView& view, std::string_view path) {
  auto resolved = detail::resolve(view, path);
  if (!resolved) return std::nullopt;
  return std::move(resolved->node);
}

}  // namespace thimble::closure
