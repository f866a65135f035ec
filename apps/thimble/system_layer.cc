#include "system_layer.h"

#include <algorithm>
#include <array>
#include <system_error>

#include <thimble/base/file.h>

namespace thimble::cli {
namespace {

namespace fs = std::filesystem;

// Where Linux distributions keep the certificates, Debian's first.
constexpr std::array<const char*, 4> kCertificates{"/etc/ssl/certs/ca-certificates.crt",
                                                   "/etc/pki/tls/certs/ca-bundle.crt",
                                                   "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

// Names a program or a library could know the file by; the last is OpenSSL's, whose own path is
// that of its distribution.
constexpr std::array<std::string_view, 3> kTraces{"/etc/ssl/certs", "ca-certificates.crt",
                                                  "SSL_CERT_FILE"};

std::string passwd() {
  const std::string id = std::to_string(kDefaultUser);
  return "root:x:0:0:root:/root:/sbin/nologin\n"
         "nonroot:x:" +
         id + ":" + id + ":nonroot:/tmp:/sbin/nologin\n";
}

std::string group() {
  return "root:x:0:\nnonroot:x:" + std::to_string(kDefaultUser) + ":\n";
}

Result<void> add_certificates(image::Tree& tree) {
  std::error_code error;
  for (const char* path : kCertificates) {
    if (!fs::exists(path, error)) continue;
    auto text = read_file(fs::canonical(path, error));
    if (!text) return fail(std::move(text.error()));
    return tree.add_bytes("etc/ssl/certs/ca-certificates.crt", std::move(*text));
  }
  return fail(ErrorCode::kNotFound,
              "the handler wants certificates, and this machine has none: install "
              "'ca-certificates', or build with --no-certificates");
}

Result<void> add_time_zone(image::Tree& tree, const std::string& zone) {
  const std::string path = "usr/share/zoneinfo/" + zone;
  std::error_code error;
  if (zone.find("..") != std::string::npos || !fs::is_regular_file("/" + path, error)) {
    return fail(ErrorCode::kNotFound,
                "TZ is '" + zone + "', and this machine has no '/" + path + "': install 'tzdata'");
  }
  auto bytes = read_file(fs::canonical("/" + path, error));
  if (!bytes) return fail(std::move(bytes.error()));
  return tree.add_bytes(path, std::move(*bytes));
}

}  // namespace

Result<image::Tree> system_layer(const SystemFiles& files) {
  image::Tree tree;
  Result<void> added;
  if (!files.emulator.empty()) {
    auto bytes = read_file(files.emulator);
    if (!bytes) return fail(std::move(bytes.error()));
    added = tree.add_bytes("lambda-entrypoint", std::move(*bytes), 0755);
  }
  if (added && files.accounts) {
    added = tree.add_bytes("etc/passwd", passwd());
    if (added) added = tree.add_bytes("etc/group", group());
    if (added) added = tree.add_bytes("etc/nsswitch.conf", "hosts: files dns\n");
  }
  if (added && files.certificates) added = add_certificates(tree);
  if (added && !files.time_zone.empty() && files.time_zone != "UTC") {
    added = add_time_zone(tree, files.time_zone);
  }
  if (added && files.temporary_folder) {
    added = tree.add("tmp", {image::TreeEntry::Folder{}, 01777});
  }
  if (!added) return fail(std::move(added.error()));
  return tree;
}

bool wants_certificates(const std::vector<fs::path>& programs) {
  return std::any_of(programs.begin(), programs.end(), [](const fs::path& program) {
    const auto bytes = read_file(program);
    return bytes && std::any_of(kTraces.begin(), kTraces.end(), [&](std::string_view trace) {
             return bytes->find(trace) != std::string::npos;
           });
  });
}

}  // namespace thimble::cli
