#pragma once
// Says which packages are in an image, as SPDX and as CycloneDX.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/digest.h>
#include <thimble/image/image_files.h>

namespace thimble::image {

// A package that somebody has published. `type` is that of the Package URL specification: "pypi",
// "golang", "cargo", "npm", "deb", "generic".
struct Package {
  std::string type;
  std::string name;  // With its namespace: "@scope/name", "github.com/owner/name".
  std::string version;
  std::string license;  // As its own metadata says it; may be no SPDX expression, or empty.
  std::string path;     // Of the file that told: "var/task/handler".

  friend auto operator<=>(const Package&, const Package&) = default;
};

// "pkg:pypi/requests@2.32.0"
[[nodiscard]] std::string package_url(const Package& package);

// What the files of an image tell: Python's *.dist-info, Go's build information and Rust's
// `cargo auditable` section in programs, node_modules, Debian's status files, and the emulator,
// whose version is `emulator_version`. Sorted, each once.
[[nodiscard]] std::vector<Package> find_packages(const ImageFiles& files,
                                                 std::string_view emulator_version);

// Packages of a Cargo.lock, for programs without that section; those of no registry, which are the
// project's own, left out.
[[nodiscard]] std::vector<Package> packages_of_cargo_lock(std::string_view text);

// The packages that installed these files on a Debian machine whose root is `root`: for libraries
// that were taken from there. Files that no package has are passed over.
[[nodiscard]] std::vector<Package> debian_packages_of(
    const std::vector<std::filesystem::path>& files, const std::filesystem::path& root = "/");

// What the document is about, and when it was made: seconds since 1970, SOURCE_DATE_EPOCH.
struct SbomSubject {
  std::string name;  // Of the image, or of the function.
  Digest digest = Digest::of("");
  std::int64_t created = 0;
  std::string tool_version;
};

// SPDX 2.3, JSON. The same bytes for the same arguments.
[[nodiscard]] std::string write_spdx(const SbomSubject& subject,
                                     const std::vector<Package>& packages);

// CycloneDX 1.5, JSON. Likewise: its serial number is made of the digest.
[[nodiscard]] std::string write_cyclonedx(const SbomSubject& subject,
                                          const std::vector<Package>& packages);

}  // namespace thimble::image
