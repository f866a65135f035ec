#include "archive_members.h"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <memory>
#include <set>
#include <vector>

namespace thimble::image {
namespace {

constexpr std::size_t kMaxMembers = 100'000;

using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

std::string problem_of(archive* from) {
  const char* text = archive_error_string(from);
  return text == nullptr ? "it is damaged" : text;
}

// The archive, at its first member.
Result<Archive> open_archive(const std::filesystem::path& file) {
  Archive from(archive_read_new(), &archive_read_free);
  archive_read_support_format_tar(from.get());
  archive_read_support_filter_gzip(from.get());
  archive_read_support_filter_zstd(from.get());
  if (archive_read_open_filename(from.get(), file.c_str(), std::size_t{1} << 18) != ARCHIVE_OK) {
    return fail(ErrorCode::kInvalid,
                "read '" + file.string() + "': it is no tar archive: " + problem_of(from.get()));
  }
  return from;
}

// The next member, or nothing at the end.
Result<archive_entry*> next(const Archive& from, const std::filesystem::path& file) {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(from.get(), &entry);
  if (result == ARCHIVE_EOF) return nullptr;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
    return fail(ErrorCode::kInvalid, "read '" + file.string() + "': " + problem_of(from.get()));
  }
  return entry;
}

// "a/../b" and "./b" as "b"; what would leave the archive is left as it is and found by nobody.
std::string plain(std::string_view name) {
  std::string text = std::filesystem::path(name).lexically_normal().generic_string();
  while (text.starts_with('/')) text.erase(0, 1);
  return text;
}

std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr) name = archive_entry_pathname_utf8(entry);
  return name == nullptr ? std::string() : plain(name);
}

Result<std::string> read_body(const Archive& from, std::size_t limit,
                              const std::filesystem::path& file) {
  std::string bytes;
  std::array<char, std::size_t{1} << 16> part{};
  for (;;) {
    const la_ssize_t got = archive_read_data(from.get(), part.data(), part.size());
    if (got == 0) return bytes;
    if (got < 0) {
      return fail(ErrorCode::kInvalid, "read '" + file.string() + "': " + problem_of(from.get()));
    }
    bytes.append(part.data(), static_cast<std::size_t>(got));
    if (bytes.size() > limit) {
      return fail(ErrorCode::kLimit, "read '" + file.string() + "': a member has more than " +
                                         std::to_string(limit) + " bytes");
    }
  }
}

}  // namespace

Result<ArchiveMembers> ArchiveMembers::open(const std::filesystem::path& file, std::size_t keep) {
  auto from = open_archive(file);
  if (!from) return fail(std::move(from.error()));
  ArchiveMembers members;
  members.file_ = file;
  for (std::size_t count = 0;; ++count) {
    const auto entry = next(*from, file);
    if (!entry) return fail(entry.error());
    if (*entry == nullptr) return members;
    if (count == kMaxMembers) {
      return fail(ErrorCode::kLimit, "read '" + file.string() + "': too many members");
    }
    const std::string name = name_of(*entry);
    if (const char* link = archive_entry_hardlink(*entry)) {
      members.links_[name] = plain(link);
    } else if (archive_entry_filetype(*entry) == AE_IFLNK) {
      const char* target = archive_entry_symlink(*entry);
      const std::filesystem::path folder = std::filesystem::path(name).parent_path();
      if (target != nullptr) members.links_[name] = plain((folder / target).generic_string());
    } else if (archive_entry_filetype(*entry) == AE_IFREG) {
      const auto size = static_cast<std::uint64_t>(archive_entry_size(*entry));
      members.sizes_[name] = size;
      if (size > keep) continue;
      auto bytes = read_body(*from, keep, file);
      if (!bytes) return fail(std::move(bytes.error()));
      members.texts_[name] = std::move(*bytes);
    }
  }
}

std::string ArchiveMembers::resolve(std::string_view name) const {
  std::string at(name);
  for (int hops = 0; hops < 8; ++hops) {
    const auto link = links_.find(at);
    if (link == links_.end()) break;
    at = link->second;
  }
  return at;
}

bool ArchiveMembers::has(std::string_view name) const {
  return sizes_.contains(resolve(name));
}

Result<std::string_view> ArchiveMembers::text(std::string_view name) const {
  const auto found = texts_.find(resolve(name));
  if (found != texts_.end()) return found->second;
  return fail(has(name) ? ErrorCode::kLimit : ErrorCode::kNotFound,
              "read '" + file_.string() + "': '" + std::string(name) +
                  (has(name) ? "' is too large" : "' is missing"));
}

Result<void> ArchiveMembers::read(
    const std::vector<std::string>& names, std::size_t limit,
    const std::function<Result<void>(const std::string& name, std::string bytes)>& take) const {
  std::multimap<std::string, std::string> wanted;  // Member, the name it is wanted by.
  for (const std::string& name : names) wanted.emplace(resolve(name), name);
  auto from = open_archive(file_);
  if (!from) return fail(std::move(from.error()));
  while (!wanted.empty()) {
    const auto entry = next(*from, file_);
    if (!entry) return fail(entry.error());
    if (*entry == nullptr) break;
    if (archive_entry_filetype(*entry) != AE_IFREG) continue;
    if (archive_entry_hardlink(*entry) != nullptr) continue;
    const auto [first, last] = wanted.equal_range(name_of(*entry));
    if (first == last) continue;
    auto bytes = read_body(*from, limit, file_);
    if (!bytes) return fail(std::move(bytes.error()));
    for (auto at = first; at != last; ++at) {
      if (auto taken = take(at->second, *bytes); !taken) return taken;
    }
    wanted.erase(first, last);
  }
  if (wanted.empty()) return {};
  return fail(ErrorCode::kNotFound,
              "read '" + file_.string() + "': '" + wanted.begin()->second + "' is missing");
}

}  // namespace thimble::image
