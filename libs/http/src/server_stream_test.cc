// Bodies in pieces, in both directions.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/http/server.h"

#include "server_fixture.h"

namespace thimble::http {
namespace {

using Strings = std::vector<std::string>;

constexpr std::string_view kChunkedHead =
    "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kGet = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n";

// Streams the bodies of POSTs here, and answers GETs.
class StreamHandler final : public Handler, private BodyReader {
 public:
  bool streams = true;
  std::function<void(Exchange&)> at_head;          // instead of streaming
  std::function<void(std::string_view)> at_piece;  // also told
  std::function<void(Exchange&)> at_end;           // instead of answering 200
  std::function<void(Exchange&)> at_request;       // instead of answering 200
  Exchange* exchange = nullptr;                    // whose body is being read, or read
  Strings pieces;
  Strings trailers;
  int ends = 0;
  int breaks = 0;
  int requests = 0;

  [[nodiscard]] std::string body() const {
    std::string all;
    for (const std::string& piece : pieces) all += piece;
    return all;
  }
  // Of a body that is too large to be put together again and again.
  [[nodiscard]] std::size_t body_size() const {
    std::size_t size = 0;
    for (const std::string& piece : pieces) size += piece.size();
    return size;
  }

 private:
  std::size_t body_limit(const Request&) override { return 10; }
  void on_head(Exchange& head) override {
    if (at_head) return at_head(head);
    if (!streams) return;
    exchange = &head;
    head.stream_body(this);
  }
  void on_request(Exchange& complete) override {
    ++requests;
    exchange = &complete;
    if (at_request) return at_request(complete);
    complete.reply({}, "whole");
  }
  void on_piece(std::string_view piece) override {
    pieces.emplace_back(piece);
    if (at_piece) at_piece(piece);
  }
  void on_end() override {
    ++ends;
    for (const Header& field : exchange->trailers())
      trailers.push_back(std::string(field.name) + "=" + std::string(field.value));
    if (at_end) return at_end(*exchange);
    exchange->reply({}, "streamed");
  }
  void on_broken() override { ++breaks; }
};

class StreamTest : public ServerTest {
 protected:
  void listen_for_streams(const Limits& limits = {}) {
    auto server = Server::listen(
        {.host = "127.0.0.1", .port = 0},
        {.loop = *loop_, .buffers = buffers_, .handler = streams_, .limits = limits});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  // Answers GETs in pieces, by hand: the exchange is in streams_.exchange.
  void begin_answers() {
    streams_.at_request = [](Exchange& exchange) { exchange.begin({.content_type = "x/y"}); };
  }

  void write(std::string_view bytes) { streams_.exchange->write({&bytes, 1}); }

  [[nodiscard]] bool receives(TestClient& client, std::string_view end) {
    return eventually([&] {
      client.receive();
      return client.received.ends_with(end);
    });
  }

  StreamHandler streams_;
};

// --- requests

TEST_F(StreamTest, HandsOverEachPieceWhenItComes) {
  listen_for_streams();
  TestClient client = connect();
  client.send(kChunkedHead);
  settle();
  EXPECT_NE(streams_.exchange, nullptr);
  client.send("2\r\nhe\r\n");
  EXPECT_TRUE(eventually([&] { return streams_.pieces == Strings{"he"}; }));
  client.send("3\r\nllo\r\n");
  EXPECT_TRUE(eventually([&] { return streams_.pieces == Strings{"he", "llo"}; }));
  EXPECT_EQ(streams_.ends, 0);
  client.send("0\r\n\r\n");
  EXPECT_EQ(answer(client).body, "streamed");
  EXPECT_EQ(streams_.ends, 1);
  EXPECT_EQ(streams_.requests, 0);
}

TEST_F(StreamTest, HandsOverABodyOfKnownLengthInPiecesToo) {
  listen_for_streams();
  TestClient client = connect();
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  EXPECT_TRUE(eventually([&] { return streams_.pieces == Strings{"he"}; }));
  client.send("llo" + std::string(kGet));
  EXPECT_EQ(answer(client).body, "streamed");
  EXPECT_EQ(answer(client).body, "whole");
}

TEST_F(StreamTest, HandsOverTrailers) {
  listen_for_streams();
  TestClient client = connect();
  for (int i = 0; i < 2; ++i) {
    streams_.trailers.clear();
    client.send(std::string(kChunkedHead) + "1\r\nx\r\n0\r\nA-Field: one two\r\nOther:\r\n\r\n");
    EXPECT_EQ(answer(client).body, "streamed");
    EXPECT_EQ(streams_.trailers, (Strings{"A-Field=one two", "Other="}));
  }
  streams_.trailers.clear();
  client.send(std::string(kChunkedHead) + "1\r\nx\r\n0\r\n\r\n");
  EXPECT_EQ(answer(client).body, "streamed");
  EXPECT_EQ(streams_.trailers, Strings());
}

TEST_F(StreamTest, KnowsTheTrailersOfABodyThatIsReadWhole) {
  listen_for_streams();
  streams_.streams = false;
  streams_.at_request = [&](Exchange& exchange) {
    exchange.reply({}, exchange.trailers().empty() ? "none" : exchange.trailers()[0].value);
  };
  TestClient client = connect();
  client.send(std::string(kChunkedHead) + "1\r\nx\r\n0\r\nA: b\r\n\r\n" + std::string(kGet));
  EXPECT_EQ(answer(client).body, "b");
  EXPECT_EQ(answer(client).body, "none");
}

TEST_F(StreamTest, RefusesTooManyTrailers) {
  listen_for_streams({.headers = 3});
  TestClient client = connect();
  client.send(std::string(kChunkedHead) + "0\r\nA: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n\r\n");
  EXPECT_TRUE(answer(client).head.starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(streams_.breaks, 1);
}

TEST_F(StreamTest, TellsABodyThatBreaksOff) {
  listen_for_streams();
  for (const bool resets : {false, true}) {
    streams_.breaks = 0;
    TestClient client = connect();
    client.send(std::string(kChunkedHead) + "5\r\nhe");
    settle();
    if (resets) {
      client.reset();
    } else {
      client.close();
    }
    EXPECT_TRUE(eventually([&] { return streams_.breaks == 1; }));
  }
  EXPECT_EQ(streams_.ends, 0);
}

TEST_F(StreamTest, TellsABodyThatIsNoneAnyMore) {
  listen_for_streams();
  TestClient client = connect();
  client.send(std::string(kChunkedHead) + "2\r\nhe\r\nzz\r\n");
  EXPECT_TRUE(answer(client).head.starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(streams_.breaks, 1);
  EXPECT_EQ(streams_.ends, 0);
}

TEST_F(StreamTest, MakesThePeerWaitWhilePaused) {
  listen_for_streams();
  for (const bool is_chunked : {true, false}) {
    streams_.pieces.clear();
    streams_.at_piece = [&](std::string_view) { streams_.exchange->pause_body(); };
    TestClient client = connect();
    const std::string bytes(8 * 1024 * 1024, 'x');
    const std::string request =
        is_chunked ? std::string(kChunkedHead) + "800000\r\n" + bytes + "\r\n0\r\n\r\n"
                   : "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n" + bytes;
    std::string_view rest = request;
    const auto send_more = [&] { rest = client.send_some(rest); };
    send_more();
    settle();
    const std::size_t passed = streams_.body_size();
    for (int i = 0; i < 20; ++i) {
      send_more();
      settle();
    }
    EXPECT_FALSE(rest.empty());
    EXPECT_EQ(streams_.body_size(), passed) << "read on although paused";
    EXPECT_LE(passed, 64u * 1024);

    streams_.at_piece = nullptr;
    streams_.exchange->resume_body();
    EXPECT_TRUE(eventually([&] {
      send_more();
      return streams_.body_size() == bytes.size();
    }));
    EXPECT_EQ(answer(client).body, "streamed");
  }
}

TEST_F(StreamTest, ReadsWhatIsThereAlthoughPausedWhenAsked) {
  listen_for_streams();
  streams_.at_piece = [&](std::string_view) { streams_.exchange->pause_body(); };
  TestClient client = connect();
  const std::string bytes(100'000, 'x');
  client.send(std::string(kChunkedHead) + "186a0\r\n" + bytes + "\r\n0\r\n\r\n");
  settle();
  EXPECT_EQ(streams_.ends, 0);
  server_->read_pending();
  EXPECT_EQ(streams_.body().size(), bytes.size());
  EXPECT_EQ(streams_.ends, 1);
}

TEST_F(StreamTest, NoticesAPeerThatIsGoneWhilePaused) {
  listen_for_streams();
  streams_.at_piece = [&](std::string_view) { streams_.exchange->pause_body(); };
  TestClient client = connect();
  client.send(std::string(kChunkedHead) + "5\r\nhe");
  settle();
  client.reset();
  EXPECT_TRUE(eventually([&] { return streams_.breaks == 1; }));
}

TEST_F(StreamTest, AnswersAtTheHeadAndThrowsTheBodyAway) {
  listen_for_streams();
  streams_.at_head = [](Exchange& exchange) { exchange.reply({.status = 403}, "no"); };
  TestClient client = connect();
  client.send(kChunkedHead);
  EXPECT_EQ(answer(client).body, "no");  // nothing of the body is here yet
  client.send("5\r\nhello\r\n0\r\n\r\n" + std::string(kGet));
  EXPECT_EQ(answer(client).body, "whole");
  EXPECT_EQ(streams_.requests, 1);
}

TEST_F(StreamTest, AnswersInTheMiddleOfABodyAndThrowsTheRestAway) {
  listen_for_streams();
  streams_.at_piece = [&](std::string_view) { streams_.exchange->reply({.status = 413}, "much"); };
  TestClient client = connect();
  client.send(std::string(kChunkedHead) + "2\r\nhe\r\n");
  EXPECT_EQ(answer(client).body, "much");
  client.send("3\r\nllo\r\n0\r\n\r\n" + std::string(kGet));
  EXPECT_EQ(answer(client).body, "whole");
  EXPECT_EQ(streams_.pieces, Strings{"he"});
  EXPECT_EQ(streams_.ends, 0);
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  EXPECT_EQ(answer(client).body, "much");
  client.send("llo" + std::string(kGet));
  EXPECT_EQ(answer(client).body, "whole");
}

TEST_F(StreamTest, ClosesAfterARefusalWhenThePeerAskedWhetherToSend) {
  listen_for_streams();
  streams_.at_head = [](Exchange& exchange) { exchange.reply({.status = 403}, "no"); };
  TestClient client = connect();
  client.send(
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  const Answer no = answer(client);
  EXPECT_EQ(no.body, "no");
  EXPECT_NE(no.head.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(ends(client));
}

TEST_F(StreamTest, HandsTheRequestOverWhenItsReaderHasGivenUp) {
  listen_for_streams();
  streams_.at_piece = [&](std::string_view) { streams_.exchange->stream_body(nullptr); };
  TestClient client = connect();
  client.send(std::string(kChunkedHead) + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
  EXPECT_EQ(answer(client).body, "whole");
  EXPECT_EQ(streams_.pieces, Strings{"he"});
}

// --- answers

TEST_F(StreamTest, WritesEachPieceAsAChunk) {
  listen_for_streams();
  begin_answers();
  TestClient client = connect();
  client.send(kGet);
  settle();
  client.receive();
  EXPECT_EQ(client.received, "") << "the head waits for the first piece";
  write("hello");
  EXPECT_TRUE(receives(client, "\r\n\r\n5\r\nhello\r\n"));
  EXPECT_EQ(client.received,
            "HTTP/1.1 200 OK\r\nContent-Type: x/y\r\nDate: Thu, 01 Jan 1970 01:00:00 GMT\r\n"
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  client.received.clear();
  const std::vector<std::string_view> parts{"a", "", "bc", "d", "e", "f"};
  streams_.exchange->write(parts);
  write("");
  streams_.exchange->finish();
  EXPECT_TRUE(receives(client, "0\r\n\r\n"));
  EXPECT_EQ(client.received, "6\r\nabcdef\r\n0\r\n\r\n");

  client.received.clear();
  streams_.at_request = nullptr;
  client.send(kGet);
  EXPECT_EQ(answer(client).body, "whole");
}

TEST_F(StreamTest, EndsAnAnswerToHttp10WithTheConnection) {
  listen_for_streams();
  begin_answers();
  TestClient client = connect();
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  settle();
  write("hello");
  streams_.exchange->finish();
  EXPECT_TRUE(ends(client));
  EXPECT_TRUE(client.received.ends_with("\r\nConnection: close\r\n\r\nhello")) << client.received;
}

TEST_F(StreamTest, EndsAnAbortedAnswerWithoutItsLastChunk) {
  listen_for_streams();
  begin_answers();
  TestClient client = connect();
  client.send(kGet);
  settle();
  write("hello");
  streams_.exchange->abort();
  EXPECT_TRUE(ends(client));
  EXPECT_TRUE(client.received.ends_with("5\r\nhello\r\n")) << client.received;
}

TEST_F(StreamTest, SaysWhatWaitsAndWhenNothingDoesAnyMore) {
  listen_for_streams();
  begin_answers();
  TestClient client = connect(4096);
  client.send(kGet);
  settle();
  int drained = 0;
  streams_.exchange->on_drained([&] { ++drained; });
  const std::string block(1024 * 1024, 'x');
  while (streams_.exchange->pending_bytes() == 0) write(block);
  const std::size_t waiting = streams_.exchange->pending_bytes();
  write("tail");
  EXPECT_EQ(streams_.exchange->pending_bytes(), waiting + 9);
  EXPECT_EQ(drained, 0);
  EXPECT_TRUE(eventually([&] {
    client.receive();
    return streams_.exchange->pending_bytes() == 0;
  }));
  EXPECT_EQ(drained, 1);
  EXPECT_TRUE(receives(client, "\r\n4\r\ntail\r\n"));
  streams_.exchange->finish();
  EXPECT_TRUE(receives(client, "\r\n0\r\n\r\n"));
  const std::size_t exes = static_cast<std::size_t>(std::ranges::count(client.received, 'x'));
  EXPECT_EQ(exes % block.size(), 1u);  // and the one of x/y
}

TEST_F(StreamTest, FinishesWithWhatStillWaits) {
  listen_for_streams();
  begin_answers();
  TestClient client = connect(4096);
  client.send(kGet);
  settle();
  const std::string block(1024 * 1024, 'x');
  while (streams_.exchange->pending_bytes() == 0) write(block);
  streams_.exchange->finish();
  EXPECT_TRUE(receives(client, "x\r\n0\r\n\r\n"));
}

TEST_F(StreamTest, TellsThatTheReaderOfAnAnswerHasGone) {
  listen_for_streams();
  begin_answers();
  TestClient client = connect();
  client.send(kGet);
  settle();
  bool is_gone = false;
  streams_.exchange->on_gone([&] { is_gone = true; });
  write("hello");
  client.reset();
  EXPECT_TRUE(eventually([&] { return is_gone; }));
}

TEST_F(StreamTest, GivesUpAReaderWhoDoesNotRead) {
  listen_for_streams({.idle_time = Seconds(5)});
  begin_answers();
  TestClient client = connect(4096);
  client.send(kGet);
  settle();
  bool is_gone = false;
  streams_.exchange->on_gone([&] { is_gone = true; });
  write("hello");
  pass(Seconds(20));  // the handler may take its time
  EXPECT_FALSE(is_gone);
  const std::string block(1024 * 1024, 'x');
  while (streams_.exchange->pending_bytes() == 0) write(block);
  pass(Seconds(4));
  EXPECT_FALSE(is_gone);
  pass(Seconds(2));
  EXPECT_TRUE(is_gone);
}

}  // namespace
}  // namespace thimble::http
