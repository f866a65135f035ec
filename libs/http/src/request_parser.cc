#include "request_parser.h"

#include <algorithm>
#include <cstdint>

#include <boost/beast/http/basic_parser.hpp>

namespace thimble::http {

namespace beast = boost::beast;
using beast::string_view;
using Errc = beast::http::error;

// Beast reads the grammar and calls back; what Lambda's front door needs beyond that is checked
// here.
class RequestParser::Beast final : public beast::http::basic_parser<true> {
 public:
  explicit Beast(const Limits& limits) : max_headers_(limits.headers) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    body_limit(boost::none);
  }

  void read_head_into(Request& request, std::string_view input) {
    request_ = &request;
    input_ = input;
  }
  void read_body_into(BodySink& sink) { sink_ = &sink; }
  [[nodiscard]] bool has_too_many_headers() const { return headers_ > max_headers_; }
  [[nodiscard]] bool has_unknown_coding() const { return unknown_coding_; }
  // What is still to come of a chunk's content; 0 before a chunk's head and in the trailers.
  [[nodiscard]] std::uint64_t chunk_left() const { return chunk_left_; }

 private:
  void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                       beast::error_code&) override {
    request_->method.assign(method.data(), method.size());
    request_->target.assign(target.data(), target.size());
    request_->is_http_1_0 = version == 10;
  }

  void on_response_impl(int, string_view, int, beast::error_code&) override {}

  void on_field_impl(beast::http::field name, string_view name_text, string_view value,
                     beast::error_code& error) override {
    if (is_header_done()) {
      if (++trailers_ > max_headers_) {
        error = Errc::header_limit;
        return;
      }
      return sink_->on_trailer({name_text.data(), name_text.size()}, {value.data(), value.size()});
    }
    if (++headers_ > max_headers_) {
      error = Errc::header_limit;
      return;
    }
    // RFC 9112 section 5.2: a folded value is answered 400. It has been put together elsewhere,
    // unless it only begins on a line after its name's.
    const char* const after_name = name_text.data() + name_text.size();
    const bool is_in_place =
        value.data() >= after_name && value.data() <= input_.data() + input_.size();
    if (!is_in_place ||
        std::string_view(after_name, value.data()).find('\n') != std::string_view::npos) {
      error = Errc::bad_obs_fold;
      return;
    }
    const std::string_view text(value.data(), value.size());
    if (name == beast::http::field::content_length &&
        text.find_first_not_of("0123456789") != std::string_view::npos) {
      error = Errc::bad_content_length;  // "5, 5" among them
      return;
    }
    if (name == beast::http::field::content_length && std::exchange(has_length_, true)) {
      error = Errc::multiple_content_length;
      return;
    }
    if (name == beast::http::field::transfer_encoding) {
      if (has_coding_ || !same_text_ignoring_case(text, "chunked")) {
        unknown_coding_ = true;
        error = Errc::bad_transfer_encoding;
        return;
      }
      has_coding_ = true;
    }
    request_->headers.push_back({{name_text.data(), name_text.size()}, text});
  }

  void on_header_impl(beast::error_code& error) override {
    if (has_length_ && has_coding_) error = Errc::bad_transfer_encoding;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(string_view body, beast::error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t size, string_view, beast::error_code&) override {
    chunk_left_ = size;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, beast::error_code&) override {
    sink_->on_body({body.data(), body.size()});
    chunk_left_ -= body.size();
    return body.size();
  }
  void on_finish_impl(beast::error_code&) override {}

  std::size_t max_headers_;
  std::size_t headers_ = 0;
  std::size_t trailers_ = 0;
  std::uint64_t chunk_left_ = 0;
  Request* request_ = nullptr;
  BodySink* sink_ = nullptr;
  std::string_view input_;
  bool has_length_ = false;
  bool has_coding_ = false;
  bool unknown_coding_ = false;
};

