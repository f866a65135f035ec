#pragma once
// What an image from scratch needs besides the handler: the entrypoint, and the few files that
// programs look for.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/image/tree.h>

namespace thimble::cli {

// Whom the handler runs as where nobody says so: nobody of this machine, and not root.
inline constexpr std::uint32_t kDefaultUser = 65532;

struct SystemFiles {
  std::filesystem::path emulator = {};  // Becomes /lambda-entrypoint; empty: none.
  bool accounts = false;                // /etc/passwd, /etc/group, /etc/nsswitch.conf
  bool certificates = false;            // This machine's, at /etc/ssl/certs/ca-certificates.crt
  std::string time_zone = {};           // "Europe/Berlin": this machine's file of it.
  bool temporary_folder = true;         // /tmp, which anybody may write to.
};

[[nodiscard]] Result<image::Tree> system_layer(const SystemFiles& files);

// Whether one of these programs and libraries looks for certificates where the system has them: the
// path is in its bytes, as in those of Go's programs and of libcurl, or OpenSSL's variable for it.
[[nodiscard]] bool wants_certificates(const std::vector<std::filesystem::path>& programs);

}  // namespace thimble::cli
