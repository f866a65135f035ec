#pragma once
// One request and its answer on one of libcurl's handles; redirects are not followed here.

#include <memory>

#include <curl/curl.h>

#include <thimble/base/fd.h>
#include <thimble/base/result.h>
#include <thimble/fetch/client.h>
#include <thimble/fetch/url.h>

namespace thimble::fetch {

// Lives for one request. The handle has no options set before, and must be reset after.
class Transfer final {
 public:
  Transfer(CURL* easy, const ClientOptions& client, const Request& request, const Url& url)
      : easy_(easy), client_(client), request_(request), url_(url) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Sends `headers`, not those of the request: a redirect may have lost some.
  [[nodiscard]] Result<Response> perform(const std::vector<Header>& headers);

 private:
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_write(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_read(char* data, std::size_t, std::size_t size, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static int on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent);

  [[nodiscard]] bool was_sent_to_a_closed_connection(CURLcode code) const;
  [[nodiscard]] Result<void> set_up();
  [[nodiscard]] Result<void> set_up_body();
  [[nodiscard]] Result<void> set_headers(const std::vector<Header>& headers);
  [[nodiscard]] Result<void> take_header(std::string_view line);
  [[nodiscard]] Result<void> begin_body();
  [[nodiscard]] Result<void> take_body(std::string_view bytes);
  Error describe(CURLcode code, const char* text) const;
  [[nodiscard]] std::uint64_t body_length() const;

  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(easy_, option, value);
  }

  struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  CURL* easy_;
  const ClientOptions& client_;
  const Request& request_;
  const Url& url_;
  std::unique_ptr<curl_slist, ListDeleter> header_list_;
  Response response_;
  std::size_t header_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;  // Of the answer.
  std::uint64_t sent_ = 0;        // Where the request's body is read next.
  Fd file_;
  bool begun_ = false;   // on_answer has been called.
  bool enough_ = false;  // The answer is no success, and what it says is long enough.
  Result<void> refused_;
};

}  // namespace thimble::fetch
