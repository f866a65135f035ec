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

Result<Extension> read_extension(const std::string& name, const fs::path& project_folder,
                                 const project::Origin& origin, const image::Platform& platform,
                                 const RegistryFlags& registry, const Context& context) {
  const auto image = open_base({.name = name,
                                .platform = platform,
                                .lock = project_folder / "thimble.lock",
                                .registry = registry,
                                .folder = folder_for(origin, project_folder)},
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

Result<Additions> read_additions(const project::Function& function, const fs::path& project_folder,
                                 const image::Platform& platform, const RegistryFlags& registry,
                                 const Context& context) {
  Additions additions;
  for (const project::Addition& addition : *function.image.add) {
    if (auto added = add(additions.files, addition, project_folder); !added) {
      return fail(std::move(added.error()).during("[image] add"));
    }
  }
  for (const std::string& name : *function.image.extensions) {
    auto extension = read_extension(name, project_folder, function.image.extensions.origin,
                                    platform, registry, context);
    if (!extension) return fail(std::move(extension.error()));
    additions.extensions.push_back(std::move(*extension));
  }
  return additions;
}

}  // namespace thimble::cli
