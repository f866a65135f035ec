#pragma once
// What the client does, each in a file of its own.

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image.h>
#include <thimble/registry/client.h>

#include "reporter.h"
#include "session.h"

namespace thimble::registry {

constexpr std::uint64_t kMaxManifest = std::uint64_t{4} << 20;  // Of a manifest or an index.

// "/v2/team/app/manifests/v1"
[[nodiscard]] std::string manifest_path(const std::string& repository, const std::string& name);
[[nodiscard]] std::string blob_path(const std::string& repository, const image::Digest& digest);
[[nodiscard]] Scope pull_scope(const std::string& repository);
[[nodiscard]] Scope push_scope(const std::string& repository);

// manifests.cc
[[nodiscard]] Result<image::Descriptor> resolve(Session& session, const image::Reference& reference,
                                                const std::stop_token& stop);
// `kept` is the folder where manifests are kept, empty for none.
[[nodiscard]] Result<image::Blob> get_manifest(Session& session, const image::Reference& reference,
                                               const std::stop_token& stop,
                                               const std::filesystem::path& kept = {});
// `lacks_blobs` becomes true if it failed because the registry has not all blobs.
[[nodiscard]] Result<void> put_manifest(Session& session, const image::Blob& manifest,
                                        const std::string& repository, const std::string& name,
                                        bool& lacks_blobs, const std::stop_token& stop);

// download.cc: a blob into a file of `folder`, or into memory, if it is not in the folder `kept`.
[[nodiscard]] Result<std::filesystem::path> download(Session& session,
                                                     const std::string& repository,
                                                     const image::Descriptor& blob,
                                                     const std::filesystem::path& folder,
                                                     Reporter& reporter, std::stop_token stop);
[[nodiscard]] Result<std::string> download_small(Session& session, const std::string& repository,
                                                 const image::Descriptor& blob,
                                                 std::stop_token stop,
                                                 const std::filesystem::path& kept);

// upload.cc: makes the repository have a blob. `trusting` asks first whether it has it.
struct UploadOptions {
  const PushOptions& push;
  bool trusting = true;
};
[[nodiscard]] Result<void> upload(Session& session, const image::Reference& target,
                                  const image::Blob& blob, const UploadOptions& options,
                                  Reporter& reporter, std::stop_token stop);

// pull.cc, push.cc
[[nodiscard]] Result<image::Image> pull_image(Session& session, const image::Reference& reference,
                                              const PullOptions& options,
                                              const std::stop_token& stop);
// An image, or with `index` the images of one.
[[nodiscard]] Result<image::Digest> push_images(
    Session& session, const std::vector<const image::Image*>& images, const image::Blob* index,
    const image::Reference& target, const PushOptions& options, const std::stop_token& stop);

}  // namespace thimble::registry
