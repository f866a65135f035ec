#include <map>

#include "thimble/image/docker_archive.h"
#include "thimble/image/media_types.h"
#include "thimble/image/open_image.h"
#include <thimble/json/reader.h>

#include "archive_members.h"
#include "attestation.h"
#include "json_text.h"
#include "recompress.h"

namespace thimble::image {
namespace {

constexpr std::size_t kMaxText = std::size_t{8} << 20;
constexpr int kMaxIndexes = 100;  // In each other: each may name another several times.
constexpr std::size_t kMaxLayer = std::size_t{10} << 30;

// One entry of manifest.json.
struct Entry {
  std::string config;
  std::vector<std::string> layers;
};

Result<std::vector<Entry>> read_manifest_json(std::string_view text) {
  std::vector<Entry> entries;
  std::string scratch;
  json::Reader in(text, scratch);
  in.enter_array();
  while (in.next_element()) {
    Entry entry;
    in.enter_object();
    while (const auto key = in.next_key()) {
      if (*key == "Config")
        entry.config = in.read_string();
      else if (*key == "Layers" && !in.read_null())
        entry.layers = read_strings(in);
    }
    entries.push_back(std::move(entry));
  }
  if (auto done = in.finish(); !done) {
    return fail(std::move(done.error()).during("read manifest.json"));
  }
  return entries;
}

Result<Image> read_entry(const ArchiveMembers& members, const Entry& entry,
                         const LayerCache* cache) {
  const auto text = members.text(entry.config);
  if (!text) return fail(text.error());
  auto config = ImageConfig::parse(*text);
  if (!config) return fail(std::move(config.error()));
  if (config->diff_ids.size() != entry.layers.size()) {
    return fail(ErrorCode::kInvalid, "manifest.json and the configuration name different layers");
  }
  std::map<std::string, Blob> read;
  std::map<std::string, Digest> expected;
  for (std::size_t i = 0; i < entry.layers.size(); ++i) {
    expected.insert_or_assign(entry.layers[i], config->diff_ids[i]);
  }
  std::vector<std::string> names;
  for (const auto& [name, diff_id] : expected) names.push_back(name);
  auto done = members.read(names, kMaxLayer,
                           [&](const std::string& name, std::string bytes) -> Result<void> {
                             auto layer = as_gzip_layer(std::move(bytes), expected.at(name), cache);
                             if (!layer) return fail(std::move(layer.error()));
                             read[name] = std::move(*layer);
                             return {};
                           });
  if (!done) return fail(std::move(done.error()));
  std::vector<Blob> layers;
  for (const std::string& name : entry.layers) layers.push_back(read.at(name));
  return Image::assemble(std::move(*config), std::move(layers), {});
}

std::string blob_name(const Digest& digest) {
  return "blobs/sha256/" + digest.hex();
}

// The image that a manifest in an OCI layout's tar file names.
Result<Image> read_manifest(const ArchiveMembers& members, const Descriptor& descriptor) {
  const auto blob = [&](const Descriptor& wanted) -> Result<Blob> {
    const auto text = members.text(blob_name(wanted.digest));
    if (!text) return fail(text.error());
    Blob read = Blob::of(wanted.media_type, std::string(*text));
    if (read.descriptor.digest != wanted.digest) {
      return fail(ErrorCode::kInvalid, "blob " + wanted.digest.str() + " is damaged");
    }
    return read;
  };
  auto manifest_blob = blob(descriptor);
  if (!manifest_blob) return fail(std::move(manifest_blob.error()));
  const auto manifest = Manifest::parse(manifest_blob->bytes);
  if (!manifest) return fail(manifest.error());
  auto config_blob = blob(manifest->config);
  if (!config_blob) return fail(std::move(config_blob.error()));
  auto image = image_of(std::move(*manifest_blob), std::move(*config_blob));
  if (!image) return fail(std::move(image.error()));
  std::vector<std::string> names;
  for (const Blob& layer : image->layers) names.push_back(blob_name(layer.descriptor.digest));
  auto done = members.read(
      names, kMaxLayer, [&](const std::string& member, std::string bytes) -> Result<void> {
        const Digest digest = Digest::of(bytes);
        if (blob_name(digest) != member) {
          return fail(ErrorCode::kInvalid,
                      "'" + member + "' is damaged: its digest is " + digest.str());
        }
        for (Blob& layer : image->layers) {
          if (layer.descriptor.digest == digest) layer.bytes = bytes;
        }
        return {};
      });
  if (!done) return fail(std::move(done.error()));
  return std::move(*image);
}

// What the indexes of an OCI layout's tar file lead to.
struct Entries {
  std::vector<Descriptor> images;  // Their manifests.
  std::vector<Descriptor> nested;  // The same in an index in the index.
  std::vector<Descriptor> others;
  int indexes = 0;  // So far.
};

// `docker save` leaves out what an index in the index names for other platforms.
Result<void> read_index(const ArchiveMembers& members, std::string_view text, bool is_top,
                        Entries& entries) {
  const auto index = Index::parse(text);
  if (!index) return fail(index.error());
  for (const Descriptor& entry : index->manifests) {
    if (is_attestation(entry)) {
      entries.others.push_back(entry);
    } else if (is_top && media_type::is_manifest(entry.media_type)) {
      entries.images.push_back(entry);
    } else if (!members.has(blob_name(entry.digest))) {
      continue;
    } else if (media_type::is_manifest(entry.media_type)) {
      entries.nested.push_back(entry);
    } else if (media_type::is_index(entry.media_type)) {
      const auto inner = members.text(blob_name(entry.digest));
      if (!inner) return fail(inner.error());
      if (Digest::of(*inner) != entry.digest) {
        return fail(ErrorCode::kInvalid, "blob " + entry.digest.str() + " is damaged");
      }
      if (++entries.indexes > kMaxIndexes)
        return fail(ErrorCode::kInvalid, "too many indexes in indexes");
      if (auto read = read_index(members, *inner, false, entries); !read) return read;
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Image>> read_docker_archive(const std::filesystem::path& file,
                                               const LayerCache* cache,
                                               std::vector<Descriptor>* others) {
  const std::string what = "read '" + file.string() + "'";
  const auto members = ArchiveMembers::open(file, kMaxText);
  if (!members) return fail(members.error());
  std::vector<Image> images;
  if (members->has("index.json")) {
    const auto text = members->text("index.json");
    if (!text) return fail(text.error());
    Entries entries;
    if (auto read = read_index(*members, *text, true, entries); !read) {
      return fail(std::move(read.error()).during(what));
    }
    if (others != nullptr) *others = std::move(entries.others);
    // Docker's own list says which images of an index are there as a whole.
    if (entries.images.empty() && !members->has("manifest.json")) {
      entries.images = std::move(entries.nested);
    }
    for (const Descriptor& entry : entries.images) {
      auto image = read_manifest(*members, entry);
      if (!image) return fail(std::move(image.error()).during(what));
      images.push_back(std::move(*image));
    }
    if (!images.empty()) return images;
  }
  const auto text = members->text("manifest.json");
  if (!text) {
    return fail(ErrorCode::kInvalid,
                what + ": it holds neither manifest.json nor index.json: it is no image");
  }
  const auto entries = read_manifest_json(*text);
  if (!entries) return fail(Error(entries.error()).during(what));
  for (const Entry& entry : *entries) {
    auto image = read_entry(*members, entry, cache);
    if (!image) return fail(std::move(image.error()).during(what));
    images.push_back(std::move(*image));
  }
  return images;
}

}  // namespace thimble::image
