#include "response_reader.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace thimble::ric {
namespace {

using State = ResponseReader::State;

void receive(ResponseReader& reader, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto room = reader.room();
    ASSERT_FALSE(room.empty());
    const std::size_t size = std::min(bytes.size(), room.size());
    std::memcpy(room.data(), bytes.data(), size);
    reader.received(size);
    bytes.remove_prefix(size);
  }
}

// What a test wants to know of a response, to compare.
std::string summary(const ResponseReader& reader) {
  if (reader.state() == State::kMore) return "more";
  if (reader.state() == State::kBad) return "bad";
  return std::to_string(reader.status()) + (reader.keeps_alive() ? "+" : "-") + "[" +
         std::string(reader.header_lines()) + "][" + std::string(reader.body()) + "]";
}

// What becomes of `text`, which must be the same in one piece, in any two, and byte by byte.
std::string read(std::string_view text) {
  ResponseReader reader;
  reader.start();
  receive(reader, text);
  const std::string whole = summary(reader);
  for (std::size_t at = 0; at <= text.size(); ++at) {
    reader.reset();
    receive(reader, text.substr(0, at));
    receive(reader, text.substr(at));
    EXPECT_EQ(summary(reader), whole) << "split at " << at;
  }
  reader.reset();
  for (const char& c : text) receive(reader, {&c, 1});
  EXPECT_EQ(summary(reader), whole) << "byte by byte";
  return whole;
}

TEST(ResponseReader, ReadsABodyOfKnownLength) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\ncontent-LENGTH:  5 \r\n\r\nhello"),
            "200+[content-LENGTH:  5 \r\n\r\n][hello]");
  EXPECT_EQ(read("HTTP/1.1 202 \r\nContent-Length: 0\r\n\r\n"),
            "202+[Content-Length: 0\r\n\r\n][]");
  EXPECT_EQ(read("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), "200+[Content-Length: 0\r\n\r\n][]");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"), "more");
}

TEST(ResponseReader, KeepsZerosAndLineEndsInABody) {
  const std::string body("\r\n\r\n\0HTTP/1.1\r\n", 15);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" + body),
            "200+[Content-Length: 15\r\n\r\n][" + body + "]");
}

TEST(ResponseReader, PutsChunksTogether) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
                 "5\r\nhello\r\nA;x=y\r\n0123456789\r\n0001 \r\n!\r\n0\r\nTrailer: t\r\n\r\n"),
            "200+[Transfer-Encoding: CHUNKED\r\n\r\n][hello0123456789!]");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "200+[Transfer-Encoding: chunked\r\n\r\n][]");
}

TEST(ResponseReader, RefusesChunksThatAreNone) {
  for (const std::string_view chunks :
       {"x\r\n", "\r\n", "-1\r\n", "0x5\r\nhello\r\n", "5\r\nhelloo\r\n", "5\r\nhello0\r\n\r\n",
        "ffffffffffffffff\r\n", "fffffffffffffffff\r\n", "10000001\r\n", " 5\r\nhello\r\n"}) {
    EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks) +
                   "zzzz\r\n"),
              "bad")
        << chunks;
  }
}

