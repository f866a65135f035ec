#include "response_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include <thimble/base/parse_number.h>

namespace thimble::ric {
namespace {

// Enough for the head and a small event in one read.
constexpr std::size_t kFirstRoom = std::size_t{16} << 10;
constexpr std::size_t kMostChunkLine = 4096;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

bool same_text_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

bool take_header(std::string_view& lines, Header& header) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    header = {line.substr(0, colon), trimmed(line.substr(colon + 1))};
    return true;
  }
  return false;
}

void ResponseReader::start() {
  const std::size_t used = state_ == State::kDone ? begin_ + at_ : buffer_.size();
  // What is left over is the next response's; usually nothing is.
  const std::string_view rest = buffer_.view().substr(used);
  if (rest.empty()) {
    buffer_.clear();
    begin_ = 0;
  } else {
    begin_ = used;
  }
  line_size_ = head_size_ = body_size_ = at_ = chunk_left_ = 0;
  status_ = 0;
  state_ = State::kMore;
  body_ = Body::kUntilEnd;
  has_length_ = has_interim_ = false;
  keeps_alive_ = true;
  chunk_ = Chunk::kSize;
  if (!rest.empty()) read();
}

void ResponseReader::reset() {
  state_ = State::kBad;
  start();
}

std::span<char> ResponseReader::room() {
  const std::size_t wanted =
      head_size_ > 0 && body_ == Body::kLength ? begin_ + head_size_ + body_size_ : 0;
  if (buffer_.spare().empty() || buffer_.capacity() < wanted) {
    buffer_.reserve(std::max({wanted, buffer_.size() * 2, kFirstRoom}));
  }
  return buffer_.spare();
}

void ResponseReader::received(std::size_t bytes) {
  buffer_.commit(bytes);
  read();
}

void ResponseReader::ended() {
  keeps_alive_ = false;
  if (state_ != State::kMore) return;
  if (head_size_ == 0 || body_ != Body::kUntilEnd) return refuse();
  at_ = buffer_.size() - begin_;
  body_size_ = at_ - head_size_;
  state_ = State::kDone;
}

void ResponseReader::read() {
  while (state_ == State::kMore && head_size_ == 0) {
    if (!read_head()) return;
  }
  if (state_ != State::kMore) return;
  const std::size_t have = buffer_.size() - begin_;
  switch (body_) {
    case Body::kLength:
      if (have < head_size_ + body_size_) return;
      at_ = head_size_ + body_size_;
      state_ = State::kDone;
      return;
    case Body::kUntilEnd:
      if (have - head_size_ > kMostBody) refuse();
      return;
    case Body::kChunks:
      return read_chunks();
  }
}

// Returns false when it needs more.
bool ResponseReader::read_head() {
  const std::string_view bytes = buffer_.view().substr(begin_);
  const std::size_t end = bytes.find("\r\n\r\n", at_ < 3 ? 0 : at_ - 3);
  at_ = bytes.size();
  // Without an end: three of the bytes may be its beginning.
  if (end == std::string_view::npos ? bytes.size() > kMostHead + 3 : end > kMostHead) {
    refuse();
    return false;
  }
  // What is not HTTP is not waited for.
  constexpr std::string_view kVersion = "HTTP/1.";
  if (!bytes.starts_with(kVersion.substr(0, bytes.size()))) refuse();
  if (state_ == State::kBad || end == std::string_view::npos) return false;

  line_size_ = bytes.find("\r\n") + 2;
  const std::string_view line = bytes.substr(0, line_size_ - 2);
  status_ = line.size() >= 12 && line[8] == ' ' && (line.size() == 12 || line[12] == ' ')
                ? parse_number<int>(line.substr(9, 3)).value_or(0)
                : 0;
  // 101 (Switching Protocols) is never asked for.
  if (status_ < 100 || status_ == 101) {
    refuse();
    return false;
  }
  keeps_alive_ = line[7] != '0';
  std::string_view lines = bytes.substr(line_size_, end + 2 - line_size_);
  Header header;
  while (take_header(lines, header)) {
    if (!read_header(header)) {
      refuse();
      return false;
    }
  }
  if (status_ < 200) {  // 100 (Continue): the real one follows
    begin_ += end + 4;
    line_size_ = body_size_ = at_ = 0;
    body_ = Body::kUntilEnd;
    has_length_ = false;
    has_interim_ = true;
    return buffer_.size() > begin_;
  }
  head_size_ = end + 4;
  at_ = head_size_;
  if (status_ == 204 || status_ == 304) {
    body_ = Body::kLength;
    body_size_ = 0;
  }
  if (body_ == Body::kUntilEnd) keeps_alive_ = false;
  return true;
}

bool ResponseReader::read_header(const Header& header) {
  if (same_text_ignoring_case(header.name, "Content-Length")) {
    const auto length = parse_number<std::size_t>(header.value);
    if (!length || *length > kMostBody || std::exchange(has_length_, true)) return false;
    if (body_ != Body::kChunks) {
      body_ = Body::kLength;
      body_size_ = *length;
    }
  } else if (same_text_ignoring_case(header.name, "Transfer-Encoding")) {
    // What another coding makes of the body, nobody here can tell.
    if (!same_text_ignoring_case(header.value, "chunked")) return false;
    body_ = Body::kChunks;
    body_size_ = 0;
  } else if (same_text_ignoring_case(header.name, "Connection")) {
    if (same_text_ignoring_case(header.value, "close")) keeps_alive_ = false;
    if (same_text_ignoring_case(header.value, "keep-alive")) keeps_alive_ = true;
  }
  return true;
}

// The data of the chunks is moved together behind the head.
void ResponseReader::read_chunks() {
  char* const base = const_cast<char*>(buffer_.view().data()) + begin_;
  const std::size_t have = buffer_.size() - begin_;
  while (true) {
    if (chunk_ == Chunk::kData) {
      const std::size_t size = std::min(chunk_left_, have - at_);
      std::memmove(base + head_size_ + body_size_, base + at_, size);
      body_size_ += size;
      at_ += size;
      chunk_left_ -= size;
      if (chunk_left_ > 0) return;
      chunk_ = Chunk::kEnd;
    }
    const std::string_view rest(base + at_, have - at_);
    const std::size_t end = rest.find("\r\n");
    if (end == std::string_view::npos || end > kMostChunkLine) {
      // The last byte may be a CR.
      if (rest.size() > kMostChunkLine + 1) refuse();
      return;
    }
    const std::string_view line = rest.substr(0, end);
    at_ += end + 2;
    if (chunk_ == Chunk::kTrailers) {
      if (!line.empty()) continue;
      state_ = State::kDone;
      return;
    }
    if (chunk_ == Chunk::kEnd) {
      if (!line.empty()) return refuse();
      chunk_ = Chunk::kSize;
      continue;
    }
    const std::string_view digits = line.substr(0, line.find_first_of("; \t"));
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), chunk_left_, 16);
    if (digits.empty() || error != std::errc{} || stop != digits.data() + digits.size() ||
        chunk_left_ > kMostBody - body_size_) {
      return refuse();
    }
    chunk_ = chunk_left_ == 0 ? Chunk::kTrailers : Chunk::kData;
  }
}

}  // namespace thimble::ric
