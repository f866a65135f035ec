#include <algorithm>
#include <map>
#include <utility>

#include "operations.h"
#include "parallel.h"

namespace thimble::registry {
namespace {

// Every blob once, the largest first: the last one to end decides how long it takes.
std::vector<const image::Blob*> blobs_of(const std::vector<const image::Image*>& images) {
  std::map<image::Digest, const image::Blob*> known;
  for (const image::Image* image : images) {
    known.emplace(image->config_blob.descriptor.digest, &image->config_blob);
    for (const image::Blob& layer : image->layers) known.emplace(layer.descriptor.digest, &layer);
  }
  std::vector<const image::Blob*> all;
  for (const auto& [digest, blob] : known) all.push_back(blob);
  std::ranges::stable_sort(all, std::greater(),
                           [](const image::Blob* blob) { return blob->descriptor.size; });
  return all;
}

}  // namespace

Result<image::Digest> push_images(Session& session, const std::vector<const image::Image*>& images,
                                  const image::Blob* index, const image::Reference& target,
                                  const PushOptions& options, const std::stop_token& stop) {
  const image::Blob& top = index != nullptr ? *index : images.front()->manifest_blob;
  if (target.digest && *target.digest != top.descriptor.digest) {
    return fail(ErrorCode::kInvalid, "'" + target.str() + "' names another image than '" +
                                         top.descriptor.digest.str() + "'");
  }
  const std::vector<const image::Blob*> blobs = blobs_of(images);
  Reporter reporter(options.on_progress);
  for (bool trusting = true;; trusting = false) {
    auto sent = for_each_of(blobs.size(), options.parallel, stop,
                            [&](std::size_t i, std::stop_token ending) {
                              return upload(session, target, *blobs[i], {options, trusting},
                                            reporter, std::move(ending));
                            });
    if (!sent) return fail(std::move(sent.error()));

    bool lacks_blobs = false;
    Result<void> put;
    for (const image::Image* image : images) {
      if (index == nullptr || !put) break;
      const image::Blob& manifest = image->manifest_blob;
      put = put_manifest(session, manifest, target.repository, manifest.descriptor.digest.str(),
                         lacks_blobs, stop);
    }
    if (put) {
      const std::string name = target.tag.empty() ? top.descriptor.digest.str() : target.tag;
      put = put_manifest(session, top, target.repository, name, lacks_blobs, stop);
    }
    if (put) return top.descriptor.digest;
    // A registry that said it had a blob, or mounted it, and has it not: it is sent after all.
    if (!lacks_blobs || !trusting) return fail(std::move(put.error()));
  }
}

}  // namespace thimble::registry
