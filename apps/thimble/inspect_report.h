#pragma once
// What `thimble inspect` finds out about an image, and how it is shown.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/image_files.h>
#include <thimble/image/preflight.h>

#include "image_source.h"

namespace thimble::cli {

struct LayerReport {
  std::string digest;
  std::string diff_id;
  std::string media_type;
  std::uint64_t compressed = 0;
  std::uint64_t unpacked = 0;  // Bytes of all files.
  std::uint64_t entries = 0;
  std::string comment;  // Of the history: what is in it, or what made it.
};

struct LargeFile {
  std::string path;
  std::uint64_t size = 0;
  std::size_t layer = 0;  // From 1.
};

struct Variable {
  std::string name;
  std::string value;
  bool secret = false;  // Its value is not shown.
};

struct Report {
  std::string digest;
  std::string platform;
  std::string media_type;
  std::string created;
  std::uint64_t compressed = 0;
  std::uint64_t unpacked = 0;
  std::vector<LayerReport> layers;  // From the lowest.
  std::vector<LargeFile> largest;
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::string user;
  std::string working_dir;
  std::vector<Variable> env;
  std::map<std::string, std::string> labels;
  std::vector<image::Finding> findings;  // The worst first.
};

// A report, and the files it was made from; none if the layers cannot be read, which is a finding.
struct Inspection {
  Report report;
  std::optional<image::ImageFiles> files;
};

[[nodiscard]] Inspection inspect_image(const ImageSource& source, const Context& context,
                                       std::size_t largest);

// What is beside the image, since Lambda takes one manifest and no index: "manifest.several",
// "manifest.index".
[[nodiscard]] std::vector<image::Finding> check_index_of(const ImageSource& source);

// ELF interpreters, "#!" lines, libraries: "start.interpreter", "start.libraries". And secrets in
// files: "secrets.file".
[[nodiscard]] std::vector<image::Finding> check_programs_of(const image::ImageFiles& files,
                                                            const image::StartPlan& plan);
[[nodiscard]] std::vector<image::Finding> check_secrets_of(const image::ImageFiles& files,
                                                           const image::StartPlan& plan);

// Tables for people.
[[nodiscard]] std::string to_text(const Report& report);

// {"digest": ..., "layers": [...], "findings": [...]} and a line feed.
[[nodiscard]] std::string to_json(const Report& report);

// One line of what differs.
struct Change {
  std::string what;  // "added", "removed", "changed"
  std::string path;  // Of a file; or "config: user".
  std::string before;
  std::string after;
  std::int64_t bytes = 0;  // How much larger it became.
};

struct Difference {
  std::string before;  // Digests.
  std::string after;
  std::int64_t compressed = 0;
  std::int64_t unpacked = 0;
  std::vector<Change> config;
  std::vector<Change> files;
};

[[nodiscard]] Difference difference_of(const Inspection& before, const Inspection& after);
[[nodiscard]] std::string to_text(const Difference& difference);
[[nodiscard]] std::string to_json(const Difference& difference);

}  // namespace thimble::cli
