#include <map>
#include <string>
#include <utility>
#include <vector>

#include "thimble/closure/native_closure.h"

#include "path_resolver.h"

namespace thimble::closure {
namespace {

using namespace detail;

// Puts files to where the folders of the target lead.
class Placing final {
 public:
  Placing(image::Tree& tree, const FileView& source, const FileView* base)
      : tree_(tree), source_(source), added_(tree), target_(views(base)) {}

  Result<void> place(const std::string& path) {
    const auto node = source_.find(path);
    if (!node) return fail(ErrorCode::kNotFound, "'/" + path + "' is no longer there");
    if (node->kind == FileView::Kind::kLink) {
      const auto leads_to = resolve(source_, path);
      const bool to_folder = leads_to && leads_to->node.kind == FileView::Kind::kFolder;
      if (to_folder && resolve(target_, path)) return {};
    }
    const auto where = place_of(path);
    if (!where) return fail(where.error());
    auto entry = source_.entry(path);
    if (!entry) return fail(std::move(entry.error()));
    moved_[path] = *where;
    return tree_.add(*where, std::move(*entry));
  }

  // Makes `asked` lead to where `path` is now.
  Result<void> name(const std::string& asked, const std::string& path) {
    const auto moved = moved_.find(path);
    const std::string& file = moved == moved_.end() ? path : moved->second;
    const auto leads_to = resolve(target_, asked);
    if (leads_to && leads_to->path == file) return {};
    const auto where = place_of(asked);
    if (!where) return fail(where.error());
    return tree_.add(*where, {image::TreeEntry::Link{"/" + file}, 0777});
  }

  [[nodiscard]] bool has(const std::string& path) const {
    return resolve(target_, path).has_value();
  }

 private:
  [[nodiscard]] std::vector<const FileView*> views(const FileView* base) const {
    std::vector<const FileView*> all{&added_};
    if (base != nullptr) all.push_back(base);
    return all;
  }

  [[nodiscard]] Result<std::string> place_of(const std::string& path) const {
    const auto folder = resolve_folder(target_, folder_of(path));
    if (!folder) {
      return fail(ErrorCode::kInvalid, "'/" + path + "' cannot be put there: '/" +
                                           std::string(folder_of(path)) + "' is no folder");
    }
    return join(*folder, name_of(path));
  }

  image::Tree& tree_;
  const FileView& source_;
  const TreeView added_;
  const LayeredView target_;
  std::map<std::string, std::string> moved_;
};

}  // namespace

Result<void> add_to_tree(image::Tree& tree, const FileView& view, const NativeClosure& closure,
                         const FileView* base) {
  Placing placing(tree, view, base);
  for (const std::string& path : closure.paths) {
    if (auto placed = placing.place(path); !placed) return placed;
  }
  for (const auto& [asked, path] : closure.names) {
    if (auto named = placing.name(asked, path); !named) return named;
  }
  for (const auto& [asked, path] : closure.configured) {
    if (placing.has(asked)) continue;
    if (auto named = placing.name(asked, path); !named) return named;
  }
  return {};
}

}  // namespace thimble::closure
