#pragma once
// Images in a folder: OCI image specification, "Image Layout".

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image.h>

namespace thimble::image {

// Makes `folder` a layout that holds these images and nothing else, all or nothing: what was a
// layout before is replaced when the new one is complete; any other folder with something in it is
// kBusy. With one image its manifest is what the index names. With several, one for each platform,
// there is an index of them all in between, as multi-platform images have it.
//
// `name`, if not empty, is written as the annotation org.opencontainers.image.ref.name.
[[nodiscard]] Result<void> write_oci_layout(const std::filesystem::path& folder,
                                            const std::vector<Image>& images,
                                            std::string_view name);

// The index of several images, one for each platform.
[[nodiscard]] Blob index_of(const std::vector<Image>& images);

// The images of a layout, through nested indexes, in their order; those with artifacts that are no
// images, such as signatures and attestations, left out: `others`, if not null, gets their entries.
// `name`: only what is called that.
// Manifests and configurations are checked against their digests; layers stay in their files,
// unread.
[[nodiscard]] Result<std::vector<Image>> read_oci_layout(const std::filesystem::path& folder,
                                                         std::string_view name = {},
                                                         std::vector<Descriptor>* others = nullptr);

// Whether there is a layout.
[[nodiscard]] bool is_oci_layout(const std::filesystem::path& folder);

}  // namespace thimble::image
