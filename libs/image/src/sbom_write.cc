#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>

#include "thimble/image/layer_reader.h"
#include "thimble/image/sbom.h"
#include <thimble/hash/sha256.h>
#include <thimble/json/writer.h>

namespace thimble::image {
namespace {

// Identifiers of the SPDX license list that packages really have. Others are passed on as text.
constexpr std::array<std::string_view, 32> kLicenses{"0BSD",
                                                     "AFL-2.1",
                                                     "AGPL-3.0-only",
                                                     "AGPL-3.0-or-later",
                                                     "Apache-2.0",
                                                     "Artistic-2.0",
                                                     "BSD-2-Clause",
                                                     "BSD-3-Clause",
                                                     "BSL-1.0",
                                                     "BlueOak-1.0.0",
                                                     "CC-BY-4.0",
                                                     "CC0-1.0",
                                                     "EPL-2.0",
                                                     "GPL-2.0-only",
                                                     "GPL-2.0-or-later",
                                                     "GPL-3.0-only",
                                                     "GPL-3.0-or-later",
                                                     "HPND",
                                                     "ISC",
                                                     "LGPL-2.1-only",
                                                     "LGPL-2.1-or-later",
                                                     "LGPL-3.0-only",
                                                     "LGPL-3.0-or-later",
                                                     "MIT",
                                                     "MIT-0",
                                                     "MPL-2.0",
                                                     "PSF-2.0",
                                                     "Python-2.0",
                                                     "Unicode-3.0",
                                                     "Unlicense",
                                                     "WTFPL",
                                                     "Zlib"};

// Whether it is an expression of identifiers above: "MIT OR Apache-2.0". Parentheses and exceptions
// are not looked into.
bool is_expression(std::string_view text) {
  bool wants_license = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const bool known = wants_license
                           ? std::find(kLicenses.begin(), kLicenses.end(), word) != kLicenses.end()
                           : word == "AND" || word == "OR";
    if (!known) return false;
    wants_license = !wants_license;
  }
  return !wants_license;
}

std::string time_text(std::int64_t seconds) {
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  std::array<char, 32> text{};
  if (::gmtime_r(&time, &parts) == nullptr) return "1970-01-01T00:00:00Z";
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

// RFC 9562, version 8: made of a hash, in its own way.
std::string uuid_of(std::string_view text) {
  std::string hex = hash::to_hex(hash::sha256(text));
  hex[12] = '8';
  hex[16] = "89ab"[static_cast<unsigned>(hex[16]) % 4U];
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20, 12);
}

// Package URL specification: what is no letter, digit or one of ".-_~" is percent-encoded.
std::string percent_encoded(std::string_view text, std::string_view kept) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 ||
                       std::string_view(".-_~").find(c) != std::string_view::npos ||
                       kept.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
  }
  return out;
}

// Both the document's name space and its packages are told apart by the image's digest.
std::string spdx_id(std::size_t number) {
  return "SPDXRef-Package-" + std::to_string(number);
}

void write_spdx_package(json::Writer& out, const Package& package, std::size_t number) {
  out.begin_object();
  out.key("SPDXID").string(spdx_id(number)).key("name").string(package.name);
  if (!package.version.empty()) out.key("versionInfo").string(package.version);
  out.key("downloadLocation").string("NOASSERTION").key("filesAnalyzed").boolean(false);
  const bool expression = is_expression(package.license);
  out.key("licenseConcluded").string("NOASSERTION");
  out.key("licenseDeclared").string(expression ? package.license : "NOASSERTION");
  if (!expression && !package.license.empty()) {
    out.key("licenseComments").string("The package says: " + package.license);
  }
  out.key("copyrightText").string("NOASSERTION");
  if (!package.path.empty()) out.key("sourceInfo").string("found in /" + package.path);
  out.key("externalRefs").begin_array().begin_object();
  out.key("referenceCategory").string("PACKAGE-MANAGER").key("referenceType").string("purl");
  out.key("referenceLocator").string(package_url(package)).end_object().end_array();
  out.end_object();
}

void write_relationship(json::Writer& out, std::string_view from, std::string_view type,
                        std::string_view to) {
  out.begin_object().key("spdxElementId").string(from);
  out.key("relationshipType").string(type).key("relatedSpdxElement").string(to).end_object();
}