TEST(ResponseReader, ChunksTogetherAreNotLargerThanABodyMayBe) {
  ResponseReader reader;
  reader.start();
  receive(reader, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
  receive(reader, "10000000\r\n");
  EXPECT_EQ(reader.state(), State::kBad);
}

TEST(ResponseReader, PassesOverInterimResponses) {
  EXPECT_EQ(read("HTTP/1.1 100 Continue\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"
                 "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nOK"),
            "202+[Content-Length: 2\r\n\r\n][OK]");
  EXPECT_EQ(read("HTTP/1.1 101 Switching Protocols\r\n\r\n"), "bad");
}

TEST(ResponseReader, AnInterimResponseIsABeginning) {
  ResponseReader reader;
  reader.start();
  EXPECT_FALSE(reader.has_begun());
  receive(reader, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(reader.state(), State::kMore);
  EXPECT_TRUE(reader.has_begun());
  reader.start();
  EXPECT_FALSE(reader.has_begun());
}

TEST(ResponseReader, ReadsUntilTheEnd) {
  ResponseReader reader;
  reader.start();
  receive(reader, "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhel");
  receive(reader, "lo");
  EXPECT_EQ(reader.state(), State::kMore);
  reader.ended();
  EXPECT_EQ(summary(reader), "200-[Server: x\r\n\r\n][hello]");
}

TEST(ResponseReader, AnEndInTheMiddleIsBad) {
  for (const std::string_view beginning :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"}) {
    ResponseReader reader;
    reader.start();
    receive(reader, beginning);
    reader.ended();
    EXPECT_EQ(reader.state(), State::kBad) << beginning;
  }
}

TEST(ResponseReader, AnEndAfterTheResponseChangesNothingOfIt) {
  ResponseReader reader;
  reader.start();
  receive(reader, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
  reader.ended();
  EXPECT_EQ(summary(reader), "200-[Content-Length: 2\r\n\r\n][OK]");
}

TEST(ResponseReader, KnowsWhetherTheConnectionGoesOn) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n").substr(0, 4),
            "200-");
  EXPECT_EQ(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").substr(0, 4), "200-");
  EXPECT_EQ(
      read("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\nContent-Length: 0\r\n\r\n").substr(0, 4),
      "200+");
}

TEST(ResponseReader, HasNoBodyWhereNoneMayBe) {
  EXPECT_EQ(read("HTTP/1.1 204 No Content\r\n\r\n"), "204+[\r\n][]");
  EXPECT_EQ(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
            "304+[Content-Length: 5\r\n\r\n][]");
  EXPECT_EQ(read("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "204+[Transfer-Encoding: chunked\r\n\r\n][]");
}

TEST(ResponseReader, RefusesLengthsThatAreNone) {
  for (const std::string_view header :
       {"Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5\r\ncontent-length: 5",
        "Content-Length: 5, 5", "Content-Length: -5", "Content-Length: +5",
        "Content-Length:", "Content-Length: 0x5", "Content-Length: 99999999999999999999",
        "Content-Length: 268435457"}) {
    EXPECT_EQ(read("HTTP/1.1 200 OK\r\n" + std::string(header) + "\r\n\r\nhello"), "bad") << header;
  }
}

TEST(ResponseReader, ChunksAreBelievedMoreThanALength) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "1\r\nx\r\n0\r\n\r\n")
                .substr(0, 4),
            "200+");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n"
                 "1\r\nx\r\n0\r\n\r\n")
                .substr(0, 4),
            "200+");
}

TEST(ResponseReader, RefusesACodingItDoesNotKnow) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "bad");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), "bad");
}

TEST(ResponseReader, RefusesWhatIsNotHttpAtOnce) {
  for (const std::string_view text :
       {"H2", "SSH-2.0", "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 -20 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1\r\n\r\n"}) {
    EXPECT_EQ(read(text), "bad") << text;
  }
}

TEST(ResponseReader, TakesAHeadOfAMegabyteAndNoLarger) {
  const auto head = [](std::size_t size) {
    // `size` bytes up to the empty line.
    std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ";
    text.append(size - text.size(), 'x');
    return text.append("\r\n\r\n");
  };
  for (const auto& [size, state] : {std::pair{ResponseReader::kMostHead, State::kDone},
                                    std::pair{ResponseReader::kMostHead + 1, State::kBad}}) {
    const std::string text = head(size);
    ResponseReader whole;
    whole.start();
    receive(whole, text);
    EXPECT_EQ(whole.state(), state);
    // The end byte by byte.
    ResponseReader slow;
    slow.start();
    receive(slow, std::string_view(text).substr(0, size - 8));
    for (const char& c : std::string_view(text).substr(size - 8)) receive(slow, {&c, 1});
    EXPECT_EQ(slow.state(), state);
  }
}