namespace {

// The path and query of the request target; an absolute-form target (RFC 9112 section 3.2.2) loses
// its authority. Returns false if it is none of the forms of section 3.2.
bool split_target(Request& request) {
  std::string_view target = request.target;
  if (target.starts_with("http://")) {
    const std::size_t slash = target.find('/', 7);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  request.query =
      question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  return request.path.starts_with('/') || (target == "*" && request.method == "OPTIONS");
}

bool has_option(std::string_view list, std::string_view option) {
  while (!list.empty()) {
    if (same_text_ignoring_case(take_list_item(list), option)) return true;
  }
  return false;
}

bool wants_close(const Request& request) {
  bool close = request.is_http_1_0;
  for (const Header& header : request.headers) {
    if (!same_text_ignoring_case(header.name, "connection")) continue;
    if (has_option(header.value, "close")) return true;
    if (has_option(header.value, "keep-alive")) close = false;
  }
  return close;
}

}  // namespace

RequestParser::RequestParser(Limits limits)
    : limits_(limits), beast_(std::make_unique<std::optional<Beast>>()) {}

RequestParser::~RequestParser() = default;

void RequestParser::start() {
  beast_->emplace(limits_);
}

RequestParser::Progress RequestParser::parse_head(std::string_view bytes, Request& request) {
  start();
  request.headers.clear();
  Beast& parser = **beast_;
  parser.read_head_into(request, bytes);
  Progress progress;
  // Beast looks for the end of each line with CR LF and tolerates empty lines before the request
  // (section 2.2).
  while (!parser.is_header_done()) {
    beast::error_code error;
    const std::string_view rest = bytes.substr(progress.used);
    progress.used += parser.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    if (error == Errc::need_more) {
      // Beast only counts complete heads against the limit.
      if (bytes.size() < limits_.head_bytes) return {};
      error = Errc::header_limit;
    }
    if (!error) continue;
    progress.state = State::kRefused;
    if (error == Errc::header_limit) {
      progress.status = 431;
      progress.reason =
          parser.has_too_many_headers() ? "too many headers" : "the head is too large";
    } else if (parser.has_unknown_coding()) {
      progress.reason = "unsupported transfer encoding";
    } else if (error == Errc::multiple_content_length) {
      progress.reason = "more than one Content-Length";
    }
    return progress;
  }

  const auto hosts = std::count_if(
      request.headers.begin(), request.headers.end(),
      [](const Header& header) { return same_text_ignoring_case(header.name, "host"); });
  const bool has_target = split_target(request);
  request.wants_close = wants_close(request);
  progress.state = State::kDone;
  if (!has_target) {
    progress.state = State::kRefused;
    progress.reason = "bad request target";
  } else if (progress.used > limits_.head_bytes) {
    // Beast counts the request line apart from the rest.
    progress.state = State::kRefused;
    progress.status = 431;
    progress.reason = "the head is too large";
  } else if (request.is_http_1_0 && is_chunked()) {
    // RFC 9112 section 6.1: who sent or passed it on may have framed it in another way.
    progress.state = State::kRefused;
    progress.reason = "chunks in HTTP/1.0";
  } else if (hosts != 1 && !(hosts == 0 && request.is_http_1_0)) {
    progress.state = State::kRefused;
    progress.reason = hosts == 0 ? "missing required Host header" : "too many Host headers";
  }
  return progress;
}

bool RequestParser::is_chunked() const {
  return (*beast_)->chunked();
}

std::size_t RequestParser::content_length() const {
  const auto length = (*beast_)->content_length();
  return length ? static_cast<std::size_t>(*length) : 0;
}

RequestParser::Progress RequestParser::parse_chunks(std::string_view bytes, BodySink& sink) {
  Beast& parser = **beast_;
  parser.read_body_into(sink);
  Progress progress;
  // One head or the content of one chunk after another: what is refused must not depend on what has
  // already come after it.
  while (!parser.is_done()) {
    beast::error_code error;
    const std::string_view rest = bytes.substr(progress.used);
    // No chunked body has less than that left before a head ("0", CR LF, CR LF), and Beast asserts
    // it of a last chunk.
    const std::size_t least = parser.chunk_left() > 0 ? 1 : 5;
    if (rest.size() < least) return progress;
    progress.used += parser.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    if (error == Errc::need_more) {
      // What is not used belongs to a chunk's head or to the trailers, which Beast does not limit.
      if (bytes.size() - progress.used < limits_.head_bytes) return progress;
      error = Errc::header_limit;
    }
    if (error) {
      progress.state = State::kRefused;
      return progress;
    }
  }
  progress.state = State::kDone;
  return progress;
}

}  // namespace thimble::http
