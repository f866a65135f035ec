#include "thimble/image/reference.h"

namespace thimble::image {
namespace {

constexpr std::string_view kDockerHub = "docker.io";

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_alphanumeric(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

// One part between slashes: words of lower-case letters and digits, with one '.', one or two '_',
// or any number of '-' between two words.
bool is_path_part(std::string_view part) {
  std::size_t at = 0;
  const auto word = [&] {
    const std::size_t begin = at;
    while (at < part.size() && is_lower_or_digit(part[at])) ++at;
    return at > begin;
  };
  if (!word()) return false;
  while (at < part.size()) {
    if (part[at] == '.') {
      ++at;
    } else if (part[at] == '_') {
      ++at;
      if (at < part.size() && part[at] == '_') ++at;
    } else if (part[at] == '-') {
      while (at < part.size() && part[at] == '-') ++at;
    } else {
      return false;
    }
    if (!word()) return false;
  }
  return true;
}

bool is_repository(std::string_view name) {
  if (name.empty() || name.size() > 255) return false;
  for (;;) {
    const std::size_t slash = name.find('/');
    if (!is_path_part(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

bool is_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > 128 || tag[0] == '.' || tag[0] == '-') return false;
  for (const char c : tag) {
    if (!is_alphanumeric(c) && c != '_' && c != '.' && c != '-') return false;
  }
  return true;
}

bool is_port(std::string_view port) {
  if (port.empty() || port.size() > 5) return false;
  int value = 0;
  for (const char c : port) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  return value <= 65535;
}

// A name or an IPv6 address in brackets, with a port or without.
bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    for (const char c : host.substr(1, end - 1)) {
      const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!hex && c != ':') return false;
    }
    host.remove_prefix(end + 1);
    return host.empty() || (host[0] == ':' && is_port(host.substr(1)));
  }
  const std::size_t colon = host.find(':');
  if (colon != std::string_view::npos) {
    if (!is_port(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  while (!host.empty()) {
    const std::string_view label = host.substr(0, host.find('.'));
    if (label.empty() || label.front() == '-' || label.back() == '-') return false;
    for (const char c : label) {
      if (!is_alphanumeric(c) && c != '-') return false;
    }
    if (label.size() == host.size()) return true;
    host.remove_prefix(label.size() + 1);
  }
  return false;
}

// Whether what is in front of the first slash is a host and not the beginning of a repository.
bool looks_like_host(std::string_view first) {
  if (first == "localhost" || first.find_first_of(".:[") != std::string_view::npos) return true;
  for (const char c : first) {
    if (c >= 'A' && c <= 'Z') return true;
  }
  return false;
}

}  // namespace

Result<Reference> Reference::parse(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kInvalid,
                "'" + std::string(text) + "' is no image's name: " + std::string(why));
  };
  Reference reference;
  std::string_view rest = text;
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    auto digest = Digest::parse(rest.substr(at + 1));
    if (!digest) return refuse(digest.error().message);
    reference.digest = std::move(*digest);
    rest = rest.substr(0, at);
  }
  const std::size_t last_slash = rest.rfind('/');
  const std::size_t colon =
      rest.find(':', last_slash == std::string_view::npos ? 0 : last_slash + 1);
  if (colon != std::string_view::npos) {
    reference.tag = rest.substr(colon + 1);
    if (!is_tag(reference.tag)) {
      return refuse("a tag has up to 128 letters, digits, '_', '.', '-'");
    }
    rest = rest.substr(0, colon);
  }
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos && looks_like_host(rest.substr(0, slash))) {
    reference.registry = rest.substr(0, slash);
    if (!is_host(reference.registry)) return refuse("'" + reference.registry + "' is no host");
    rest.remove_prefix(slash + 1);
  } else {
    reference.registry = kDockerHub;
  }
  if (reference.registry == "index.docker.io") reference.registry = kDockerHub;
  reference.repository = rest;
  if (reference.registry == kDockerHub && rest.find('/') == std::string_view::npos) {
    reference.repository = "library/" + std::string(rest);
  }
  if (!is_repository(reference.repository)) {
    return refuse(
        "a repository has lower-case letters and digits, with '.', '_', '-' or '/' between");
  }
  if (reference.tag.empty() && !reference.digest) reference.tag = "latest";
  return reference;
}

std::string Reference::str() const {
  std::string text = registry + "/" + repository;
  if (!tag.empty()) text += ":" + tag;
  if (digest) text += "@" + digest->str();
  return text;
}

}  // namespace thimble::image