TEST(ResponseReader, AHeadWithoutAnEndIsBadAtSomePoint) {
  ResponseReader reader;
  reader.start();
  receive(reader, "HTTP/1.1 200 OK\r\n");
  const std::string line = "X: " + std::string(995, 'x') + "\r\n";
  for (int i = 0; i < 2000 && reader.state() == State::kMore; ++i) receive(reader, line);
  EXPECT_EQ(reader.state(), State::kBad);
}

TEST(ResponseReader, AChunksLineMayBeOf4096BytesAndNoLonger) {
  for (const auto& [size, expected] :
       {std::pair{std::size_t{4096}, State::kDone}, std::pair{std::size_t{4097}, State::kBad}}) {
    std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;";
    text.append(size - 2, 'e').append("\r\nx\r\n0\r\n\r\n");
    ResponseReader whole;
    whole.start();
    receive(whole, text);
    EXPECT_EQ(whole.state(), expected);
    ResponseReader slow;
    slow.start();
    for (const char& c : text) receive(slow, {&c, 1});
    EXPECT_EQ(slow.state(), expected);
  }
}

TEST(ResponseReader, WhatIsLeftBelongsToTheNextResponse) {
  const std::string_view both =
      "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\ncd";
  for (std::size_t at = 0; at <= both.size(); ++at) {
    ResponseReader reader;
    reader.start();
    receive(reader, both.substr(0, at));
    // Received before it is asked for, or after.
    if (reader.state() == State::kMore) {
      receive(reader, both.substr(at));
      EXPECT_EQ(reader.body(), "ab");
      reader.start();
    } else {
      EXPECT_EQ(reader.body(), "ab");
      reader.start();
      receive(reader, both.substr(at));
    }
    ASSERT_EQ(reader.state(), State::kDone) << at;
    EXPECT_EQ(reader.status(), 200);
    EXPECT_EQ(reader.body(), "cd");
    reader.start();
    EXPECT_EQ(reader.state(), State::kMore);
    EXPECT_FALSE(reader.has_begun());
  }
}

TEST(ResponseReader, ResetForgetsWhatIsLeft) {
  ResponseReader reader;
  reader.start();
  receive(reader, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 No");
  ASSERT_EQ(reader.state(), State::kDone);
  reader.reset();
  EXPECT_FALSE(reader.has_begun());
  receive(reader, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(reader.status(), 200);
}

TEST(ResponseReader, HasRoomForTheRestOfABody) {
  ResponseReader reader;
  const char* memory = nullptr;
  for (int i = 0; i < 3; ++i) {
    reader.start();
    // Who has read one as large has the memory for the next.
    if (i == 2) {
      EXPECT_EQ(reader.room().data(), memory);
    }
    memory = reader.room().data();
    receive(reader, "HTTP/1.1 200 OK\r\nContent-Length: 6000000\r\n\r\nxx");
    EXPECT_GE(reader.room().size(), 5999998U);
    receive(reader, std::string(5999998, 'y'));
    ASSERT_EQ(reader.state(), State::kDone);
    EXPECT_EQ(reader.body().size(), 6000000U);
  }
}

TEST(TakeHeader, TakesOneAfterTheOther) {
  std::string_view lines = "A: b\r\nnone\r\n: none\r\nC:\t d e \t\r\nF:\r\nG:h:i\r\n\r\n";
  std::vector<std::string> told;
  Header header;
  while (take_header(lines, header)) {
    told.push_back(std::string(header.name) + "=" + std::string(header.value));
  }
  EXPECT_EQ(told, (std::vector<std::string>{"A=b", "C=d e", "F=", "G=h:i"}));
  EXPECT_FALSE(take_header(lines, header));
}

TEST(SameTextIgnoringCase, KnowsAsciiOnly) {
  EXPECT_TRUE(same_text_ignoring_case("Content-LENGTH", "content-length"));
  EXPECT_FALSE(same_text_ignoring_case("Content-Length", "Content-Lengt"));
  EXPECT_FALSE(same_text_ignoring_case("@[`{", "`{@["));
  EXPECT_FALSE(same_text_ignoring_case("\xC3\xA9", "\xC3\x89"));
}

}  // namespace
}  // namespace thimble::ric
