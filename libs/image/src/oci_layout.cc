#include "thimble/image/oci_layout.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <system_error>

#include "thimble/image/media_types.h"
#include "thimble/image/open_image.h"
#include <thimble/base/file.h>
#include <thimble/base/unfinished.h>

#include "attestation.h"

namespace thimble::image {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLayoutFile = "oci-layout";
constexpr std::string_view kLayoutText = R"({"imageLayoutVersion":"1.0.0"})";
constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";
constexpr std::size_t kMaxManifest = std::size_t{4} << 20;
constexpr std::size_t kMaxConfig = std::size_t{8} << 20;
constexpr int kMaxIndexes = 100;  // In each other: each may name another several times.

fs::path blob_path(const fs::path& folder, const Digest& digest) {
  return folder / "blobs" / "sha256" / digest.hex();
}

// Every blob of these images once, the index of several among them.
std::vector<const Blob*> all_blobs(const std::vector<Image>& images, const Blob* index) {
  std::vector<const Blob*> blobs;
  std::set<std::string> seen;
  const auto add = [&](const Blob& blob) {
    if (seen.insert(blob.descriptor.digest.hex()).second) blobs.push_back(&blob);
  };
  for (const Image& image : images) {
    for (const Blob& layer : image.layers) add(layer);
    add(image.config_blob);
    add(image.manifest_blob);
  }
  if (index != nullptr) add(*index);
  return blobs;
}

Result<void> write_blob(const fs::path& folder, const Blob& blob) {
  const fs::path path = blob_path(folder, blob.descriptor.digest);
  if (blob.file.empty()) return write_file(path, blob.bytes);
  std::error_code error;
  fs::copy_file(blob.file, path, error);
  if (error) return fail(system_error("write '" + path.string() + "'", error.value()));
  return {};
}

// What the layout's own index says.
std::string index_text(const std::vector<Image>& images, const Blob* index, std::string_view name) {
  Index top{.media_type = std::string(media_type::kOciIndex), .manifests = {}, .annotations = {}};
  Descriptor entry = index != nullptr ? index->descriptor : images.front().manifest_blob.descriptor;
  if (index == nullptr) entry.platform = images.front().config.platform;
  if (!name.empty()) entry.annotations[std::string(kRefName)] = name;
  top.manifests.push_back(std::move(entry));
  return top.serialize();
}

// Whether the folder holds exactly this already.
bool is_up_to_date(const fs::path& folder, std::string_view index,
                   const std::vector<const Blob*>& blobs) {
  const auto there = read_file(folder / "index.json", kMaxManifest);
  if (!there || *there != index || !is_oci_layout(folder)) return false;
  for (const Blob* blob : blobs) {
    struct stat status{};
    const fs::path path = blob_path(folder, blob->descriptor.digest);
    if (::stat(path.c_str(), &status) != 0) return false;
    if (static_cast<std::uint64_t>(status.st_size) != blob->descriptor.size) return false;
  }
  std::error_code error;
  std::size_t files = 0;
  for (fs::directory_iterator at(folder / "blobs" / "sha256", error);
       !error && at != fs::directory_iterator(); at.increment(error)) {
    ++files;
  }
  return files == blobs.size();
}

// Puts the complete folder in place of what is there.
Result<void> put_in_place(const fs::path& complete, const fs::path& folder) {
  const std::string what = "write '" + folder.string() + "'";
  if (::renameat2(AT_FDCWD, complete.c_str(), AT_FDCWD, folder.c_str(), RENAME_NOREPLACE) == 0) {
    return {};
  }
  if (errno != EEXIST) return fail(system_error(what));
  std::error_code error;
  if (!is_oci_layout(folder) && !fs::is_empty(folder, error)) {
    return fail(ErrorCode::kBusy,
                what + ": it holds something that is no OCI layout; name another folder");
  }
  if (::renameat2(AT_FDCWD, complete.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) != 0) {
    return fail(system_error(what));
  }
  fs::remove_all(complete, error);
  return {};
}

Result<Blob> read_blob(const fs::path& folder, const Descriptor& descriptor, std::size_t limit) {
  auto bytes = read_file(blob_path(folder, descriptor.digest), limit);
  if (!bytes) return fail(std::move(bytes.error()));
  Blob blob = Blob::of(descriptor.media_type, std::move(*bytes));
  if (blob.descriptor.digest != descriptor.digest) {
    return fail(ErrorCode::kInvalid, "blob '" + descriptor.digest.str() + "' in '" +
                                         folder.string() + "' is damaged: its digest is " +
                                         blob.descriptor.digest.str());
  }
  return blob;
}

// What the indexes of a layout lead to.
struct Entries {
  std::vector<Image> images;
  std::vector<Descriptor> others;
  int indexes = 0;  // So far.
};

Result<void> read_entry(const fs::path& folder, const Descriptor& descriptor, Entries& entries) {
  if (is_attestation(descriptor)) {
    entries.others.push_back(descriptor);
    return {};
  }
  auto text = read_blob(folder, descriptor, kMaxManifest);
  if (!text) return fail(std::move(text.error()));
  const auto type = media_type_of(text->bytes);
  if (!type) return fail(type.error());
  text->descriptor.media_type = *type;
  if (media_type::is_index(*type)) {
    if (++entries.indexes > kMaxIndexes)
      return fail(ErrorCode::kInvalid, "too many indexes in indexes");
    const auto index = Index::parse(text->bytes);
    if (!index) return fail(index.error());
    for (const Descriptor& entry : index->manifests) {
      if (auto read = read_entry(folder, entry, entries); !read) return read;
    }
    return {};
  }
  const auto manifest = Manifest::parse(text->bytes);
  if (!manifest) return fail(manifest.error());
  if (!manifest->artifact_type.empty() ||
      (manifest->config.media_type != media_type::kOciConfig &&
       manifest->config.media_type != media_type::kDockerConfig)) {
    entries.others.push_back(descriptor);
    return {};
  }
  auto config = read_blob(folder, manifest->config, kMaxConfig);
  if (!config) return fail(std::move(config.error()));
  auto image = image_of(std::move(*text), std::move(*config));
  if (!image) return fail(std::move(image.error()));
  for (Blob& layer : image->layers) layer.file = blob_path(folder, layer.descriptor.digest);
  entries.images.push_back(std::move(*image));
  return {};
}

}  // namespace

