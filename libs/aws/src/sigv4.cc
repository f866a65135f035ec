#include "thimble/aws/sigv4.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include <thimble/base/fd.h>
#include <thimble/fetch/url.h>
#include <thimble/hash/sha256.h>

#include "text.h"
#include "timestamp.h"

namespace thimble::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// Headers that clients and proxies add or change on the way, as AWS's own clients leave them out.
constexpr std::array<std::string_view, 14> kUnsignedHeaders = {"baggage",
                                                               "connection",
                                                               "expect",
                                                               "keep-alive",
                                                               "proxy-authenticate",
                                                               "te",
                                                               "proxy-authorization",
                                                               "traceparent",
                                                               "tracestate",
                                                               "trailer",
                                                               "transfer-encoding",
                                                               "upgrade",
                                                               "user-agent",
                                                               "x-amzn-trace-id"};

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A '%' without two hexadecimal digits stays. A '+' is itself.
std::string percent_decode(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      bytes += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

// As in the Host header that is sent: without the port if it is the scheme's own.
std::string host_of(const fetch::Url& url) {
  return url.port == (url.is_https() ? 443 : 80) ? url.host : url.authority();
}

// Its error does not show the URL, which may hold a signature.
Result<fetch::Url> parse_url(std::string_view text) {
  auto url = fetch::Url::parse(text);
  if (!url) return fail(ErrorCode::kInvalid, "what is to be signed has no http: or https: URL");
  return url;
}

void remove_header(fetch::Request& request, std::string_view name) {
  std::erase_if(request.headers,
                [&](const fetch::Header& header) { return lower(header.name) == name; });
}

// The hash of a part of a file, read through a small buffer.
Result<std::string> hash_file(const fetch::FileBody& body) {
  const std::string what = "read '" + body.path.string() + "'";
  const Fd file(::open(body.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(system_error(what));
  hash::Sha256 sha256;
  std::vector<char> buffer(std::size_t{1} << 18);
  std::uint64_t done = 0;
  while (done < body.length) {
    const auto wanted = std::min<std::uint64_t>(buffer.size(), body.length - done);
    const ssize_t got = ::pread(file.number(), buffer.data(), static_cast<std::size_t>(wanted),
                                static_cast<off_t>(body.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error(what));
    if (got == 0) return fail(ErrorCode::kIo, what + ": it is shorter than it was");
    sha256.update({buffer.data(), static_cast<std::size_t>(got)});
    done += static_cast<std::uint64_t>(got);
  }
  return hash::to_hex(sha256.finish());
}

Result<std::string> hash_body(const fetch::Request& request) {
  if (const auto* file = std::get_if<fetch::FileBody>(&request.body)) return hash_file(*file);
  const auto* text = std::get_if<std::string>(&request.body);
  return hash::to_hex(hash::sha256(text == nullptr ? std::string_view() : *text));
}

// Without empty segments, "." and "..", and encoded once more.
std::string normalise_path(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const std::string_view segment : split(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      kept.push_back(segment);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string normal;
  for (const std::string_view segment : kept) normal += "/" + fetch::percent_encode(segment);
  if (normal.empty() || path.ends_with('/')) normal += '/';
  return normal;
}

std::string canonical_path(std::string_view path, std::string_view service) {
  if (service == "s3") return std::string(path);
  return normalise_path(path);
}

// Sorted by name, then by value, both as encoded; a value that is missing is an empty one.
std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view pair : split(query, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    pairs.emplace_back(fetch::percent_encode(percent_decode(pair.substr(0, equals))),
                       fetch::percent_encode(percent_decode(value)));
  }
  std::ranges::sort(pairs);
  std::string canonical;
  for (const auto& [name, value] : pairs) {
    if (!canonical.empty()) canonical += '&';
    canonical.append(name).append("=").append(value);
  }
  return canonical;
}

// Without space around it, and every run of space inside of it as one.
std::string fold_spaces(std::string_view value) {
  std::string folded;
  bool pending = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      pending = !folded.empty();
      continue;
    }
    if (std::exchange(pending, false)) folded += ' ';
    folded += c;
  }
  return folded;
}

// The headers that are signed, by their names in lower case; several values of a name are joined.
using SignedHeaders = std::map<std::string, std::string>;

SignedHeaders signed_headers(const fetch::Request& request, const fetch::Url& url) {
  SignedHeaders headers;
  for (const auto& [name, value] : request.headers) {
    std::string key = lower(trim(name));
    if (std::ranges::find(kUnsignedHeaders, key) != kUnsignedHeaders.end()) continue;
    const auto [entry, is_new] = headers.try_emplace(std::move(key));
    if (!is_new) entry->second += ',';
    entry->second += fold_spaces(value);
  }
  headers.try_emplace("host", host_of(url));
  return headers;
}

std::string names_of(const SignedHeaders& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

std::string canonical_request(const fetch::Request& request, const fetch::Url& url,
                              const SignedHeaders& headers, const Signing& signing,
                              std::string_view payload_hash) {
  std::string text = upper(request.method);
  text.append("\n").append(canonical_path(url.path, signing.service));
  text.append("\n").append(canonical_query(url.query)).append("\n");
  for (const auto& [name, value] : headers) {
    text.append(name).append(":").append(value).append("\n");
  }
  text.append("\n").append(names_of(headers)).append("\n").append(payload_hash);
  return text;
}

// "20150830/us-east-1/iam/aws4_request"
std::string scope_of(const Signing& signing) {
  std::string scope = basic_time(signing.time).substr(0, 8);
  scope.append("/").append(signing.region).append("/").append(signing.service);
  return scope + "/aws4_request";
}

std::string signature_of(std::string_view canonical, const Signing& signing) {
  const std::string time = basic_time(signing.time);
  std::string to_sign(kAlgorithm);
  to_sign.append("\n").append(time).append("\n").append(scope_of(signing)).append("\n");
  to_sign += hash::to_hex(hash::sha256(canonical));

  std::string key = "AWS4" + signing.credentials.secret_access_key;
  for (const std::string_view part : {std::string_view(time).substr(0, 8), signing.region,
                                      signing.service, std::string_view("aws4_request")}) {
    key = hash::to_bytes(hash::hmac_sha256(key, part));
  }
  return hash::to_hex(hash::hmac_sha256(key, to_sign));
}

std::string header_of(const fetch::Request& request, std::string_view name) {
  for (const fetch::Header& header : request.headers) {
    if (lower(header.name) == name) return header.value;
  }
  return {};
}

}  // namespace

Result<void> sign(fetch::Request& request, const Signing& signing) {
  const auto url = parse_url(request.url);
  if (!url) return fail(url.error());

  remove_header(request, "authorization");
  remove_header(request, "x-amz-date");
  request.headers.push_back({"X-Amz-Date", basic_time(signing.time)});
  if (!signing.credentials.session_token.empty()) {
    remove_header(request, "x-amz-security-token");
    request.headers.push_back({"X-Amz-Security-Token", signing.credentials.session_token});
  }

  std::string payload_hash = header_of(request, "x-amz-content-sha256");
  if (signing.unsigned_payload) {
    payload_hash = kUnsignedPayload;
  } else if (payload_hash.empty()) {
    auto hash = hash_body(request);
    if (!hash) return fail(std::move(hash.error()));
    payload_hash = std::move(*hash);
  }
  if (signing.service == "s3" || signing.unsigned_payload) {
    remove_header(request, "x-amz-content-sha256");
    request.headers.push_back({"X-Amz-Content-Sha256", payload_hash});
  }

  const SignedHeaders headers = signed_headers(request, *url);
  const std::string signature =
      signature_of(canonical_request(request, *url, headers, signing, payload_hash), signing);
  std::string authorization(kAlgorithm);
  authorization += " Credential=" + signing.credentials.access_key_id + "/" + scope_of(signing);
  authorization += ", SignedHeaders=" + names_of(headers) + ", Signature=" + signature;
  request.headers.push_back({"Authorization", std::move(authorization)});
  return {};
}

Result<std::string> presign(const fetch::Request& request, const Signing& signing, Seconds lasts) {
  const auto given = parse_url(request.url);
  if (!given) return fail(given.error());
  std::string text = given->text;
  const SignedHeaders headers = signed_headers(request, *given);

  text += text.find('?') == std::string::npos ? '?' : '&';
  text.append("X-Amz-Algorithm=").append(kAlgorithm);
  text += "&X-Amz-Credential=" +
          fetch::percent_encode(signing.credentials.access_key_id + "/" + scope_of(signing));
  text += "&X-Amz-Date=" + basic_time(signing.time);
  text += "&X-Amz-Expires=" + std::to_string(lasts.count());
  text += "&X-Amz-SignedHeaders=" + fetch::percent_encode(names_of(headers));
  if (!signing.credentials.session_token.empty()) {
    text += "&X-Amz-Security-Token=" + fetch::percent_encode(signing.credentials.session_token);
  }

  std::string payload_hash(kUnsignedPayload);
  if (signing.service != "s3" && !signing.unsigned_payload) {
    auto hash = hash_body(request);
    if (!hash) return fail(std::move(hash.error()));
    payload_hash = std::move(*hash);
  }
  const auto url = parse_url(text);
  if (!url) return fail(url.error());
  const std::string signature =
      signature_of(canonical_request(request, *url, headers, signing, payload_hash), signing);
  return text + "&X-Amz-Signature=" + signature;
}

}  // namespace thimble::aws
