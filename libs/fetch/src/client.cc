#include "thimble/fetch/client.h"

#include <mutex>
#include <utility>

#include <curl/curl.h>

#include <thimble/fetch/url.h>

#include "easy_pool.h"
#include "header.h"
#include "sigpipe.h"
#include "transfer.h"

namespace thimble::fetch {
namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// What must not be seen by another server than the one it was meant for.
void drop_credentials(std::vector<Header>& headers) {
  std::erase_if(headers, [](const Header& header) {
    return same_name(header.name, "authorization") || same_name(header.name, "cookie");
  });
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(ClientOptions options) : options_(std::move(options)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    const SigpipeBlock no_sigpipe;  // TLS says goodbye.
    handles_.clear();
  }

  Result<Response> send(const Request& request) {
    auto url = Url::parse(request.url);
    if (!url) return fail(std::move(url.error()));
    std::vector<Header> headers = request.headers;
    const bool follows = request.method == "GET" || request.method == "HEAD";
    for (int redirects = 0;; ++redirects) {
      auto response = send_once(request, *url, headers);
      const std::string what = request.method + " " + without_query(*url);
      if (!response) return fail(std::move(response.error()).during(what));
      const auto location = response->header("location");
      if (!follows || request.max_redirects == 0 || !is_redirect(response->status) || !location) {
        return response;
      }
      if (redirects == request.max_redirects) {
        return fail(ErrorCode::kLimit,
                    what + ": redirected more than " + std::to_string(redirects) + " times");
      }
      auto next = url->resolve(*location);
      if (!next) return fail(std::move(next.error()).during(what + ": redirected"));
      if (url->is_https() && !next->is_https()) {
        return fail(ErrorCode::kPermission, what + ": redirected from https: to '" +
                                                without_query(*next) + "', which is not safe");
      }
      if (!next->has_origin_of(*url)) drop_credentials(headers);
      url = std::move(next);
    }
  }

 private:
  // A query may hold a signature, which is as good as a password.
  static std::string without_query(const Url& url) {
    return url.text.substr(0, url.text.find('?'));
  }

  Result<Response> send_once(const Request& request, const Url& url,
                             const std::vector<Header>& headers) {
    if (!url.is_https() && !may_be_plain(url)) {
      return fail(ErrorCode::kPermission, "plain HTTP is only spoken to this machine itself");
    }
    Easy easy = handles_.take();
    if (easy == nullptr) return fail(ErrorCode::kIo, "out of memory");
    const SigpipeBlock no_sigpipe;
    auto response = Transfer(easy.get(), options_, request, url).perform(headers);
    handles_.give_back(std::move(easy));
    return response;
  }

  [[nodiscard]] bool may_be_plain(const Url& url) const {
    return url.is_loopback() || url.leads_to_one_of(options_.plain_http_hosts);
  }

  ClientOptions options_;
  EasyPool handles_;
};

std::optional<std::string_view> Response::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (same_name(header.name, name)) return header.value;
  }
  return std::nullopt;
}

Result<Client> Client::open(ClientOptions options) {
  static std::once_flag once;
  static CURLcode initialized = CURLE_FAILED_INIT;
  std::call_once(once, [] { initialized = curl_global_init(CURL_GLOBAL_DEFAULT); });
  if (initialized != CURLE_OK) return fail(ErrorCode::kIo, "libcurl cannot be initialised");
  return Client(std::make_unique<Impl>(std::move(options)));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Response> Client::send(const Request& request) {
  return impl_->send(request);
}

}  // namespace thimble::fetch
