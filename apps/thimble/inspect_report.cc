#include "inspect_report.h"

#include <algorithm>
#include <set>
#include <utility>

namespace thimble::cli {
namespace {

void add(std::vector<image::Finding>& to, std::vector<image::Finding> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<LayerReport> layers_of(const image::Image& image,
                                   const std::optional<image::ImageFiles>& files) {
  std::vector<LayerReport> layers;
  for (const image::Descriptor& descriptor : image.manifest.layers) {
    LayerReport layer;
    layer.digest = descriptor.digest.str();
    layer.media_type = descriptor.media_type;
    layer.compressed = descriptor.size;
    const std::size_t i = layers.size();
    if (i < image.config.diff_ids.size()) layer.diff_id = image.config.diff_ids[i].str();
    if (files && i < files->layers().size()) {
      layer.unpacked = files->layers()[i].files;
      layer.entries = files->layers()[i].entries;
    }
    layers.push_back(std::move(layer));
  }
  std::size_t i = 0;
  for (const image::History& step : image.config.history) {
    if (step.empty_layer) continue;
    if (i == layers.size()) break;
    layers[i++].comment = step.comment.empty() ? step.created_by : step.comment;
  }
  return layers;
}

std::vector<LargeFile> largest_of(const image::ImageFiles& files, std::size_t most) {
  std::vector<LargeFile> all;
  std::set<std::uint64_t> seen;  // Hard links count once.
  for (const auto& [path, node] : files.nodes()) {
    if (node.kind != image::FileKind::kFile || !seen.insert(node.content).second) continue;
    all.push_back({path, node.size, node.layer + 1});
  }
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::partial_sort(all.begin(), end, all.end(), [](const LargeFile& a, const LargeFile& b) {
    return a.size != b.size ? a.size > b.size : a.path < b.path;
  });
  all.erase(end, all.end());
  return all;
}

void describe(const image::Image& image, Report& report) {
  report.digest = image.digest().str();
  report.platform = image.config.platform.str();
  report.media_type = image.manifest.media_type;
  report.created = image.config.created;
  report.entrypoint = image.config.entrypoint.value_or(std::vector<std::string>());
  report.cmd = image.config.cmd.value_or(std::vector<std::string>());
  report.user = image.config.user;
  report.working_dir = image.config.working_dir;
  report.labels = image.config.labels;
  for (const std::string& entry : image.config.env) {
    const std::size_t equals = std::min(entry.find('='), entry.size());
    Variable variable;
    variable.name = entry.substr(0, equals);
    variable.secret = image::is_secret_name(variable.name);
    if (!variable.secret && equals < entry.size()) variable.value = entry.substr(equals + 1);
    report.env.push_back(std::move(variable));
  }
}

}  // namespace

Inspection inspect_image(const ImageSource& source, const Context& context, std::size_t largest) {
  Inspection inspection;
  Report& report = inspection.report;
  const image::Image& image = source.image;
  describe(image, report);
  report.findings = image::check_manifest(image);
  add(report.findings, check_index_of(source));
  auto files = image::ImageFiles::load(
      image, {.scratch = std::string(context.env().value_or("TMPDIR", "/tmp")), .verify = false});
  if (files) {
    inspection.files = std::move(*files);
    add(report.findings, image::check_layers(image, *inspection.files));
    image::StartPlan plan;
    add(report.findings, image::check_files(image, *inspection.files, plan));
    add(report.findings, image::check_binaries(image, *inspection.files));
    add(report.findings, check_programs_of(*inspection.files, plan));
    add(report.findings, check_secrets_of(*inspection.files, plan));
    report.largest = largest_of(*inspection.files, largest);
  } else {
    report.findings.push_back(
        {"layers.unreadable", image::Severity::kError, files.error().message});
  }
  report.layers = layers_of(image, inspection.files);
  for (const LayerReport& layer : report.layers) {
    report.compressed += layer.compressed;
    report.unpacked += layer.unpacked;
  }
  std::stable_sort(
      report.findings.begin(), report.findings.end(),
      [](const image::Finding& a, const image::Finding& b) { return a.severity > b.severity; });
  return inspection;
}

}  // namespace thimble::cli