void write_component(json::Writer& out, const Package& package) {
  out.begin_object();
  const bool program = package.type == "generic";
  out.key("type").string(program ? "application" : "library");
  out.key("bom-ref").string(package_url(package) + "#" + package.path);
  out.key("name").string(package.name);
  if (!package.version.empty()) out.key("version").string(package.version);
  if (!package.license.empty()) {
    out.key("licenses").begin_array().begin_object();
    if (is_expression(package.license)) {
      out.key("expression").string(package.license);
    } else {
      out.key("license").begin_object().key("name").string(package.license).end_object();
    }
    out.end_object().end_array();
  }
  out.key("purl").string(package_url(package));
  if (!package.path.empty()) {
    out.key("properties").begin_array().begin_object();
    out.key("name").string("thimble:path").key("value").string("/" + package.path);
    out.end_object().end_array();
  }
  out.end_object();
}

}  // namespace

std::string package_url(const Package& package) {
  std::string name = package.name;
  if (package.type == "pypi") {
    // PEP 503.
    for (char& c : name) {
      c = c == '_' || c == '.' ? '-'
                               : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  const std::string space = package.type == "deb" ? "debian/" : "";
  std::string url = "pkg:" + package.type + "/" + space + percent_encoded(name, "/");
  if (!package.version.empty()) url += "@" + percent_encoded(package.version, "");
  return url;
}

std::string write_spdx(const SbomSubject& subject, const std::vector<Package>& packages) {
  static constexpr std::string_view kImage = "SPDXRef-Image";
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("spdxVersion").string("SPDX-2.3").key("dataLicense").string("CC0-1.0");
  out.key("SPDXID").string("SPDXRef-DOCUMENT").key("name").string(subject.name);
  out.key("documentNamespace")
      .string("https://spdx.org/spdxdocs/thimble-" + uuid_of("spdx " + subject.digest.str()));
  out.key("creationInfo").begin_object().key("created").string(time_text(subject.created));
  out.key("creators").begin_array().string("Tool: thimble-" + subject.tool_version).end_array();
  out.end_object();
  out.key("packages").begin_array();
  out.begin_object().key("SPDXID").string(kImage).key("name").string(subject.name);
  out.key("versionInfo").string(subject.digest.str());
  out.key("primaryPackagePurpose").string("CONTAINER");
  out.key("downloadLocation").string("NOASSERTION").key("filesAnalyzed").boolean(false);
  out.key("licenseConcluded").string("NOASSERTION").key("licenseDeclared").string("NOASSERTION");
  out.key("copyrightText").string("NOASSERTION");
  out.key("checksums").begin_array().begin_object().key("algorithm").string("SHA256");
  out.key("checksumValue").string(subject.digest.hex()).end_object().end_array().end_object();
  for (std::size_t i = 0; i < packages.size(); ++i) write_spdx_package(out, packages[i], i + 1);
  out.end_array().key("relationships").begin_array();
  write_relationship(out, "SPDXRef-DOCUMENT", "DESCRIBES", kImage);
  for (std::size_t i = 0; i < packages.size(); ++i) {
    write_relationship(out, kImage, "CONTAINS", spdx_id(i + 1));
  }
  out.end_array().end_object();
  return text + "\n";
}

std::string write_cyclonedx(const SbomSubject& subject, const std::vector<Package>& packages) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("$schema").string("http://cyclonedx.org/schema/bom-1.5.schema.json");
  out.key("bomFormat").string("CycloneDX").key("specVersion").string("1.5");
  out.key("serialNumber").string("urn:uuid:" + uuid_of("cyclonedx " + subject.digest.str()));
  out.key("version").integer(1).key("metadata").begin_object();
  out.key("timestamp").string(time_text(subject.created));
  out.key("tools").begin_object().key("components").begin_array().begin_object();
  out.key("type").string("application").key("name").string("thimble");
  out.key("version").string(subject.tool_version).end_object().end_array().end_object();
  out.key("component").begin_object().key("type").string("container");
  out.key("bom-ref").string(subject.digest.str()).key("name").string(subject.name);
  out.key("version").string(subject.digest.str());
  out.key("hashes").begin_array().begin_object().key("alg").string("SHA-256");
  out.key("content").string(subject.digest.hex()).end_object().end_array();
  out.end_object().end_object();
  out.key("components").begin_array();
  for (const Package& package : packages) write_component(out, package);
  out.end_array().end_object();
  return text + "\n";
}

}  // namespace thimble::image
