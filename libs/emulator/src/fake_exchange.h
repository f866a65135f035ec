#pragma once
// For tests: a request without a connection, and what it was answered.

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thimble/base/buffer.h"
#include "thimble/http/exchange.h"

namespace thimble::emulator {

class FakeExchange final : public http::Exchange {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  // `with` outlives it.
  FakeExchange(std::string_view method, std::string_view path,
               std::initializer_list<http::Header> with = {}, std::string_view content = "") {
    request_.method = method;
    request_.target = path;
    request_.path = request_.target;
    request_.headers = with;
    body_.append(content);
  }

  void add_header(std::string_view name, std::string_view value) {
    request_.headers.push_back({name, value});
  }

  // Goes away as a peer does that closes its connection.
  void leave() {
    if (const auto gone = std::exchange(gone_, nullptr)) gone();
  }

  [[nodiscard]] bool is_answered() const { return status != 0; }
  [[nodiscard]] std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return "";
  }

  // What it says of its body beside the content.
  bool is_too_large = false;
  // Who reads the body piece by piece, and whether it has to wait.
  http::BodyReader* reader = nullptr;
  bool is_paused = false;

  // The answer.
  int status = 0;
  std::string content_type;
  std::string answer;
  Headers headers;

  [[nodiscard]] const http::Request& request() const override { return request_; }
  [[nodiscard]] Buffer& body() override { return body_; }
  [[nodiscard]] bool body_too_large() const override { return is_too_large; }
  [[nodiscard]] std::size_t body_size() const override { return body_.size(); }
  void reply(const http::Reply& reply, std::string_view body) override {
    gone_ = nullptr;
    status = reply.status;
    content_type = reply.content_type;
    answer = body;
    for (const auto& [name, value] : reply.headers) headers.emplace_back(name, value);
  }
  void reply(const http::Reply& reply, std::shared_ptr<const Buffer> body) override {
    this->reply(reply, body->view());
  }
  [[nodiscard]] std::span<const http::Header> trailers() const override { return {}; }
  void stream_body(http::BodyReader* to) override { reader = to; }
  void pause_body() override { is_paused = true; }
  void resume_body() override { is_paused = false; }
  void begin(const http::Reply&) override {}
  void write(std::span<const std::string_view>) override {}
  void finish() override {}
  [[nodiscard]] std::size_t pending_bytes() const override { return 0; }
  void on_drained(std::function<void()>) override {}
  void abort() override { leave(); }
  void on_gone(std::function<void()> callback) override { gone_ = std::move(callback); }
  void on_closed(std::function<void()>) override {}

 private:
  http::Request request_;
  Buffer body_;
  std::function<void()> gone_;
};

}  // namespace thimble::emulator
