#include "thimble/http/response_reader.h"

#include <string>

#include <gtest/gtest.h>

namespace thimble::http {
namespace {

using State = ResponseReader::State;

// Whether `text` is read alike in one piece and byte by byte, and how.
State read(std::string_view text, ResponseReader& reader) {
  reader.feed(text);
  ResponseReader slow;
  for (const char c : text) slow.feed({&c, 1});
  EXPECT_EQ(slow.state(), reader.state());
  EXPECT_EQ(slow.status(), reader.status());
  return reader.state();
}

TEST(ResponseReader, ReadsABodyOfKnownLength) {
  ResponseReader reader;
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\ncontent-LENGTH:  5 \r\n\r\nhello", reader), State::kDone);
  EXPECT_EQ(reader.status(), 200);
  EXPECT_TRUE(reader.keeps_alive());
}

TEST(ResponseReader, ReadsAnEmptyBody) {
  ResponseReader empty;
  EXPECT_EQ(read("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", empty), State::kDone);
  ResponseReader none;
  EXPECT_EQ(read("HTTP/1.1 204 No Content\r\n\r\n", none), State::kDone);
  EXPECT_TRUE(none.keeps_alive());
}

TEST(ResponseReader, ReadsChunks) {
  ResponseReader reader;
  EXPECT_EQ(read("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n",
                 reader),
            State::kDone);
  EXPECT_EQ(reader.status(), 500);
  EXPECT_TRUE(reader.keeps_alive());
}

TEST(ResponseReader, ReadsUntilTheEnd) {
  ResponseReader reader;
  EXPECT_EQ(read("HTTP/1.0 200 OK\r\nServer: x\r\n\r\nOK", reader), State::kBody);
  reader.on_end();
  EXPECT_EQ(reader.state(), State::kDone);
  EXPECT_FALSE(reader.keeps_alive());
}

TEST(ResponseReader, KnowsWhenAConnectionEnds) {
  ResponseReader close;
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", close),
            State::kDone);
  EXPECT_FALSE(close.keeps_alive());
  ResponseReader old;
  EXPECT_EQ(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", old), State::kDone);
  EXPECT_FALSE(old.keeps_alive());
  ResponseReader kept;
  EXPECT_EQ(read("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", kept),
            State::kDone);
  EXPECT_TRUE(kept.keeps_alive());
}

TEST(ResponseReader, PassesOverInterimResponses) {
  ResponseReader reader;
  EXPECT_EQ(
      read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", reader),
      State::kDone);
  EXPECT_EQ(reader.status(), 200);
}

TEST(ResponseReader, RefusesWhatIsNoResponse) {
  for (const char* text : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/2 200\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore",
                           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                           "HTTP/1.1 101 Switching Protocols\r\n\r\n"}) {
    ResponseReader reader;
    EXPECT_EQ(read(text, reader), State::kBad) << text;
  }
}

class Told final : public ResponseReader::Sink {
 public:
  std::string head;
  std::string body;

 private:
  void on_head(int status, std::span<const Header> headers) override {
    head += std::to_string(status);
    for (const auto& [name, value] : headers)
      head.append(" ").append(name).append("=").append(value);
  }
  void on_body(std::string_view piece) override { body += piece; }
};

TEST(ResponseReader, TellsTheHeadAndTheBodyWithoutItsCoding) {
  constexpr std::string_view kText =
      "HTTP/1.1 100 Continue\r\nEarly: 1\r\n\r\n"
      "HTTP/1.1 200 OK\r\nA:  b c \r\nno header\r\n folded: x\r\nbad name: y\r\nEmpty:\r\n"
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nTrailer: t\r\n\r\n";
  Told whole;
  ResponseReader reader;
  reader.feed(kText, &whole);
  EXPECT_EQ(reader.state(), State::kDone);
  EXPECT_EQ(whole.head, "200 A=b c Empty= Transfer-Encoding=chunked");
  EXPECT_EQ(whole.body, "abcde");
  Told piecewise;
  ResponseReader slow;
  for (const char& c : kText) slow.feed({&c, 1}, &piecewise);
  EXPECT_EQ(piecewise.head, whole.head);
  EXPECT_EQ(piecewise.body, whole.body);
}

TEST(ResponseReader, ExpectsNoBodyAfterHead) {
  ResponseReader reader(true);
  reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(reader.state(), State::kDone);
}

TEST(ResponseReader, RefusesAHeadWithoutEnd) {
  ResponseReader reader;
  reader.feed("HTTP/1.1 200 OK\r\nX: " + std::string(40 * 1024, 'x'));
  EXPECT_EQ(reader.state(), State::kBad);
}

TEST(ResponseReader, RefusesAnEndTooEarly) {
  ResponseReader nothing;
  nothing.on_end();
  EXPECT_EQ(nothing.state(), State::kBad);
  EXPECT_FALSE(nothing.has_begun());
  ResponseReader half;
  half.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
  half.on_end();
  EXPECT_EQ(half.state(), State::kBad);
  EXPECT_TRUE(half.has_begun());
}

}  // namespace
}  // namespace thimble::http
