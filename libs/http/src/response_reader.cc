#include "thimble/http/response_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "thimble/base/parse_number.h"

namespace thimble::http {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [kOthers](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

}  // namespace

void ResponseReader::feed(std::string_view bytes, Sink* sink) {
  has_begun_ = has_begun_ || !bytes.empty();
  while (!bytes.empty() && state_ != State::kBad) {
    if (state_ == State::kDone) {
      state_ = State::kBad;
    } else if (state_ == State::kBody) {
      if (!read_body(bytes, sink)) return;
    } else {
      const std::size_t before = text_.size();
      text_ += bytes;
      const std::size_t end = text_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
      const bool is_whole = end != std::string::npos;
      if (is_whole ? end + 4 > kMostHead : text_.size() >= kMostHead) {
        state_ = State::kBad;
        return;
      }
      if (!is_whole) return;
      bytes.remove_prefix(end + 4 - before);
      text_.resize(end + 2);
      read_head(sink);
      text_.clear();
    }
  }
}

void ResponseReader::read_head(Sink* sink) {
  const std::string_view head = text_;
  std::size_t end = head.find("\r\n");
  const std::string_view line = head.substr(0, end);
  const int status = line.size() >= 12 ? parse_number<int>(line.substr(9, 3)).value_or(0) : 0;
  // 101 (Switching Protocols) is never asked for.
  if (!line.starts_with("HTTP/1.") || status < 100 || status == 101) {
    state_ = State::kBad;
    return;
  }
  status_ = status;
  keeps_alive_ = line[7] != '0';
  body_ = Body::kUntilEnd;
  left_ = 0;
  has_length_ = false;
  std::vector<Header> headers;
  while (end + 2 < head.size()) {
    const std::size_t begin = end + 2;
    end = head.find("\r\n", begin);
    const std::string_view field = head.substr(begin, end - begin);
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos || !is_token(field.substr(0, colon))) continue;
    headers.push_back({field.substr(0, colon), trimmed(field.substr(colon + 1))});
    read_field(headers.back());
    if (state_ == State::kBad) return;
  }
  if (status_ < 200) return;  // 100 (Continue): the real one follows
  if (sink != nullptr) sink->on_head(status_, headers);
  if (is_to_head_ || status_ == 204 || status_ == 304 || (body_ == Body::kLength && left_ == 0)) {
    state_ = State::kDone;
  } else {
    state_ = State::kBody;
    if (body_ == Body::kUntilEnd) keeps_alive_ = false;
  }
}

void ResponseReader::read_field(const Header& field) {
  const auto& [name, value] = field;
  if (same_text_ignoring_case(name, "Content-Length")) {
    const auto length = parse_number<std::size_t>(value);
    if (!length || std::exchange(has_length_, true)) {
      state_ = State::kBad;
    } else if (body_ != Body::kChunkSize) {
      body_ = Body::kLength;
      left_ = *length;
    }
  } else if (same_text_ignoring_case(name, "Transfer-Encoding")) {
    // What another coding makes of the body, nobody here can tell.
    if (!same_text_ignoring_case(value, "chunked")) state_ = State::kBad;
    body_ = Body::kChunkSize;
  } else if (same_text_ignoring_case(name, "Connection")) {
    if (same_text_ignoring_case(value, "close")) keeps_alive_ = false;
    if (same_text_ignoring_case(value, "keep-alive")) keeps_alive_ = true;
  }
}

bool ResponseReader::read_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  text_ += bytes.substr(0, end);
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  if (text_.size() > kMostHead) state_ = State::kBad;
  if (end == std::string_view::npos) return false;
  if (text_.ends_with('\r')) text_.pop_back();
  return true;
}

// Returns false when it needs more.
bool ResponseReader::read_body(std::string_view& bytes, Sink* sink) {
  switch (body_) {
    case Body::kUntilEnd:
      if (sink != nullptr) sink->on_body(bytes);
      bytes = {};
      return false;
    case Body::kLength:
    case Body::kChunk: {
      const std::size_t size = std::min(left_, bytes.size());
      if (sink != nullptr) sink->on_body(bytes.substr(0, size));
      bytes.remove_prefix(size);
      left_ -= size;
      if (left_ > 0) return false;
      if (body_ == Body::kLength) {
        state_ = State::kDone;
      } else {
        body_ = Body::kChunkEnd;
      }
      return true;
    }
    case Body::kChunkEnd:
    case Body::kTrailers: {
      if (!read_line(bytes)) return false;
      const bool is_empty = text_.empty();
      text_.clear();
      if (body_ == Body::kChunkEnd) {
        body_ = Body::kChunkSize;
        if (!is_empty) state_ = State::kBad;
      } else if (is_empty) {
        state_ = State::kDone;
      }
      return true;
    }
    case Body::kChunkSize: {
      if (!read_line(bytes)) return false;
      const std::string_view digits = std::string_view(text_).substr(0, text_.find_first_of("; "));
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
      if (error != std::errc{} || end != digits.data() + digits.size()) state_ = State::kBad;
      body_ = left_ == 0 ? Body::kTrailers : Body::kChunk;
      text_.clear();
      return true;
    }
  }
  return false;
}

void ResponseReader::on_end() {
  if (state_ == State::kBody && body_ == Body::kUntilEnd) {
    state_ = State::kDone;
  } else if (state_ != State::kDone) {
    state_ = State::kBad;
  }
  keeps_alive_ = false;
}

}  // namespace thimble::http
