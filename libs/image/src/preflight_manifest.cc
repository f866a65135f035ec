#include <algorithm>
#include <array>
#include <cctype>

#include "thimble/image/media_types.h"
#include "thimble/image/preflight.h"

namespace thimble::image {
namespace {

// AWS Lambda Developer Guide, "Lambda quotas": environment variables, in total.
constexpr std::size_t kMaxEnvBytes = 4096;

// The same, "Container image code package size".
constexpr std::uint64_t kMaxUnpacked = std::uint64_t{10} << 30;

// AWS Lambda Developer Guide, "Working with Lambda environment variables", "Defined runtime
// environment variables": those that Lambda sets itself.
constexpr std::array<std::string_view, 5> kReserved{
    "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"};

bool is_config_type(std::string_view type) {
  return type == media_type::kOciConfig || type == media_type::kDockerConfig;
}

// AWS Lambda Developer Guide, "Create a Lambda function using a container image": Docker image
// manifest V2 schema 2 or OCI 1.0 manifests; what tools add to images since (attestations) is a
// manifest with a subject or an artifact type.
void check_types(const Image& image, std::vector<Finding>& found) {
  if (!media_type::is_manifest(image.manifest.media_type)) {
    found.push_back({"manifest.media-type", Severity::kError,
                     "the manifest's type is '" + printable(image.manifest.media_type) +
                         "'; Lambda takes one of OCI or Docker"});
  }
  if (image.manifest.subject || !image.manifest.artifact_type.empty()) {
    found.push_back({"manifest.artifact", Severity::kError,
                     "the manifest is that of an artifact, such as an attestation, and no image"});
  }
  if (!is_config_type(image.manifest.config.media_type)) {
    found.push_back(
        {"manifest.config-type", Severity::kError,
         "the configuration's type is '" + printable(image.manifest.config.media_type) + "'"});
  }
  for (std::size_t i = 0; i < image.manifest.layers.size(); ++i) {
    const std::string& type = image.manifest.layers[i].media_type;
    if (media_type::is_gzip_layer(type)) continue;
    found.push_back({"layers.compression", Severity::kError,
                     "layer " + std::to_string(i + 1) + " is '" + printable(type) +
                         "'; Lambda takes layers compressed by gzip only"});
  }
  if (image.manifest.layers.empty()) {
    found.push_back({"layers.none", Severity::kError, "the image has no layers"});
  }
}

void check_env(const ImageConfig& config, std::vector<Finding>& found) {
  std::size_t bytes = 0;
  for (const std::string& entry : config.env) {
    bytes += entry.size();
    const std::string name = entry.substr(0, entry.find('='));
    if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
      found.push_back({"env.reserved", Severity::kWarning,
                       "the image sets " + name + ", which Lambda sets itself"});
    }
    const bool has_value = entry.size() > name.size() + 1;
    if (is_secret_name(name) && has_value && name != "GPG_KEY") {
      found.push_back({"secrets.env", Severity::kWarning,
                       "the variable '" + printable(name) +
                           "' looks like a secret, which everybody with the image can read: "
                           "give it to the function instead"});
    }
  }
  if (bytes > kMaxEnvBytes) {
    found.push_back(
        {"env.size", Severity::kWarning,
         "the variables have " + std::to_string(bytes) + " bytes; Lambda allows a function 4096"});
  }
}

void check_config(const ImageConfig& config, std::vector<Finding>& found) {
  // AWS Lambda Developer Guide, "Create a Lambda function using a container image": Linux, and one
  // architecture, x86_64 or arm64.
  if (config.platform.os != "linux") {
    found.push_back({"platform.os", Severity::kError,
                     "the image is for '" + printable(config.platform.os) + "', not for linux"});
  }
  if (config.platform.architecture != "amd64" && config.platform.architecture != "arm64") {
    found.push_back({"platform.architecture", Severity::kError,
                     "the image is for '" + printable(config.platform.architecture) +
                         "'; Lambda has amd64 and arm64"});
  }
  if (config.platform.architecture == "arm64" && !config.platform.variant.empty() &&
      config.platform.variant != "v8") {
    found.push_back({"platform.variant", Severity::kWarning,
                     "the image is for arm64 '" + printable(config.platform.variant) +
                         "', which Lambda's processors may not be"});
  }
  if (!config.volumes.empty()) {
    found.push_back({"config.volumes", Severity::kNote,
                     "volumes are nothing to Lambda: only /tmp can be written to"});
  }
  if (config.user == "0" || config.user == "root" || config.user.starts_with("0:") ||
      config.user.starts_with("root:")) {
    found.push_back({"config.user", Severity::kNote,
                     "the user is root, which Lambda ignores and other platforms do not"});
  }
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

Result<Severity> severity_of(std::string_view name) {
  for (const Severity severity : {Severity::kNote, Severity::kWarning, Severity::kError}) {
    if (name == name_of(severity)) return severity;
  }
  return fail(ErrorCode::kInvalid,
              "'" + std::string(name) + "' is not 'error', 'warning' or 'note'");
}

bool is_secret_name(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const std::string_view word :
       {"AUTH", "TOKEN", "SECRET", "PASS", "KEY", "COOKIE", "CREDENTIAL"}) {
    if (upper.find(word) != std::string::npos) return true;
  }
  return false;
}

std::vector<Finding> check_manifest(const Image& image) {
  std::vector<Finding> found;
  check_types(image, found);
  std::size_t steps = 0;
  for (const History& step : image.config.history) steps += step.empty_layer ? 0 : 1;
  if (steps != image.manifest.layers.size()) {
    found.push_back({"history.count", Severity::kError,
                     "the history has " + std::to_string(steps) +
                         " steps with a layer, the image " +
                         std::to_string(image.manifest.layers.size()) + " layers"});
  }
  check_config(image.config, found);
  check_env(image.config, found);
  return found;
}

std::vector<Finding> check_layers(const Image& image, const ImageFiles& files) {
  std::vector<Finding> found;
  std::uint64_t unpacked = 0;
  for (std::size_t i = 0; i < files.layers().size(); ++i) {
    const LayerSummary& layer = files.layers()[i];
    const std::string name = "layer " + std::to_string(i + 1);
    unpacked += layer.archive;
    if (layer.digest != image.manifest.layers[i].digest) {
      found.push_back({"layers.digest", Severity::kError,
                       name + " is not what its digest says: it was damaged or exchanged"});
    } else if (layer.compressed != image.manifest.layers[i].size) {
      found.push_back({"layers.size", Severity::kError,
                       name + " has " + std::to_string(layer.compressed) +
                           " bytes, which is not what the manifest says"});
    }
    if (i >= image.config.diff_ids.size() || layer.diff_id != image.config.diff_ids[i]) {
      found.push_back({"layers.diff-id", Severity::kError,
                       name + " is not what its diff_id in the configuration says"});
    }
    if (layer.compression != Compression::kGzip &&
        media_type::is_gzip_layer(image.manifest.layers[i].media_type)) {
      found.push_back(
          {"layers.compression", Severity::kError, name + " is called gzip and is something else"});
    }
  }
  if (unpacked > kMaxUnpacked) {
    found.push_back(
        {"layers.unpacked", Severity::kError, "the layers unpack to more than Lambda's 10 GB"});
  }
  return found;
}

}  // namespace thimble::image
