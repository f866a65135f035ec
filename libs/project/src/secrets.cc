#include "thimble/project/secrets.h"

#include <algorithm>
#include <array>
#include <span>

namespace thimble::project {
namespace {

constexpr std::string_view kTask = "var/task/";

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

template <class Visit>
bool any_folder(std::string_view path, Visit visit) {
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t slash = path.find('/', at);
    if (slash == path.npos) return false;
    if (visit(path.substr(at, slash - at))) return true;
    at = slash + 1;
  }
  return false;
}

bool is_published(std::string_view path) {
  constexpr std::array<std::string_view, 3> kPackages{"node_modules", "site-packages",
                                                      "dist-packages"};
  return path.starts_with("usr/") ||
         any_folder(path, [&](std::string_view folder) { return is_one_of(folder, kPackages); });
}

// Where packages keep keys for everybody to see.
bool is_for_show(std::string_view path) {
  constexpr std::array<std::string_view, 21> kFolders{
      "test",  "tests",   "testing",  "__tests__", "testdata", "test_data", "spec",
      "specs", "fixture", "fixtures", "example",   "examples", "demo",      "doc",
      "docs",  "mock",    "mocks",    "sample",    "samples",  "bench",     "benchmark"};
  const auto is_one = [&](std::string_view folder) { return is_one_of(folder, kFolders); };
  if (any_folder(path, is_one)) return true;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.starts_with("test_") || name.starts_with("examples-") || name.ends_with(".md") ||
         name.ends_with(".rst") || name.find(".test.") != name.npos ||
         name.find(".spec.") != name.npos || name.find("_test.") != name.npos;
}

// Keys in published sources are there to try something out with.
bool is_source(std::string_view path) {
  constexpr std::array<std::string_view, 6> kEndings{".js", ".mjs", ".cjs", ".ts", ".py", ".pyi"};
  return std::ranges::any_of(kEndings,
                             [&](std::string_view ending) { return path.ends_with(ending); });
}

bool is_allowed(std::string_view path, const std::vector<std::string>& allowed) {
  const auto covers = [](std::string_view wide, std::string_view narrow) {
    return narrow == wide || (narrow.starts_with(wide) && narrow.substr(wide.size(), 1) == "/");
  };
  return std::ranges::any_of(allowed, [&](std::string_view one) {
    while (one.starts_with("./")) one.remove_prefix(2);
    while (one.starts_with('/')) one.remove_prefix(1);
    while (one.ends_with('/')) one.remove_suffix(1);
    return !one.empty() && (covers(one, path) ||
                            (path.starts_with(kTask) && covers(one, path.substr(kTask.size()))));
  });
}

// A private key in its binary form, PKCS #1 or PKCS #8: a SEQUENCE that begins with version 0.
bool is_binary_key(std::string_view path, std::string_view bytes) {
  constexpr std::string_view kVersion("\x02\x01\x00", 3);
  return (path.ends_with(".key") || path.ends_with(".der")) && bytes.size() > 32 &&
         bytes.starts_with('\x30') && bytes.substr(2, 5).find(kVersion) != bytes.npos;
}

// The folder of a path that is a secret as a whole, so that it is named once; else the path.
std::string_view named(std::string_view path) {
  for (std::size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
    const std::string_view folder = path.substr(0, slash);
    if (!secret_by_name(path.substr(0, slash + 1)).empty()) return folder;
  }
  return path;
}

Result<std::vector<Secret>> find(const image::Tree& tree, const SecretOptions& options,
                                 bool all_published) {
  constexpr std::size_t kLook = 8192;
  std::vector<Secret> all;
  for (const auto& [path, entry] : tree.entries()) {
    if (!entry.is_file() || is_allowed(path, options.allowed)) continue;
    const bool published = all_published || is_published(path);
    if (!published) {
      if (const auto what = secret_by_name(path); !what.empty()) {
        const std::string_view name = named(path);
        if (all.empty() || all.back().path != name) {
          all.push_back({std::string(name), std::string(what)});
        }
        continue;
      }
    } else if (is_for_show(path)) {
      continue;
    }
    const auto size = entry.size();
    if (!size) return fail(std::move(size.error()));
    if (*size > options.largest) continue;
    const auto bytes = entry.read();
    if (!bytes) return fail(std::move(bytes.error()));
    if (is_binary_key(path, *bytes)) {
      all.push_back({path, "a private key"});
      continue;
    }
    if (bytes->substr(0, kLook).find('\0') != std::string::npos) continue;
    int line = 0;
    const std::string_view what = secret_in_text(*bytes, line, !published || !is_source(path));
    if (!what.empty()) all.push_back({path, std::string(what), line});
  }
  return all;
}

}  // namespace

Result<std::vector<Secret>> find_secrets(const image::Tree& tree, const SecretOptions& options) {
  return find(tree, options, false);
}

Result<std::vector<Secret>> find_secrets_in_packages(const image::Tree& tree,
                                                     const SecretOptions& options) {
  return find(tree, options, true);
}

Result<void> refuse_secrets(const std::vector<Secret>& secrets) {
  if (secrets.empty()) return {};
  constexpr std::size_t kMost = 10;
  std::string message = "there would be secrets in the image:";
  for (std::size_t i = 0; i < std::min(kMost, secrets.size()); ++i) {
    const Secret& secret = secrets[i];
    message += "\n  '" + secret.path;
    if (secret.line > 0) message += ":" + std::to_string(secret.line);
    message += "' is or has " + secret.what;
  }
  if (secrets.size() > kMost) {
    message += "\n  and " + std::to_string(secrets.size() - kMost) + " more";
  }
  std::string_view path = secrets.front().path;
  if (path.starts_with(kTask)) path.remove_prefix(kTask.size());
  message +=
      "\nname it in .dockerignore, or let it pass with '--allow-secret " + std::string(path) + "'";
  return fail(ErrorCode::kPermission, std::move(message));
}

}  // namespace thimble::project