Blob index_of(const std::vector<Image>& images) {
  Index index{.media_type = std::string(media_type::kOciIndex), .manifests = {}, .annotations = {}};
  for (const Image& image : images) {
    Descriptor entry = image.manifest_blob.descriptor;
    entry.platform = image.config.platform;
    index.manifests.push_back(std::move(entry));
  }
  return Blob::of(index.media_type, index.serialize());
}

Result<void> write_oci_layout(const fs::path& target, const std::vector<Image>& images,
                              std::string_view name) {
  fs::path folder = target;
  if (!folder.has_filename()) folder = folder.parent_path();
  std::optional<Blob> index;
  if (images.size() > 1) index = index_of(images);
  const Blob* several = index ? &*index : nullptr;
  const std::string text = index_text(images, several, name);
  const std::vector<const Blob*> blobs = all_blobs(images, several);
  if (is_up_to_date(folder, text, blobs)) return {};

  Unfinished unfinished(folder);
  std::error_code error;
  fs::create_directories(unfinished.path() / "blobs" / "sha256", error);
  if (error) return fail(system_error("write '" + folder.string() + "'", error.value()));
  for (const Blob* blob : blobs) {
    if (auto written = write_blob(unfinished.path(), *blob); !written) return written;
  }
  if (auto written = write_file(unfinished.path() / kLayoutFile, kLayoutText); !written) {
    return written;
  }
  if (auto written = write_file(unfinished.path() / "index.json", text); !written) return written;
  if (auto placed = put_in_place(unfinished.path(), folder); !placed) return placed;
  unfinished.finish();
  return {};
}

bool is_oci_layout(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / kLayoutFile, error) &&
         fs::is_regular_file(folder / "index.json", error);
}

Result<std::vector<Image>> read_oci_layout(const fs::path& folder, std::string_view name,
                                           std::vector<Descriptor>* others) {
  const std::string what = "read OCI layout '" + folder.string() + "'";
  auto text = read_file(folder / "index.json", kMaxManifest);
  if (!text) return fail(std::move(text.error()).during(what));
  const auto index = Index::parse(*text);
  if (!index) return fail(Error(index.error()).during(what));
  Entries entries;
  for (const Descriptor& entry : index->manifests) {
    if (!name.empty()) {
      const auto called = entry.annotations.find(std::string(kRefName));
      if (called == entry.annotations.end() || called->second != name) continue;
    }
    if (auto read = read_entry(folder, entry, entries); !read) {
      return fail(std::move(read.error()).during(what));
    }
  }
  if (others != nullptr) *others = std::move(entries.others);
  return std::move(entries.images);
}

}  // namespace thimble::image
