#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include "thimble/image/sbom.h"
#include <thimble/base/file.h>
#include <thimble/json/reader.h>

#include "program_packages.h"

namespace thimble::image {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxMetadata = std::size_t{1} << 20;
constexpr std::size_t kMaxStatus = std::size_t{64} << 20;
constexpr std::size_t kMaxProgram = std::size_t{512} << 20;
constexpr std::size_t kMaxLicense = 200;

std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The value of "Name: value"; nothing if it is another field.
std::string_view field_of(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || !line.substr(name.size()).starts_with(':')) return {};
  line.remove_prefix(name.size() + 1);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line;
}

// Python packaging's core metadata: an e-mail's head.
Package parse_metadata(std::string_view text) {
  Package package{"pypi", "", "", "", ""};
  std::string expression;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    if (const auto name = field_of(line, "Name"); !name.empty()) package.name = name;
    if (const auto version = field_of(line, "Version"); !version.empty()) package.version = version;
    if (const auto license = field_of(line, "License"); !license.empty()) package.license = license;
    if (const auto said = field_of(line, "License-Expression"); !said.empty()) expression = said;
  }
  if (!expression.empty()) package.license = expression;
  if (package.license.size() > kMaxLicense) package.license.clear();
  return package;
}

Package parse_package_json(std::string_view text) {
  Package package{"npm", "", "", "", ""};
  std::string scratch;
  json::Reader in(text, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    const bool is_text = in.peek() == json::Token::kString;
    if (*key == "name" && is_text)
      package.name = in.read_string();
    else if (*key == "version" && is_text)
      package.version = in.read_string();
    else if (*key == "license" && is_text)
      package.license = in.read_string();
  }
  if (!in.finish()) package.name.clear();
  return package;
}

// dpkg(1): paragraphs of fields, one for each package.
std::vector<Package> parse_status(std::string_view text) {
  std::vector<Package> packages;
  Package package{"deb", "", "", "", ""};
  bool installed = true;
  const auto finish = [&] {
    if (installed && !package.name.empty()) packages.push_back(package);
    package = {"deb", "", "", "", ""};
    installed = true;
  };
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) finish();
    if (const auto name = field_of(line, "Package"); !name.empty()) package.name = name;
    if (const auto version = field_of(line, "Version"); !version.empty()) package.version = version;
    if (const auto status = field_of(line, "Status"); !status.empty()) {
      installed = status.ends_with(" installed");
    }
  }
  finish();
  return packages;
}

// node_modules/NAME/package.json or node_modules/@SCOPE/NAME/package.json, at the very end.
bool is_node_package(std::string_view path) {
  constexpr std::string_view kFolder = "node_modules/";
  if (!path.ends_with("/package.json")) return false;
  const std::size_t at = path.rfind(kFolder);
  if (at == std::string_view::npos || (at > 0 && path[at - 1] != '/')) return false;
  const std::string_view below = path.substr(at + kFolder.size());
  const auto slashes = std::count(below.begin(), below.end(), '/');
  return slashes == (below.starts_with('@') ? 2 : 1);
}

bool is_status(std::string_view path) {
  return path == "var/lib/dpkg/status" ||
         (path.starts_with("var/lib/dpkg/status.d/") && !path.ends_with(".md5sums"));
}

bool is_metadata(std::string_view path) {
  return path.ends_with(".dist-info/METADATA") || path.ends_with(".egg-info/PKG-INFO");
}

class Finder final {
 public:
  Finder(const ImageFiles& files, std::string_view emulator_version)
      : files_(files), emulator_version_(emulator_version) {}

  std::vector<Package> run() {
    for (const auto& [path, node] : files_.nodes()) {
      if (node.kind == FileKind::kFile) look_at(path, node);
    }
    return {found_.begin(), found_.end()};
  }

 private:
  void look_at(const std::string& path, const FileNode& node) {
    if (is_metadata(path)) {
      if (const auto text = files_.read(path, kMaxMetadata)) add(parse_metadata(*text), path);
    } else if (is_node_package(path)) {
      if (const auto text = files_.read(path, kMaxMetadata)) add(parse_package_json(*text), path);
    } else if (is_status(path)) {
      if (const auto text = files_.read(path, kMaxStatus)) add_all(parse_status(*text), path);
    } else if (path == "lambda-entrypoint" || path == "aws-lambda-rie") {
      add({"generic", "thimble-emulator", std::string(emulator_version_), "Apache-2.0", ""}, path);
    } else if (node.size > 64 && node.size <= kMaxProgram) {
      look_at_program(path);
    }
  }

  void look_at_program(const std::string& path) {
    const auto head = files_.read_head(path, 4);
    if (!head || *head !=
                     "\x7f"
                     "ELF") {
      return;
    }
    const auto program = files_.read(path, kMaxProgram);
    if (!program) return;
    add_all(packages_of_go(*program), path);
    add_all(packages_of_rust(*program), path);
  }

  void add(Package package, const std::string& path) {
    if (package.name.empty()) return;
    package.path = path;
    found_.insert(std::move(package));
  }
  void add_all(std::vector<Package> packages, const std::string& path) {
    for (Package& package : packages) add(std::move(package), path);
  }

  const ImageFiles& files_;
  std::string_view emulator_version_;
  std::set<Package> found_;
};

}  // namespace

std::vector<Package> find_packages(const ImageFiles& files, std::string_view emulator_version) {
  return Finder(files, emulator_version).run();
}

std::vector<Package> debian_packages_of(const std::vector<fs::path>& files, const fs::path& root) {
  // Files are listed as they were packaged: /lib/x where /usr/lib/x is today, or the other way.
  std::set<std::string, std::less<>> wanted;
  for (const fs::path& file : files) {
    const std::string path = "/" + file.lexically_normal().relative_path().generic_string();
    wanted.insert(path);
    wanted.insert(path.starts_with("/usr/") ? path.substr(4) : "/usr" + path);
  }
  std::set<std::string, std::less<>> owners;
  std::error_code error;
  for (fs::directory_iterator at(root / "var/lib/dpkg/info", error);
       !error && at != fs::directory_iterator(); at.increment(error)) {
    if (at->path().extension() != ".list") continue;
    const auto text = read_file(at->path(), kMaxStatus);
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    while (!rest.empty()) {
      if (!wanted.contains(take_line(rest))) continue;
      const std::string name = at->path().stem().string();
      owners.insert(name.substr(0, name.find(':')));
      break;
    }
  }
  const auto status = read_file(root / "var/lib/dpkg/status", kMaxStatus);
  if (!status) return {};
  std::set<Package> packages;
  for (Package& package : parse_status(*status)) {
    if (owners.contains(package.name)) packages.insert(std::move(package));
  }
  return {packages.begin(), packages.end()};
}

}  // namespace thimble::image
