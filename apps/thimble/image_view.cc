#include "image_view.h"

namespace thimble::cli {

std::optional<ImageView::Node> ImageView::find(std::string_view path) const {
  if (path.empty()) return Node{.kind = Kind::kFolder, .target = {}, .mode = 0755};
  const image::FileNode* node = files_.find(path);
  if (node == nullptr) return std::nullopt;
  switch (node->kind) {
    case image::FileKind::kFolder:
      return Node{.kind = Kind::kFolder,
                  .target = {},
                  .mode = node->mode,
                  .owner = static_cast<std::uint32_t>(node->owner),
                  .group = static_cast<std::uint32_t>(node->group)};
    case image::FileKind::kFile:
      return Node{.kind = Kind::kFile, .target = {}, .mode = node->mode};
    case image::FileKind::kLink:
      return Node{.kind = Kind::kLink, .target = node->target, .mode = node->mode};
    case image::FileKind::kDevice:
      break;
  }
  return Node{.kind = Kind::kOther, .target = {}, .mode = node->mode};
}

std::vector<std::string> ImageView::list(std::string_view path) const {
  return files_.list(path);
}

Result<std::string> ImageView::read(std::string_view path, std::size_t limit) const {
  return files_.read_head(path, limit);
}

Result<image::TreeEntry> ImageView::entry(std::string_view path) const {
  const image::FileNode* node = files_.find(path);
  if (node == nullptr) return fail(ErrorCode::kNotFound, "'" + std::string(path) + "' is missing");
  if (node->kind == image::FileKind::kLink) {
    return image::TreeEntry{image::TreeEntry::Link{node->target}, 0777};
  }
  std::string bytes;
  auto copied = files_.copy(*node, [&](std::string_view part) -> Result<void> {
    bytes += part;
    return {};
  });
  if (!copied) return fail(std::move(copied.error()));
  return image::TreeEntry{std::move(bytes), node->mode & 0777U};
}

}  // namespace thimble::cli
