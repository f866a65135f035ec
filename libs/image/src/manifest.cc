#include "thimble/image/manifest.h"

#include "thimble/image/media_types.h"
#include <thimble/json/path.h>
#include <thimble/json/reader.h>
#include <thimble/json/writer.h>

#include "json_text.h"

namespace thimble::image {
namespace {

constexpr std::size_t kMaxText = std::size_t{4} << 20;
constexpr std::size_t kMaxEntries = 4096;  // Layers of a manifest, manifests of an index.

// What is common to both kinds of text, as it is read.
struct Document {
  std::int64_t schema_version = 0;
  std::string media_type;
  std::string artifact_type;
  std::optional<Descriptor> config;
  std::optional<Descriptor> subject;
  std::optional<std::vector<Descriptor>> layers;
  std::optional<std::vector<Descriptor>> manifests;
  Annotations annotations;
};

Platform read_platform(json::Reader& in) {
  Platform platform;
  platform.os.clear();
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key == "os")
      platform.os = in.read_string();
    else if (*key == "architecture")
      platform.architecture = in.read_string();
    else if (*key == "variant")
      platform.variant = in.read_string();
  }
  return platform;
}

// `problem` gets what is wrong with the values of a text that is JSON.
Descriptor read_descriptor(json::Reader& in, std::string& problem) {
  Descriptor descriptor;
  bool has_digest = false;
  std::int64_t size = -1;
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key == "mediaType") {
      descriptor.media_type = in.read_string();
    } else if (*key == "digest") {
      auto digest = Digest::parse(in.read_string());
      has_digest = true;
      if (digest)
        descriptor.digest = *digest;
      else if (problem.empty())
        problem = std::move(digest.error().message);
    } else if (*key == "size") {
      size = in.read_int64();
    } else if (*key == "platform" && !in.read_null()) {
      descriptor.platform = read_platform(in);
    } else if (*key == "annotations" && !in.read_null()) {
      descriptor.annotations = read_map(in);
    } else if (*key == "artifactType") {
      descriptor.artifact_type = in.read_string();
    }
  }
  if (problem.empty() && !has_digest) problem = "a descriptor has no digest";
  if (problem.empty() && size < 0) problem = "a descriptor has no size, or a negative one";
  descriptor.size = size < 0 ? 0 : static_cast<std::uint64_t>(size);
  return descriptor;
}

std::vector<Descriptor> read_descriptors(json::Reader& in, std::string& problem) {
  std::vector<Descriptor> all;
  in.enter_array();
  while (in.next_element()) {
    if (all.size() == kMaxEntries) {
      problem = "it has more than " + std::to_string(kMaxEntries) + " entries";
      break;
    }
    all.push_back(read_descriptor(in, problem));
  }
  return all;
}

Result<Document> read_document(std::string_view text) {
  if (text.size() > kMaxText) return fail(ErrorCode::kLimit, "more than 4 MiB");
  Document document;
  std::string scratch;
  std::string problem;
  json::Reader in(text, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    if (*key == "schemaVersion")
      document.schema_version = in.read_int64();
    else if (*key == "mediaType")
      document.media_type = in.read_string();
    else if (*key == "artifactType")
      document.artifact_type = in.read_string();
    else if (*key == "config" && !in.read_null())
      document.config = read_descriptor(in, problem);
    else if (*key == "subject" && !in.read_null())
      document.subject = read_descriptor(in, problem);
    else if (*key == "layers" && !in.read_null())
      document.layers = read_descriptors(in, problem);
    else if (*key == "manifests" && !in.read_null())
      document.manifests = read_descriptors(in, problem);
    else if (*key == "annotations" && !in.read_null())
      document.annotations = read_map(in);
    if (!problem.empty()) return fail(ErrorCode::kInvalid, std::move(problem));
  }
  if (auto done = in.finish(); !done) return fail(std::move(done.error()));
  if (document.schema_version == 1) {
    return fail(ErrorCode::kInvalid,
                "schema 1 of Docker's manifests is too old: push the image again");
  }
  if (document.schema_version != 2) return fail(ErrorCode::kInvalid, "schemaVersion is not 2");
  return document;
}

