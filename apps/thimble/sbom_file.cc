#include "sbom_file.h"

#include <algorithm>

#include <thimble/base/file.h>
#include <thimble/image/image_files.h>
#include <thimble/image/sbom.h>

namespace thimble::cli {

Result<SbomFormat> sbom_format(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  if (name.ends_with("spdx.json")) return SbomFormat::kSpdx;
  if (name.ends_with("cdx.json") || name.ends_with("cyclonedx.json")) return SbomFormat::kCycloneDx;
  return fail(
      ErrorCode::kInvalid,
      "--sbom '" + file.string() + "': the name says the format: FILE.spdx.json or FILE.cdx.json");
}

Result<void> write_sbom(const std::filesystem::path& file, const std::string& name,
                        const BuiltImage& built, std::int64_t created) {
  const auto format = sbom_format(file);
  if (!format) return fail(format.error());
  const auto files = image::ImageFiles::load(built.image);
  if (!files) return fail(files.error());
  auto packages = image::find_packages(*files, THIMBLE_VERSION);
  packages.insert(packages.end(), built.packages.begin(), built.packages.end());
  std::sort(packages.begin(), packages.end());
  packages.erase(std::unique(packages.begin(), packages.end()), packages.end());
  const image::SbomSubject subject{.name = name,
                                   .digest = built.image.digest(),
                                   .created = created,
                                   .tool_version = THIMBLE_VERSION};
  return write_file(file, *format == SbomFormat::kSpdx ? image::write_spdx(subject, packages)
                                                       : image::write_cyclonedx(subject, packages));
}

}  // namespace thimble::cli
