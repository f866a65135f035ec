#pragma once
// HTTP and HTTPS requests to other machines, by libcurl.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::fetch {

struct Header {
  std::string name;
  std::string value;
};

// A part of a file as a request's body, read while it is sent.
struct FileBody {
  std::filesystem::path path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct Response;

struct Request {
  std::string method = "GET";
  std::string url = {};  // http: or https:, with everything in it percent-encoded.
  std::vector<Header> headers = {};
  std::variant<std::monostate, std::string, FileBody> body = {};

  // Gets a 2xx answer before its body, for example to see whether it is a part only (206). What it
  // refuses with ends the request.
  std::function<Result<void>(const Response&)> on_answer = {};

  // Gets the body of a 2xx answer piece by piece, which `Response::body` then has not. What it
  // refuses with ends the request. Called again from the beginning only if the request is.
  std::function<Result<void>(std::string_view)> on_body = {};

  // Told the bytes of the body sent and received so far, of this attempt.
  std::function<void(std::uint64_t sent, std::uint64_t received)> on_progress = {};

  // Once stopped, the request ends with kIo, within a second.
  std::stop_token stop = {};

  // Of a 2xx answer, whoever gets its body; more is kLimit. Of others the first 64 KiB are kept.
  std::uint64_t max_body = std::uint64_t{16} << 20;
  int max_redirects = 0;  // Followed with GET and HEAD only; see `Client::send`.
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::seconds idle_timeout{60};  // Slower than `slowest` for this long: kIo.
  std::uint64_t slowest = 1;              // Bytes per second, both ways.
  std::optional<std::chrono::milliseconds> timeout =
      {};  // Of the whole; none for what may be large.
};

struct Response {
  int status = 0;
  std::vector<Header> headers;  // Of the last answer, in order.
  std::string body;
  std::string url;  // Where the answer came from, after redirects.

  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }

  // The value of the first header of that name, whatever its case; lives as long as this.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

struct ClientOptions {
  std::string user_agent = "thimble";
  std::filesystem::path ca_file =
      {};  // Trusted instead of the system's certificates; empty: those.
  // Host, or host:port, that may be spoken to by plain HTTP though it is not loopback.
  std::vector<std::string> plain_http_hosts = {};
};

// Sends requests; connections are kept and used again. May be used by several threads at once.
//
// TLS is always verified, and plain HTTP refused except to loopback addresses and the hosts given.
// http_proxy, HTTPS_PROXY and NO_PROXY count, as for curl, but not for loopback addresses.
// Compressed content is not asked for: what is counted is what comes. The headers of an answer are
// at most 64 KiB.
class Client final {
 public:
  [[nodiscard]] static Result<Client> open(ClientOptions options = {});
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // Sends one request and waits for its answer, which any status is. A redirect is followed at most
  // `max_redirects` times; to another host (or port, or from https: to http:, which is refused) it
  // goes without Authorization and Cookie.
  //
  // Fails with kIo when there is no answer (trying again may help), kInvalid for a URL or header
  // that cannot be sent, kPermission for what is refused above, kLimit for too large an answer.
  [[nodiscard]] Result<Response> send(const Request& request);

 private:
  class Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace thimble::fetch
