#include <algorithm>
#include <optional>
#include <utility>

#include <thimble/base/parse_number.h>
#include <thimble/image/media_types.h>

#include "answer.h"
#include "kept.h"
#include "operations.h"

namespace thimble::registry {
namespace {

namespace media_type = image::media_type;

std::string accepted_types() {
  std::string all;
  for (const std::string_view type : {media_type::kOciIndex, media_type::kOciManifest,
                                      media_type::kDockerList, media_type::kDockerManifest}) {
    if (!all.empty()) all += ", ";
    all += type;
  }
  return all;
}

Call call_for(const image::Reference& reference, std::string method, const std::stop_token& stop) {
  return {.method = std::move(method),
          .target = manifest_path(reference.repository, reference.tag_or_digest()),
          .scope = pull_scope(reference.repository),
          .headers = {{"Accept", accepted_types()}},
          .max_body = kMaxManifest,
          .stop = stop};
}

// The type without parameters, if it is one of those that were asked for.
std::optional<std::string_view> known_type(const fetch::Response& response) {
  const auto header = response.header("content-type");
  if (!header) return std::nullopt;
  std::string_view type = header->substr(0, header->find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (!media_type::is_index(type) && !media_type::is_manifest(type)) return std::nullopt;
  return type;
}

// What Docker-Content-Digest says, if it is SHA-256.
std::optional<image::Digest> claimed_digest(const fetch::Response& response) {
  const auto header = response.header("docker-content-digest");
  if (!header) return std::nullopt;
  auto digest = image::Digest::parse(*header);
  if (!digest) return std::nullopt;
  return std::move(*digest);
}

Error lied(std::string_view what, const image::Digest& expected, const image::Digest& got) {
  return {ErrorCode::kInvalid, std::string(what) + ": expected '" + expected.str() +
                                   "', the registry has '" + got.str() + "'"};
}

}  // namespace

std::string manifest_path(const std::string& repository, const std::string& name) {
  return "/v2/" + repository + "/manifests/" + name;
}
std::string blob_path(const std::string& repository, const image::Digest& digest) {
  return "/v2/" + repository + "/blobs/" + digest.str();
}
Scope pull_scope(const std::string& repository) {
  return {"repository:" + repository + ":pull", repository};
}
Scope push_scope(const std::string& repository) {
  return {"repository:" + repository + ":pull,push", repository};
}

Result<image::Descriptor> resolve(Session& session, const image::Reference& reference,
                                  const std::stop_token& stop) {
  // Not every registry knows HEAD, says all that is needed, or explains errors without a body.
  auto response = session.send(call_for(reference, "HEAD", stop));
  if (response && response->ok()) {
    const auto type = known_type(*response);
    const auto digest = claimed_digest(*response);
    const auto size = parse_number<std::uint64_t>(response->header("content-length").value_or(""));
    if (type && digest && size && *size <= kMaxManifest) {
      if (reference.digest && *reference.digest != *digest) {
        return fail(lied("manifest", *reference.digest, *digest));
      }
      image::Descriptor descriptor;
      descriptor.media_type = *type;
      descriptor.digest = *digest;
      descriptor.size = *size;
      return descriptor;
    }
  }
  auto manifest = get_manifest(session, reference, stop);
  if (!manifest) return fail(std::move(manifest.error()));
  return std::move(manifest->descriptor);
}

Result<image::Blob> get_manifest(Session& session, const image::Reference& reference,
                                 const std::stop_token& stop, const std::filesystem::path& kept) {
  if (reference.digest) {
    auto bytes = read_kept(kept, *reference.digest, kMaxManifest);
    auto type = bytes ? image::media_type_of(*bytes) : fail(ErrorCode::kNotFound, "");
    if (type) {
      image::Blob blob = image::Blob::of(std::move(*type), std::move(*bytes));
      blob.origin = reference;
      return blob;
    }
  }
  const Call call = call_for(reference, "GET", stop);
  auto response = session.send(call);
  if (!response) return fail(std::move(response.error()));
  if (!response->ok()) return fail(session.refused(*response, call));
  const std::string what = "manifest of '" + reference.str() + "'";
  const image::Digest digest = image::Digest::of(response->body);
  if (reference.digest && digest != *reference.digest) {
    return fail(lied(what, *reference.digest, digest));
  }
  const auto claimed = claimed_digest(*response);
  if (claimed && digest != *claimed) return fail(lied(what, *claimed, digest));

  auto type = image::media_type_of(response->body);
  if (!type) return fail(std::move(type.error()).during(what));
  if (const auto said = known_type(*response); said && *said != *type) {
    return fail(ErrorCode::kInvalid, what + ": the registry says it is '" + std::string(*said) +
                                         "', it itself says '" + *type + "'");
  }
  keep(kept, digest, response->body);
  image::Blob blob = image::Blob::of(std::move(*type), std::move(response->body));
  blob.origin = reference;
  return blob;
}

Result<void> put_manifest(Session& session, const image::Blob& manifest,
                          const std::string& repository, const std::string& name, bool& lacks_blobs,
                          const std::stop_token& stop) {
  auto bytes = manifest.read(kMaxManifest);
  if (!bytes) return fail(std::move(bytes.error()));
  const Call call{.method = "PUT",
                  .target = manifest_path(repository, name),
                  .scope = push_scope(repository),
                  .headers = {{"Content-Type", manifest.descriptor.media_type}},
                  .body = std::move(*bytes),
                  .is_patient = true,
                  .stop = stop};
  auto response = session.send(call);
  if (!response) return fail(std::move(response.error()));
  if (!response->ok()) {
    lacks_blobs =
        has_error(*response, "MANIFEST_BLOB_UNKNOWN") || has_error(*response, "BLOB_UNKNOWN");
    return fail(session.refused(*response, call));
  }
  const auto stored = claimed_digest(*response);
  if (stored && *stored != manifest.descriptor.digest) {
    return fail(lied("push manifest", manifest.descriptor.digest, *stored));
  }
  return {};
}

}  // namespace thimble::registry
