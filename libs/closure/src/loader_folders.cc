#include "loader_folders.h"

#include <elf.h>

#include <algorithm>
#include <set>
#include <utility>

#include "glob.h"
#include "path_resolver.h"

namespace thimble::closure::detail {
namespace {

constexpr std::size_t kLargestConfiguration = std::size_t{1} << 20;
constexpr std::size_t kLargestLoader = std::size_t{64} << 20;
constexpr std::size_t kMostConfigurations = 1000;

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n\f\v");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n\f\v") - begin + 1);
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string triplet(const Machine& machine) {
  const std::string cpu = platform_value(machine);
  if (machine.number == EM_386) return "i386-linux-gnu";
  if (machine.number == EM_ARM) return "arm-linux-gnueabihf";
  return cpu + "-linux-gnu";
}

// Reads ld.so.conf and what it includes.
class Configuration final {
 public:
  explicit Configuration(const FileView& view) : view_(view) {}

  void read(const std::string& path) {
    const auto resolved = resolve(view_, path);
    if (!resolved || resolved->node.kind != FileView::Kind::kFile) return;
    if (seen_.size() == kMostConfigurations || !seen_.insert(resolved->path).second) return;
    const auto text = view_.read(resolved->path, kLargestConfiguration);
    if (!text) return;
    for (std::string_view line : split(*text, "\n")) {
      line = trim(line.substr(0, line.find('#')));
      if (line.starts_with("include") && line.size() > 7 && (line[7] == ' ' || line[7] == '\t')) {
        for (const std::string_view pattern : split(line.substr(8), " \t")) include(path, pattern);
      } else if (line.starts_with('/')) {
        // libc4 and libc5 had "FOLDER=TYPE" here.
        folders.emplace_back(trim(line.substr(0, line.find('='))));
      }
    }
  }

  std::vector<std::string> folders;

 private:
  void include(std::string_view from, std::string_view pattern) {
    const std::string whole =
        pattern.starts_with('/') ? std::string(pattern) : join(folder_of(from), pattern);
    for (const std::string& path : glob(view_, whole)) read(path);
  }

  const FileView& view_;
  std::set<std::string> seen_;
};

// Of a path that names a folder for libraries.
bool looks_like_folder(std::string_view text) {
  return text.starts_with('/') && text.ends_with('/') && text.size() < 256 &&
         (text.starts_with("/lib") || text.find("/lib") != std::string_view::npos) &&
         text.find_first_of(" %:$\n") == std::string_view::npos;
}

}  // namespace

std::string platform_value(const Machine& machine) {
  switch (machine.number) {
    case EM_X86_64:
      return "x86_64";
    case EM_AARCH64:
      return "aarch64";
    case EM_386:
      return "i686";
    case EM_ARM:
      return "v7l";
    case EM_RISCV:
      return machine.bits == 64 ? "riscv64" : "riscv32";
    case EM_PPC64:
      return machine.little_endian ? "powerpc64le" : "powerpc64";
    case EM_S390:
      return "s390x";
    default:
      return "unknown";
  }
}

std::vector<std::string> lib_values(const Machine& machine) {
  std::vector<std::string> values{"lib/" + triplet(machine)};
  if (machine.bits == 64) values.emplace_back("lib64");
  values.emplace_back("lib");
  return values;
}

std::vector<std::string> configured_folders(const FileView& view) {
  Configuration configuration(view);
  configuration.read("etc/ld.so.conf");
  return std::move(configuration.folders);
}

std::vector<std::string> folders_in_loader(std::string_view bytes) {
  std::vector<std::string> best;
  std::vector<std::string> run;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\0'), bytes.size());
    const std::string_view text = bytes.substr(0, end);
    if (looks_like_folder(text)) {
      run.emplace_back(text.substr(0, text.size() - 1));
    } else {
      run.clear();
    }
    if (run.size() > best.size()) best = run;
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return best.size() < 2 ? std::vector<std::string>() : best;
}

LoaderFolders loader_folders(const FileView& view, std::string_view interpreter,
                             const Machine& machine, bool with_configured) {
  LoaderFolders folders;
  const std::string_view name = name_of(interpreter);
  if (name.starts_with("ld-musl-")) {
    folders.musl = true;
    const std::string file = "etc/" + std::string(name.substr(0, name.find('.'))) + ".path";
    const auto resolved = resolve(view, file);
    if (resolved && resolved->node.kind == FileView::Kind::kFile) {
      folders.musl_path_file = file;
      const std::string text = view.read(resolved->path, kLargestConfiguration).value_or("");
      for (const std::string_view folder : split(text, "\n:")) {
        folders.built_in.emplace_back(folder);
      }
    } else {
      folders.built_in = {"/lib", "/usr/local/lib", "/usr/lib"};
    }
    folders.all = folders.built_in;
    return folders;
  }
  if (const auto loader = resolve(view, interpreter);
      loader && loader->node.kind == FileView::Kind::kFile) {
    folders.built_in = folders_in_loader(view.read(loader->path, kLargestLoader).value_or(""));
  }
  if (folders.built_in.empty()) {
    for (const std::string& lib : lib_values(machine)) {
      folders.built_in.push_back("/" + lib);
      folders.built_in.push_back("/usr/" + lib);
    }
  }
  // ldconfig writes the configured ones first into the cache, and the cache comes first.
  std::set<std::string> built_in;
  for (const std::string& folder : folders.built_in) {
    if (const auto at = resolve(view, folder)) built_in.insert(at->path);
  }
  if (with_configured) folders.all = configured_folders(view);
  for (const std::string& folder : folders.all) {
    const auto at = resolve(view, folder);
    if (at && !built_in.contains(at->path)) folders.configured.push_back(folder);
  }
  folders.all.insert(folders.all.end(), folders.built_in.begin(), folders.built_in.end());
  return folders;
}

}  // namespace thimble::closure::detail
