#include <array>
#include <utility>

#include "thimble/image/manifest.h"

namespace thimble::image {
namespace {

// What machines are called elsewhere, and Go's architecture and variant.
struct Alias {
  std::string_view name;
  std::string_view architecture;
  std::string_view variant;
};
constexpr std::array<Alias, 7> kAliases{{{"x86_64", "amd64", ""},
                                         {"x86-64", "amd64", ""},
                                         {"aarch64", "arm64", ""},
                                         {"armhf", "arm", "v7"},
                                         {"armel", "arm", "v6"},
                                         {"i386", "386", ""},
                                         {"i686", "386", ""}}};

bool is_word(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.';
    if (!plain) return false;
  }
  return true;
}

}  // namespace

Result<Platform> Platform::parse(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::kInvalid,
                "platform '" + std::string(text) + "' is not like 'linux/arm64' or 'linux/amd64'");
  };
  std::array<std::string_view, 3> parts{};
  std::size_t count = 0;
  for (std::string_view rest = text;;) {
    const std::size_t slash = rest.find('/');
    if (count == parts.size()) return refuse();
    parts[count++] = rest.substr(0, slash);
    if (!is_word(parts[count - 1])) return refuse();
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  Platform platform;
  std::string_view architecture = parts[0];
  if (count == 1) {
    if (architecture == "linux") return refuse();
  } else {
    platform.os = parts[0];
    architecture = parts[1];
    platform.variant = parts[2];
  }
  platform.architecture = architecture;
  for (const Alias& alias : kAliases) {
    if (alias.name != architecture) continue;
    platform.architecture = alias.architecture;
    if (platform.variant.empty()) platform.variant = alias.variant;
  }
  if (platform.architecture == "arm64" && platform.variant == "v8") platform.variant.clear();
  return platform;
}

std::string Platform::str() const {
  std::string text = os + "/" + architecture;
  if (!variant.empty()) text += "/" + variant;
  return text;
}

bool Platform::accepts(const Platform& other) const {
  const auto plain = [](const Platform& platform) {
    return platform.architecture == "arm64" && platform.variant == "v8" ? std::string()
                                                                        : platform.variant;
  };
  if (os != other.os || architecture != other.architecture) return false;
  return plain(*this).empty() || plain(other).empty() || plain(*this) == plain(other);
}

}  // namespace thimble::image
