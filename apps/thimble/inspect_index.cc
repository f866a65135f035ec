#include "inspect_report.h"

namespace thimble::cli {
namespace {

using image::Severity;

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + image::printable(word);
  return all;
}

// "1 entry that is no image, such as an attestation"
std::string others_of(const ImageSource& source) {
  return std::to_string(source.others) + (source.others == 1 ? " entry" : " entries") + " that " +
         (source.others == 1 ? "is" : "are") + " no image, such as an attestation";
}

// Of a name in a registry, which is what Lambda would be given.
image::Finding index_in_registry(const ImageSource& source) {
  const Severity severity = source.is_chosen ? Severity::kWarning : Severity::kError;
  if (source.platforms.size() > 1) {
    return {"manifest.several", severity,
            "the name is that of an index of images for " + joined(source.platforms) +
                "; Lambda takes a single manifest: bring one here with `thimble pull --platform`, "
                "and `thimble push` it by another name"};
  }
  return {"manifest.index", severity,
          "the name is that of an index of " + joined(source.platforms) +
              (source.others > 0 ? " and " + others_of(source) : "") +
              "; Lambda takes a single manifest: docker buildx makes one with --provenance=false; "
              "or `thimble pull` it, and `thimble push` it by another name"};
}

}  // namespace

// AWS Lambda Developer Guide, "Create a Lambda function using a container image", "Requirements":
// images of several architectures are not supported, nor is any index.
std::vector<image::Finding> check_index_of(const ImageSource& source) {
  if (source.is_index) return {index_in_registry(source)};
  if (source.is_chosen) return {};
  if (source.platforms.size() > 1) {
    return {{"manifest.several", Severity::kError,
             "there are images for " + joined(source.platforms) +
                 "; Lambda takes one, and no index: choose it with --platform"}};
  }
  if (source.others == 0) return {};
  // Whether it becomes an index in a registry is up to what pushes it.
  return {{"manifest.index", Severity::kWarning,
           "beside the image there is " + others_of(source) +
               "; who pushes all of it pushes an index, which Lambda refuses: `thimble push` sends "
               "the image alone, and docker buildx adds nothing with --provenance=false"}};
}

}  // namespace thimble::cli
