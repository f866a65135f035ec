#include "durable_proxy.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <span>
#include <utility>

#include "thimble/http/client_exchange.h"
#include "thimble/http/end_to_end.h"
#include "thimble/wire/durable_api.h"
#include "thimble/wire/error_types.h"

#include "answer.h"

namespace thimble::emulator {
namespace {

// How much may wait for either side before the other has to wait too; but an answer to a request
// that is not complete may be as large as a request.
constexpr std::size_t kMostWaiting = 64 * 1024;

constexpr std::string_view kBodyEnd = "0\r\n\r\n";

void append_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> others) {
  return std::ranges::any_of(
      others, [name](auto other) { return http::same_text_ignoring_case(name, other); });
}

}  // namespace

bool is_durable_path(std::string_view path) {
  return path.starts_with(wire::kDurablePrefix) ||
         (path.starts_with(wire::kDurableFunctionsPrefix) &&
          path.ends_with(wire::kDurableFunctionsSuffix));
}

// One request on its way there, and its response on its way back.
class DurableProxy::Forward final : public http::BodyReader, public http::ClientListener {
 public:
  Forward(DurableProxy& proxy, http::Exchange& exchange, bool has_body)
      : proxy_(proxy),
        exchange_(&exchange),
        client_({.loop = proxy.options_.loop,
                 .endpoint = proxy.options_.endpoint,
                 .longest_silence = proxy.options_.longest_silence,
                 .is_head = exchange.request().method == "HEAD"},
                *this),
        begin_(proxy.options_.loop, [this] { begin(); }),
        is_head_(exchange.request().method == "HEAD"),
        is_chunked_(has_body && exchange.request().header("Transfer-Encoding").has_value()) {
    client_.send(head(has_body));
    if (has_body) {
      exchange.stream_body(this);
    } else {
      request_complete();
    }
  }

  std::size_t index = 0;  // in DurableProxy::running_

 private:
  [[nodiscard]] std::string head(bool has_body) const {
    const http::Request& request = exchange_->request();
    std::string head;
    // Not the target: that may name another host.
    head.append(request.method).append(" ").append(request.path);
    if (request.target.find('?') != std::string::npos) head.append("?").append(request.query);
    head.append(" HTTP/1.1\r\n");
    append_header(head, "Host", proxy_.options_.endpoint.address().text());
    for (const auto& [name, value] : http::end_to_end(request.headers)) {
      if (!http::same_text_ignoring_case(name, "Host")) append_header(head, name, value);
    }
    append_header(head, "Via", "1.1 " + proxy_.via_);
    if (is_chunked_) {
      append_header(head, "Transfer-Encoding", "chunked");
    } else if (has_body || request.header("Content-Length") || request.method == "POST") {
      append_header(head, "Content-Length", std::to_string(has_body ? exchange_->body_size() : 0));
    }
    append_header(head, "Connection", "close");
    return head += "\r\n";
  }

  // --- The request, from the caller

  void on_piece(std::string_view piece) override {
    received_ += piece.size();
    if (received_ > proxy_.options_.max_request_bytes) {
      proxy_.refuse_too_large(*exchange_);
      return end();
    }
    if (is_chunked_) {
      char size[20];
      const auto size_end = std::to_chars(size, size + sizeof size, piece.size(), 16).ptr;
      client_.send({size, size_end});
      client_.send("\r\n");
    }
    client_.send(piece);
    if (is_chunked_) client_.send("\r\n");
    if (client_.pending_bytes() > kMostWaiting) exchange_->pause_body();
  }

  void on_end() override {
    if (is_chunked_) client_.send(kBodyEnd);
    request_complete();
    if (status_ != 0) begin_.schedule();
  }

  void on_broken() override { end(); }

  void request_complete() {
    is_complete_ = true;
    client_.finish();
    exchange_->on_gone([this] { end(); });
  }

  void on_sent() override {
    if (!is_complete_) exchange_->resume_body();
  }

  // --- The response, from the engine

  void on_response(int status, std::span<const http::Header> headers) override {
    status_ = status;
    const http::Request& request = exchange_->request();
    const bool is_of_a_page = request.header("Origin").has_value();
    for (const auto& [name, value] : http::end_to_end(headers)) {
      // The server says when it is, and we say who may read it.
      if (http::same_text_ignoring_case(name, "Date")) continue;
      if (is_of_a_page &&
          is_any_of(name, {"Access-Control-Allow-Origin", "Access-Control-Expose-Headers"}))
        continue;
      texts_.emplace_back(name, value);
    }
  }

