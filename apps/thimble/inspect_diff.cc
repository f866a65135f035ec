#include <array>
#include <cstdio>
#include <map>
#include <string>

#include <thimble/hash/sha256.h>

#include "inspect_report.h"

namespace thimble::cli {
namespace {

using image::FileKind;
using image::FileNode;
using image::ImageFiles;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// What two configurations may differ in, by name.
std::map<std::string, std::string> settings_of(const Report& report) {
  std::map<std::string, std::string> all;
  all["platform"] = report.platform;
  all["entrypoint"] = joined(report.entrypoint);
  all["cmd"] = joined(report.cmd);
  all["user"] = report.user;
  all["working dir"] = report.working_dir;
  for (const Variable& variable : report.env) {
    all["env " + variable.name] = variable.secret ? "(hidden)" : variable.value;
  }
  for (const auto& [name, value] : report.labels) all["label " + name] = value;
  return all;
}

std::vector<Change> config_changes(const Report& before, const Report& after) {
  std::vector<Change> changes;
  const auto old_ones = settings_of(before);
  const auto new_ones = settings_of(after);
  for (const auto& [name, value] : old_ones) {
    const auto found = new_ones.find(name);
    if (found == new_ones.end()) {
      changes.push_back({"removed", name, value, "", 0});
    } else if (found->second != value) {
      changes.push_back({"changed", name, value, found->second, 0});
    }
  }
  for (const auto& [name, value] : new_ones) {
    if (!old_ones.contains(name)) changes.push_back({"added", name, "", value, 0});
  }
  return changes;
}

std::int64_t size_of(const FileNode& node) {
  return node.kind == FileKind::kFile ? static_cast<std::int64_t>(node.size) : 0;
}

// Without the bytes of a file.
std::string described(const FileNode& node) {
  static constexpr std::array<const char*, 4> kKinds{"folder", "file", "link", "device"};
  std::array<char, 16> mode{};
  std::snprintf(mode.data(), mode.size(), "%04o", node.mode);
  std::string text = std::string(kKinds[static_cast<std::size_t>(node.kind)]) + " " + mode.data() +
                     " " + std::to_string(node.owner) + ":" + std::to_string(node.group);
  if (node.kind == FileKind::kLink) text += " to " + node.target;
  return text;
}

hash::Sha256Value hash_of(const ImageFiles& files, const FileNode& node) {
  hash::Sha256 hash;
  // What cannot be read any more differs from all else.
  const auto read = files.copy(node, [&](std::string_view bytes) -> Result<void> {
    hash.update(bytes);
    return {};
  });
  if (!read) hash.update(read.error().message);
  return hash.finish();
}

bool same_bytes(const ImageFiles& before, const FileNode& a, const ImageFiles& after,
                const FileNode& b) {
  if (a.kind != FileKind::kFile || b.kind != FileKind::kFile) return true;
  return a.size == b.size && hash_of(before, a) == hash_of(after, b);
}

std::vector<Change> file_changes(const ImageFiles& before, const ImageFiles& after) {
  std::vector<Change> changes;
  for (const auto& [path, node] : before.nodes()) {
    const FileNode* now = after.find(path);
    if (now == nullptr) {
      changes.push_back({"removed", path, "", "", -size_of(node)});
      continue;
    }
    const std::string was = described(node);
    const std::string is = described(*now);
    if (was != is) {
      changes.push_back({"changed", path, was, is, size_of(*now) - size_of(node)});
    } else if (!same_bytes(before, node, after, *now)) {
      changes.push_back({"changed", path, "", "", size_of(*now) - size_of(node)});
    }
  }
  for (const auto& [path, node] : after.nodes()) {
    if (before.find(path) == nullptr) changes.push_back({"added", path, "", "", size_of(node)});
  }
  return changes;
}

std::int64_t grown(std::uint64_t before, std::uint64_t after) {
  return static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
}

}  // namespace

Difference difference_of(const Inspection& before, const Inspection& after) {
  Difference difference;
  difference.before = before.report.digest;
  difference.after = after.report.digest;
  difference.compressed = grown(before.report.compressed, after.report.compressed);
  difference.unpacked = grown(before.report.unpacked, after.report.unpacked);
  difference.config = config_changes(before.report, after.report);
  if (before.files && after.files) difference.files = file_changes(*before.files, *after.files);
  return difference;
}

}  // namespace thimble::cli
