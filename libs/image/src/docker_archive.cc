#include "thimble/image/docker_archive.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <set>
#include <system_error>

#include "thimble/image/media_types.h"
#include <thimble/base/fd.h>
#include <thimble/base/unfinished.h>
#include <thimble/json/writer.h>

#include "json_text.h"
#include "tar_writer.h"

namespace thimble::image {
namespace {

namespace fs = std::filesystem;

std::string blob_name(const Digest& digest) {
  return "blobs/sha256/" + digest.hex();
}

std::string docker_name(const Reference& name) {
  return name.str();
}

std::string manifest_json(const Image& image, const std::vector<Reference>& names) {
  std::string text;
  json::Writer out(text);
  out.begin_array().begin_object();
  out.key("Config").string(blob_name(image.config_blob.descriptor.digest));
  out.key("RepoTags").begin_array();
  for (const Reference& name : names) out.string(docker_name(name));
  out.end_array();
  out.key("Layers").begin_array();
  for (const Blob& layer : image.layers) out.string(blob_name(layer.descriptor.digest));
  out.end_array().end_object().end_array();
  return text;
}

std::string index_json(const Image& image, const std::vector<Reference>& names) {
  Index index{.media_type = std::string(media_type::kOciIndex), .manifests = {}, .annotations = {}};
  Descriptor entry = image.manifest_blob.descriptor;
  entry.platform = image.config.platform;
  if (!names.empty()) {
    entry.annotations["io.containerd.image.name"] = docker_name(names.front());
    entry.annotations["org.opencontainers.image.ref.name"] = names.front().tag;
  }
  index.manifests.push_back(std::move(entry));
  return index.serialize();
}

}  // namespace

Result<void> write_docker_archive(const Image& image, const std::vector<Reference>& names,
                                  const std::function<Result<void>(std::string_view)>& sink) {
  Tree tree;
  const auto add = [&](const Blob& blob) -> Result<void> {
    TreeEntry entry;
    if (blob.file.empty())
      entry.what = blob.bytes;
    else
      entry.what = TreeEntry::OnDisk{blob.file};
    return tree.add(blob_name(blob.descriptor.digest), std::move(entry));
  };
  for (const Blob& layer : image.layers) {
    if (auto added = add(layer); !added) return added;
  }
  for (const Blob* blob : {&image.config_blob, &image.manifest_blob}) {
    if (auto added = add(*blob); !added) return added;
  }
  for (auto& [name, text] :
       std::map<std::string, std::string>{{"index.json", index_json(image, names)},
                                          {"manifest.json", manifest_json(image, names)},
                                          {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"}}) {
    if (auto added = tree.add_bytes(name, text); !added) return added;
  }
  return write_tar(tree, {}, sink);
}

Result<void> write_docker_archive(const Image& image, const std::vector<Reference>& names,
                                  const fs::path& file) {
  const std::string what = "write '" + file.string() + "'";
  std::error_code error;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
  Unfinished unfinished(file);
  const Fd out(::open(unfinished.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!out.is_open()) return fail(system_error(what));
  auto written = write_docker_archive(image, names, [&](std::string_view part) -> Result<void> {
    while (!part.empty()) {
      const ssize_t wrote = ::write(out.number(), part.data(), part.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return fail(system_error(what));
      part.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return {};
  });
  if (!written) return written;
  if (::rename(unfinished.path().c_str(), file.c_str()) != 0) return fail(system_error(what));
  unfinished.finish();
  return {};
}

}  // namespace thimble::image