  void on_response_piece(std::string_view piece) override {
    if (has_begun_) {
      exchange_->write({&piece, 1});
      // Writing may have found that nobody is there.
      if (exchange_ == nullptr || exchange_->pending_bytes() <= kMostWaiting) return;
      return client_.pause();
    }
    waiting_ += piece;
    if (is_complete_) {
      begin_.schedule();
      if (waiting_.size() > kMostWaiting) client_.pause();
    } else if (waiting_.size() > proxy_.options_.max_request_bytes) {
      // Who says so much to a part of a request will hardly read the rest; to keep still more of
      // it in case he does is too much.
      client_.stop_sending();
      client_.pause();
      exchange_->resume_body();
    }
  }

  // What the engine has not sent in one piece is passed on in pieces; not before the caller's
  // request has been read, since an answer in pieces cannot overtake it.
  void begin() {
    if (exchange_ == nullptr || has_begun_ || waiting_.empty()) return;
    has_begun_ = true;
    exchange_->on_drained([this] { client_.resume(); });
    const AnswerParts parts(*this);
    exchange_->begin(parts.reply);
    const std::string waiting = std::exchange(waiting_, {});
    client_.resume();
    on_response_piece(waiting);
  }

  void on_response_end() override {
    http::Exchange& exchange = *exchange_;
    if (has_begun_) {
      exchange.finish();
    } else {
      const AnswerParts parts(*this);
      if (is_head_ && is_complete_) {
        // What its length would be is not known any more.
        exchange.begin(parts.reply);
        exchange.finish();
      } else {
        exchange.reply(parts.reply, waiting_);
      }
    }
    end();
  }

  void on_response_failed(http::ClientFailure failure, std::string_view reason) override {
    const std::string text = "Durable endpoint http://" +
                             proxy_.options_.endpoint.address().text() + ": " + std::string(reason);
    proxy_.options_.bus.publish(Notice{.level = Notice::Level::kError, .message = text});
    if (has_begun_) {
      exchange_->abort();
    } else {
      const int status = failure == http::ClientFailure::kTimedOut ? 504 : 502;
      refuse_durable(*exchange_, status, proxy_.options_.ids.uuid(), wire::kServiceError, text);
    }
    end();
  }

  // The head of the answer, and what it is made of.
  struct AnswerParts {
    explicit AnswerParts(const Forward& forward) {
      for (const auto& [name, value] : forward.texts_) headers.push_back({name, value});
      cors.add_cors(forward.exchange_->request());
      headers.insert(headers.end(), cors.span().begin(), cors.span().end());
      reply = {.status = forward.status_, .headers = headers};
    }
    AnswerHeaders cors;
    std::vector<http::Header> headers;
    http::Reply reply;
  };

  // The exchange has been answered, or is no more.
  void end() {
    if (std::exchange(exchange_, nullptr) == nullptr) return;
    begin_.cancel();
    client_.close();
    proxy_.bury(*this);
  }

  DurableProxy& proxy_;
  http::Exchange* exchange_;  // null: it is over
  http::ClientExchange client_;
  Deferred begin_;
  const bool is_head_;
  const bool is_chunked_;                                   // the request's body
  std::size_t received_ = 0;                                // of it
  bool is_complete_ = false;                                // the request
  int status_ = 0;                                          // of the response; 0: none yet
  std::vector<std::pair<std::string, std::string>> texts_;  // its headers
  std::string waiting_;     // of its body, until it is known whether there is more
  bool has_begun_ = false;  // the answer in pieces
};

DurableProxy::DurableProxy(Options options)
    : options_(std::move(options)),
      via_("aws-lambda-rie-" + options_.ids.hex(16)),
      bury_(options_.loop, [this] { ended_.clear(); }) {}

DurableProxy::~DurableProxy() = default;

void DurableProxy::forward_with_body(http::Exchange& exchange) {
  if (exchange.body_size() > options_.max_request_bytes) {
    return refuse_too_large(exchange);
  }
  add(exchange, true);
}

void DurableProxy::forward(http::Exchange& exchange) {
  add(exchange, false);
}

void DurableProxy::add(http::Exchange& exchange, bool has_body) {
  for (const auto& [name, value] : exchange.request().headers) {
    if (http::same_text_ignoring_case(name, "Via") && value.find(via_) != std::string_view::npos) {
      return refuse_durable(exchange, 502, options_.ids.uuid(), wire::kServiceError,
                            "The durable endpoint is this emulator itself");
    }
  }
  auto forward = std::make_unique<Forward>(*this, exchange, has_body);
  forward->index = running_.size();
  running_.push_back(std::move(forward));
}

void DurableProxy::refuse_too_large(http::Exchange& exchange) {
  refuse_durable(
      exchange, 413, options_.ids.uuid(), wire::kRequestTooLarge,
      "Request must be smaller than " + std::to_string(options_.max_request_bytes) + " bytes");
}

void DurableProxy::bury(Forward& forward) {
  const std::size_t index = forward.index;
  running_.back()->index = index;
  running_[index].swap(running_.back());
  ended_.push_back(std::move(running_.back()));
  running_.pop_back();
  bury_.schedule();
}

}  // namespace thimble::emulator
