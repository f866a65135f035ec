#include <map>

#include "thimble/image/docker_archive.h"
#include "thimble/image/media_types.h"
#include "thimble/image/open_image.h"
#include <thimble/json/reader.h>

#include "archive_members.h"
#include "json_text.h"
#include "recompress.h"

namespace thimble::image {
namespace {

constexpr std::size_t kMaxText = std::size_t{8} << 20;
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

// The image that a manifest in an OCI layout's tar file names.
Result<Image> read_manifest(const ArchiveMembers& members, const Descriptor& descriptor) {
  const auto name = [](const Digest& digest) { return "blobs/sha256/" + digest.hex(); };
  const auto blob = [&](const Descriptor& wanted) -> Result<Blob> {
    const auto text = members.text(name(wanted.digest));
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
  for (const Blob& layer : image->layers) names.push_back(name(layer.descriptor.digest));
  auto done = members.read(
      names, kMaxLayer, [&](const std::string& member, std::string bytes) -> Result<void> {
        const Digest digest = Digest::of(bytes);
        if (name(digest) != member) {
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

}  // namespace

Result<std::vector<Image>> read_docker_archive(const std::filesystem::path& file,
                                               const LayerCache* cache) {
  const std::string what = "read '" + file.string() + "'";
  const auto members = ArchiveMembers::open(file, kMaxText);
  if (!members) return fail(members.error());
  std::vector<Image> images;
  if (members->has("index.json")) {
    const auto text = members->text("index.json");
    if (!text) return fail(text.error());
    const auto index = Index::parse(*text);
    if (!index) return fail(Error(index.error()).during(what));
    for (const Descriptor& entry : index->manifests) {
      if (!media_type::is_manifest(entry.media_type)) continue;
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
