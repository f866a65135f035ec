// thimble inspect: what is in an image, and whether Lambda would take it.

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include <thimble/image/sbom.h>

#include "inspect_report.h"
#include "verbs.h"

namespace thimble::cli {
namespace {

struct Options {
  std::string image;
  std::string diff;
  std::string platform;
  RegistryFlags registry;
  std::string sbom;
  std::string fail_on = "error";
  std::size_t largest = 10;
  bool json = false;
};

// Whether there is a finding that bad.
bool is_refused(const Report& report, const std::string& fail_on) {
  if (fail_on == "never") return false;
  const auto least = image::severity_of(fail_on).value_or(image::Severity::kError);
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const image::Finding& finding) { return finding.severity >= least; });
}

Outcome<Inspection> open(const Options& options, const std::string& name, const Context& context) {
  const auto source = open_image_source(context, name, options.platform, options.registry);
  if (!source) return fail(source.error());
  return inspect_image(*source, context, options.largest);
}

// Why there are no files.
Failure unreadable(const Inspection& inspection) {
  Failure failure{ExitCode::kConfig, {ErrorCode::kInvalid, "the layers cannot be read"}};
  for (const image::Finding& finding : inspection.report.findings) {
    if (finding.id == "layers.unreadable") failure.error.message = finding.message;
  }
  return failure;
}

void print_sbom(const Options& options, const Inspection& inspection, Context& context) {
  if (!inspection.files) return context.fail(unreadable(inspection));
  const auto digest = image::Digest::parse(inspection.report.digest);
  const auto created = context.build_time();
  if (!digest) return context.fail({ExitCode::kConfig, digest.error()});
  if (!created) return context.fail({ExitCode::kUsage, created.error()});
  const auto title = inspection.report.labels.find("org.opencontainers.image.title");
  const image::SbomSubject subject{
      .name = title == inspection.report.labels.end() ? "image" : title->second,
      .digest = *digest,
      .created = *created,
      .tool_version = THIMBLE_VERSION};
  const auto packages = image::find_packages(*inspection.files, THIMBLE_VERSION);
  context.print(options.sbom == "spdx" ? image::write_spdx(subject, packages)
                                       : image::write_cyclonedx(subject, packages));
}

void inspect(const Options& options, Context& context) {
  const auto inspection = open(options, options.image, context);
  if (!inspection) return context.fail(inspection.error());
  if (!options.diff.empty()) {
    const auto other = open(options, options.diff, context);
    if (!other) return context.fail(other.error());
    for (const auto* each : {&*inspection, &*other}) {
      if (!each->files) return context.fail(unreadable(*each));
    }
    const Difference difference = difference_of(*inspection, *other);
    context.print(options.json ? to_json(difference) : to_text(difference));
    return;
  }
  if (!options.sbom.empty()) return print_sbom(options, *inspection, context);
  context.print(options.json ? to_json(inspection->report) : to_text(inspection->report));
  if (is_refused(inspection->report, options.fail_on)) context.set_exit_code(ExitCode::kPreflight);
}

}  // namespace

void add_inspect(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand(
      "inspect", "Show what is in an image, and whether Lambda would take it");
  verb->add_option("image", options->image, "An OCI layout or an archive of docker save")
      ->required();
  verb->add_option("--diff", options->diff, "Show what another image has otherwise");
  verb->add_option("--platform", options->platform, "Which image, of several: linux/arm64");
  add_connection_flags(*verb, options->registry);
  verb->add_option("--fail-on", options->fail_on, "Exit with 7 if a finding is that bad, or worse")
      ->check(CLI::IsMember({"error", "warning", "note", "never"}));
  verb->add_option("--sbom", options->sbom, "Print which packages are in it: spdx or cyclonedx")
      ->check(CLI::IsMember({"spdx", "cyclonedx"}));
  verb->add_option("--largest", options->largest, "How many of the largest files to show");
  verb->add_flag("--json", options->json, "For programs");
  verb->callback([options, &context] { inspect(*options, context); });
}

}  // namespace thimble::cli
