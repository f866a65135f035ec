#pragma once
// Names of images in registries: host, repository, tag, digest.

#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/image/digest.h>

namespace thimble::image {

// A name such as "debian", "localhost:5000/team/hello:v1" or "host/app@sha256:...", completed as
// Docker does: host "docker.io", repository "library/debian", tag "latest" without a digest.
struct Reference {
  std::string registry;    // Host, with the port if there is one.
  std::string repository;  // "team/hello"
  std::string tag;         // May be empty when there is a digest.
  std::optional<Digest> digest;

  // Grammar of the distribution project's "reference" package.
  [[nodiscard]] static Result<Reference> parse(std::string_view text);

  // The whole name, nothing left out.
  [[nodiscard]] std::string str() const;

  // What the registry's API is asked for: the digest if there is one, else the tag.
  [[nodiscard]] std::string tag_or_digest() const { return digest ? digest->str() : tag; }

  friend bool operator==(const Reference&, const Reference&) = default;
};

}  // namespace thimble::image
