#include "former_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <thimble/base/fd.h>

namespace thimble::project::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 512;
constexpr std::size_t kHead = 4096;
constexpr int kMostEntries = 1024;  // Of an archive of an image: a few for each layer.

std::string read_at(const Fd& file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  const ssize_t got = ::pread(file.number(), bytes.data(), size, static_cast<off_t>(offset));
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::uint64_t octal(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '7') break;
    value = value * 8 + static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

// Where archives of images have all but what says that they are: "blobs/sha256/...", or, as older
// versions of docker write them, a folder for each layer.
bool is_blob(std::string_view name) {
  const std::string_view first = name.substr(0, std::min(name.find('/'), name.size()));
  if (first == "blobs") return true;
  return first.size() >= 64 &&
         first.substr(0, 64).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_image_archive(const fs::path& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return false;
  std::uint64_t offset = 0;
  for (int i = 0; i < kMostEntries; ++i) {
    const std::string header = read_at(file, offset, kBlock);
    if (header.size() != kBlock || std::string_view(header).substr(257, 5) != "ustar") return false;
    const std::string name = header.c_str();
    if (name == "oci-layout" || name == "manifest.json") return true;
    const char type = header[156];
    const bool is_extension = type == 'x' || type == 'g';
    if (!is_extension && name != "index.json" && name != "repositories" && !is_blob(name)) {
      return false;
    }
    const std::uint64_t size = octal(std::string_view(header).substr(124, 11));
    offset += kBlock + (size + kBlock - 1) / kBlock * kBlock;
  }
  return false;
}

}  // namespace

bool is_image(const fs::directory_entry& entry) {
  std::error_code ignored;
  if (entry.is_directory(ignored)) {
    return fs::is_regular_file(entry.path() / "oci-layout", ignored) &&
           fs::is_regular_file(entry.path() / "index.json", ignored);
  }
  return entry.path().extension() == ".tar" && entry.is_regular_file(ignored) &&
         is_image_archive(entry.path());
}

bool is_own_sbom(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  std::error_code ignored;
  if ((!name.ends_with(".spdx.json") && !name.ends_with(".cdx.json")) ||
      !entry.is_regular_file(ignored)) {
    return false;
  }
  const Fd file(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return false;
  const std::string head = read_at(file, 0, kHead);
  constexpr std::array<std::string_view, 2> kSigns{R"("Tool: thimble-)", R"("name":"thimble")"};
  return std::ranges::any_of(
      kSigns, [&](std::string_view sign) { return head.find(sign) != std::string::npos; });
}

}  // namespace thimble::project::detail
