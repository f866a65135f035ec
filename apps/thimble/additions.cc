#include "additions.h"

#include <system_error>

#include "base_image.h"
#include "image_view.h"

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOpt = "opt/";

std::string without_slashes(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

// A folder's content goes to the target; a file goes to it, or into it if it ends with a slash.
Result<void> add(image::Tree& tree, const project::Addition& addition, const fs::path& folder) {
  const fs::path source = folder / addition.source;
  std::error_code error;
  std::string target = without_slashes(addition.target);
  if (fs::is_directory(source, error)) return tree.add_folder(target, source);
  if (addition.target.ends_with('/')) {
    target += (target.empty() ? "" : "/") + source.filename().string();
  }
  return tree.add_file(target, source);
}

Result<Extension> read_extension(const std::string& name, const ImageRequest& request,
                                 const Context& context) {
  const fs::path& folder = request.project.folder;
  const auto image =
      open_base({.name = name,
                 .platform = request.platform,
                 .lock = folder / "thimble.lock",
                 .registry = request.registry,
                 .rebase = request.rebase,
                 .folder = folder_for(request.function.image.extensions.origin, folder)},
                context);
  if (!image) return fail(Error(image.error()).during("extension"));
  Extension extension{.name = name, .tree = {}};
  const ImageView view(image->files);
  for (const auto& [path, node] : image->files.nodes()) {
    if (!path.starts_with(kOpt)) continue;
    Result<void> added;
    if (node.kind == image::FileKind::kFolder) {
      added = extension.tree.add(path, {image::TreeEntry::Folder{}, 0755});
    } else {
      auto entry = view.entry(path);
      if (!entry) return fail(std::move(entry.error()));
      added = extension.tree.add(path, std::move(*entry));
    }
    if (!added) return fail(std::move(added.error()));
  }
  if (extension.tree.empty()) {
    return fail(ErrorCode::kNotFound, "extension '" + name + "' has nothing in /opt");
  }
  return extension;
}

}  // namespace

Result<Additions> read_additions(const ImageRequest& request, const Context& context) {
  Additions additions;
  const project::ImageSettings& settings = request.function.image;
  for (const project::Addition& addition : *settings.add) {
    if (auto added = add(additions.files, addition, request.project.folder); !added) {
      return fail(std::move(added.error()).during("[image] add"));
    }
  }
  for (const std::string& name : *settings.extensions) {
    auto extension = read_extension(name, request, context);
    if (!extension) return fail(std::move(extension.error()));
    additions.extensions.push_back(std::move(*extension));
  }
  return additions;
}

}  // namespace thimble::cli