// What the text is, and an error if it does not say, or says two things.
Result<std::string> type_of(const Document& document) {
  const bool manifest = document.config && document.layers;
  const bool index = document.manifests.has_value();
  if (manifest == index) {
    return fail(ErrorCode::kInvalid, manifest ? "it is both a manifest and an index"
                                              : "it is neither a manifest nor an index");
  }
  if (document.media_type.empty()) {
    return std::string(manifest ? media_type::kOciManifest : media_type::kOciIndex);
  }
  const bool known = manifest ? media_type::is_manifest(document.media_type)
                              : media_type::is_index(document.media_type);
  if (!known) {
    return fail(ErrorCode::kInvalid, "its media type '" + document.media_type +
                                         "' is not that of " +
                                         (manifest ? "a manifest" : "an index"));
  }
  return document.media_type;
}

void write_descriptor(json::Writer& out, const Descriptor& descriptor) {
  out.begin_object();
  out.key("mediaType").string(descriptor.media_type);
  if (!descriptor.artifact_type.empty()) out.key("artifactType").string(descriptor.artifact_type);
  out.key("digest").string(descriptor.digest.str());
  out.key("size").integer(descriptor.size);
  if (!descriptor.annotations.empty()) write_map(out.key("annotations"), descriptor.annotations);
  if (descriptor.platform) {
    out.key("platform").begin_object();
    out.key("architecture").string(descriptor.platform->architecture);
    out.key("os").string(descriptor.platform->os);
    if (!descriptor.platform->variant.empty()) {
      out.key("variant").string(descriptor.platform->variant);
    }
    out.end_object();
  }
  out.end_object();
}

void write_descriptors(json::Writer& out, const std::vector<Descriptor>& all) {
  out.begin_array();
  for (const Descriptor& descriptor : all) write_descriptor(out, descriptor);
  out.end_array();
}

}  // namespace

Result<Manifest> Manifest::parse(std::string_view text) {
  auto document = read_document(text);
  auto type = document ? type_of(*document) : Result<std::string>(std::unexpect, document.error());
  if (type && !media_type::is_manifest(*type)) {
    type = fail(ErrorCode::kInvalid, "it is an index of several images");
  }
  if (!type) return fail(std::move(type.error()).during("read manifest"));
  return Manifest{.media_type = std::move(*type),
                  .config = std::move(*document->config),
                  .layers = std::move(*document->layers),
                  .annotations = std::move(document->annotations),
                  .subject = std::move(document->subject),
                  .artifact_type = std::move(document->artifact_type)};
}

std::string Manifest::serialize() const {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("schemaVersion").integer(2);
  out.key("mediaType").string(media_type);
  if (!artifact_type.empty()) out.key("artifactType").string(artifact_type);
  write_descriptor(out.key("config"), config);
  write_descriptors(out.key("layers"), layers);
  if (subject) write_descriptor(out.key("subject"), *subject);
  if (!annotations.empty()) write_map(out.key("annotations"), annotations);
  out.end_object();
  return text;
}

Result<Index> Index::parse(std::string_view text) {
  auto document = read_document(text);
  auto type = document ? type_of(*document) : Result<std::string>(std::unexpect, document.error());
  if (type && !media_type::is_index(*type)) {
    type = fail(ErrorCode::kInvalid, "it is the manifest of one image");
  }
  if (!type) return fail(std::move(type.error()).during("read index"));
  return Index{.media_type = std::move(*type),
               .manifests = std::move(*document->manifests),
               .annotations = std::move(document->annotations)};
}

std::string Index::serialize() const {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("schemaVersion").integer(2);
  out.key("mediaType").string(media_type);
  write_descriptors(out.key("manifests"), manifests);
  if (!annotations.empty()) write_map(out.key("annotations"), annotations);
  out.end_object();
  return text;
}

Result<std::string> media_type_of(std::string_view text) {
  auto document = read_document(text);
  auto type = document ? type_of(*document) : Result<std::string>(std::unexpect, document.error());
  if (!type) return fail(std::move(type.error()).during("read manifest"));
  return type;
}

}  // namespace thimble::image
