#include "node_local.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <thimble/base/file.h>
#include <thimble/json/query.h>
#include <thimble/json/reader.h>

namespace thimble::project::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTask = "var/task";

// The path in a dependency's value; empty if it is none (npm-package-arg).
std::string_view path_in(std::string_view value) {
  if (value.starts_with("file:")) {
    value.remove_prefix(5);
    // "file:///folder"
    if (value.starts_with("//")) value.remove_prefix(2);
    return value;
  }
  if (value.starts_with('.') || value.starts_with('/')) return value;
  const bool is_file =
      value.find(':') == value.npos &&
      (value.ends_with(".tgz") || value.ends_with(".tar.gz") || value.ends_with(".tar"));
  return is_file ? value : std::string_view();
}

class Finder final {
 public:
  Result<void> look(const fs::path& folder, bool is_project) {
    const auto text = read_file(folder / "package.json");
    if (!text) return {};
    for (const std::string_view key : {"dependencies", "optionalDependencies", "devDependencies"}) {
      // npm looks at those of the project even if it does not install them.
      const bool is_needed = key == "dependencies";
      if (key == "devDependencies" && !is_project) continue;
      const auto table = json::find_member(*text, key);
      if (!table) {
        return fail(
            Error(table.error()).during("read '" + (folder / "package.json").string() + "'"));
      }
      if (!*table) continue;
      if (auto done = look_at(**table, folder, is_needed); !done) return done;
    }
    return {};
  }

  std::set<fs::path> found;

 private:
  Result<void> look_at(std::string_view table, const fs::path& folder, bool is_needed) {
    std::string scratch;
    json::Reader in(table, scratch);
    in.enter_object();
    while (auto key = in.next_key()) {
      const std::string name(*key);
      const fs::path value = path_in(in.read_string());
      if (value.empty()) continue;
      fs::path path = (folder / value).lexically_normal();
      if (!path.has_filename()) path = path.parent_path();
      std::error_code ignored;
      if (!fs::exists(path, ignored)) {
        if (!is_needed) continue;
        return fail(ErrorCode::kNotFound, "'" + (folder / "package.json").string() +
                                              "': package '" + name + "' is to be in '" +
                                              path.string() + "', and nothing is there");
      }
      if (!found.insert(path).second || !fs::is_directory(path, ignored)) continue;
      if (auto done = look(path, false); !done) return done;
    }
    return {};
  }
};

bool is_made_by_tools(const std::string& name) {
  constexpr std::array<std::string_view, 3> kMade{"node_modules", ".git", ".thimble"};
  return std::ranges::find(kMade, name) != kMade.end();
}

Error could_not_copy(const fs::path& from, const std::error_code& error) {
  return system_error("copy '" + from.string() + "'", error.value());
}

// Puts packages into a tree and follows the links in them.
class Adder final {
 public:
  Adder(fs::path project, image::Tree& application, image::Tree& to)
      : project_(std::move(project)), application_(application), to_(to) {}

  // The folder as `at` of the tree.
  Result<void> add(const std::string& at, const fs::path& folder) {
    if (std::ranges::find(open_, folder) != open_.end()) {
      return fail(ErrorCode::kInvalid, "package '" + folder.string() +
                                           "' needs itself by way of others: that makes no image");
    }
    if (auto done = to_.add_folder(at, folder); !done) return done;
    std::vector<std::pair<std::string, std::string>> links;
    for (auto entry = to_.entries().lower_bound(at + "/");
         entry != to_.entries().end() && entry->first.starts_with(at + "/"); ++entry) {
      if (!entry->second.is_link()) continue;
      links.emplace_back(entry->first, std::get<image::TreeEntry::Link>(entry->second.what).target);
    }
    open_.push_back(folder);
    for (const auto& [path, target] : links) {
      const fs::path link = folder / path.substr(at.size() + 1);
      if (auto done = follow(path, link, folder, target); !done) return done;
    }
    open_.pop_back();
    return {};
  }

 private:
  Result<void> follow(const std::string& path, const fs::path& link, const fs::path& folder,
                      const std::string& target) {
    const fs::path leads_to = (link.parent_path() / target).lexically_normal();
    if (is_below(leads_to, folder) && !target.starts_with('/')) return {};
    std::error_code error;
    const fs::path real = fs::canonical(leads_to, error);
    if (error) {
      return fail(ErrorCode::kNotFound,
                  "'/" + path + "' is a link to '" + leads_to.string() + "', where nothing is");
    }
    if (is_below(leads_to, project_) && open_.size() == 1) {
      const std::string own =
          std::string(kTask) + "/" + leads_to.lexically_relative(project_).generic_string();
      if (application_.find(own) != nullptr) return add_packages_of(own, leads_to);
    }
    to_.remove(path);
    return fs::is_directory(real, error) ? add(path, real) : to_.add_file(path, real);
  }

  // A local package that the application holds, in its place: only what npm has put there.
  Result<void> add_packages_of(const std::string& own, const fs::path& folder) {
    application_.remove(own + "/node_modules");
    std::error_code ignored;
    const std::string at = own + "/node_modules";
    if (to_.find(at) != nullptr || !fs::is_directory(folder / "node_modules", ignored)) return {};
    return add(at, folder / "node_modules");
  }

  static bool is_below(const fs::path& path, const fs::path& folder) {
    const fs::path relative = path.lexically_relative(folder);
    return !relative.empty() && *relative.begin() != "..";
  }

  fs::path project_;
  image::Tree& application_;
  image::Tree& to_;
  std::vector<fs::path> open_;
};

}  // namespace

Result<std::set<fs::path>> find_local_packages(const fs::path& folder) {
  Finder finder;
  if (auto done = finder.look(folder, true); !done) return fail(std::move(done.error()));
  return std::move(finder.found);
}

Result<void> copy_package(const fs::path& from, const fs::path& to) {
  std::error_code error;
  if (!fs::is_directory(from, error)) {
    fs::create_directories(to.parent_path(), error);
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
    if (error) return fail(could_not_copy(from, error));
    return {};
  }
  fs::create_directories(to, error);
  for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
    const fs::path name = at->path().filename();
    if (is_made_by_tools(name.string())) continue;
    std::error_code one;
    if (at->is_symlink(one)) {
      if (!fs::exists(fs::symlink_status(to / name, one))) fs::copy_symlink(*at, to / name, one);
      if (one) return fail(could_not_copy(at->path(), one));
    } else if (at->is_directory(one) || at->is_regular_file(one)) {
      if (auto done = copy_package(at->path(), to / name); !done) return done;
    }
  }
  if (error) return fail(could_not_copy(from, error));
  return {};
}

Result<void> add_node_modules(const fs::path& project, image::Tree& application, image::Tree& to) {
  std::error_code error;
  const fs::path real = fs::canonical(project, error);
  if (error || !fs::exists(real / "node_modules", error)) return {};
  const std::string at = std::string(kTask) + "/node_modules";
  if (auto done = Adder(real, application, to).add(at, real / "node_modules"); !done) return done;
  to.remove(at + "/.package-lock.json");
  return {};
}

}  // namespace thimble::project::detail
