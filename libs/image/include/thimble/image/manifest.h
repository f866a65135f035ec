#pragma once
// Manifests and indexes: what an image consists of, as JSON names it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/digest.h>

namespace thimble::image {

// What an image runs on, in Go's words: "linux", "arm64", "v8".
struct Platform {
  std::string os = "linux";
  std::string architecture;
  std::string variant;

  // Takes "linux/arm64", "linux/arm/v7", "arm64", "aarch64", "x86_64", "amd64".
  [[nodiscard]] static Result<Platform> parse(std::string_view text);

  [[nodiscard]] std::string str() const;

  // Whether what is built for `other` runs here: a variant counts only if both name one.
  [[nodiscard]] bool accepts(const Platform& other) const;

  friend bool operator==(const Platform&, const Platform&) = default;
};

using Annotations = std::map<std::string, std::string>;

// Content, named by its digest (OCI image specification, "Descriptors").
struct Descriptor {
  std::string media_type;
  Digest digest = Digest::of("");
  std::uint64_t size = 0;
  Annotations annotations;
  std::optional<Platform> platform;  // In an index.
  std::string artifact_type;

  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

// One image for one platform (OCI "Image Manifest"; Docker's "Image Manifest V2, Schema 2").
struct Manifest {
  std::string media_type;
  Descriptor config;
  std::vector<Descriptor> layers;
  Annotations annotations;
  std::optional<Descriptor> subject;
  std::string artifact_type;

  // Reads and checks: schemaVersion, descriptors, digests, sizes that are not negative. `text`
  // is at most 4 MiB, as registries allow. A text that is an index fails.
  [[nodiscard]] static Result<Manifest> parse(std::string_view text);
  [[nodiscard]] std::string serialize() const;
};

// Several manifests, usually of one image for several platforms (OCI "Image Index").
struct Index {
  std::string media_type;
  std::vector<Descriptor> manifests;
  Annotations annotations;

  [[nodiscard]] static Result<Index> parse(std::string_view text);
  [[nodiscard]] std::string serialize() const;
};

// The member "mediaType" of a manifest or index, or what its other members say it is: OCI allows
// to leave it out.
[[nodiscard]] Result<std::string> media_type_of(std::string_view text);

}  // namespace thimble::image
