#pragma once
// What a URL says about where a request goes, exactly as the transfer itself will read it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::fetch {

// An absolute URL of http: or https:.
struct Url {
  std::string text;    // The whole, without a fragment.
  std::string scheme;  // "http" or "https".
  std::string host;    // Lower case; an IPv6 address in its brackets.
  std::uint16_t port = 0;
  std::string path;   // From the first slash on, still percent-encoded, without the query.
  std::string query;  // Behind the question mark, still percent-encoded.

  // Takes ASCII without spaces and control characters, at most 16 KiB; no user name, which would
  // be a credential in a text that is printed.
  [[nodiscard]] static Result<Url> parse(std::string_view text);

  // What a Location header of an answer from this URL means: absolute, or relative to it.
  [[nodiscard]] Result<Url> resolve(std::string_view location) const;

  [[nodiscard]] bool is_https() const { return scheme == "https"; }

  // Whether the host is this machine and no name service is asked: 127.0.0.0/8, ::1, localhost.
  [[nodiscard]] bool is_loopback() const;

  // "host:port", the port always there.
  [[nodiscard]] std::string authority() const { return host + ":" + std::to_string(port); }

  // Whether it leads to one of those, each a host or a host:port, in whatever case.
  [[nodiscard]] bool leads_to_one_of(const std::vector<std::string>& hosts) const;

  // Whether both are served by the same scheme, host and port: what may see the same credentials.
  [[nodiscard]] bool has_origin_of(const Url& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

// Percent-encodes all but the unreserved characters of RFC 3986 section 2.3.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace thimble::fetch
