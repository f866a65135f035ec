#include "thimble/http/server.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server_fixture.h"

namespace thimble::http {
namespace {

using Strings = std::vector<std::string>;

std::string get(std::string_view target, std::string_view lines = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view lines = "") {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(lines) + "\r\n" + std::string(body);
}

std::string post_chunked(std::string_view target, std::string_view chunks,
                         std::string_view lines = "") {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" +
         std::string(lines) + "\r\n" + std::string(chunks);
}

std::string status_line(const Answer& answer) {
  return answer.head.substr(0, answer.head.find('\r'));
}

bool says_close(const Answer& answer) {
  return answer.head.find("\r\nConnection: close\r\n") != std::string::npos;
}

TEST_F(ServerTest, SaysWhereItListens) {
  listen();
  EXPECT_EQ(server_->address().host, "127.0.0.1");
  EXPECT_NE(server_->address().port, 0);
}

TEST_F(ServerTest, NamesThePortSomebodyElseHas) {
  listen();
  const Address taken = server_->address();
  const auto second =
      Server::listen(taken, {.loop = *loop_, .buffers = buffers_, .handler = handler_});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_EQ(second.error().message, "listen on " + taken.text() + ": bind: address already in use");
}

TEST_F(ServerTest, NamesAHostThatThereIsNot) {
  const auto server = Server::listen({.host = "300.1.1.1:", .port = 0},
                                     {.loop = *loop_, .buffers = buffers_, .handler = handler_});
  ASSERT_FALSE(server);
  EXPECT_TRUE(server.error().message.starts_with("listen on ")) << server.error().message;
}

TEST_F(ServerTest, AnswersRequestsOnOneConnection) {
  listen();
  TestClient client = connect();
  for (int i = 0; i < 3; ++i) {
    client.send(post("/a?b", "hello"));
    const Answer one = answer(client);
    EXPECT_EQ(
        one.head,
        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 01:00:00 GMT\r\nContent-Length: 15\r\n\r\n");
    EXPECT_EQ(one.body, "POST /a?b hello");
    client.send(get("/"));
    EXPECT_EQ(answer(client).body, "GET / ");
  }
}

TEST_F(ServerTest, AnswersARequestThatComesByteByByte) {
  listen();
  TestClient client = connect();
  for (const std::string& text :
       {post("/length", "hello"), post_chunked("/chunks", "2\r\nhe\r\n3;x\r\nllo\r\n0\r\n\r\n")}) {
    for (const char byte : text) {
      client.send({&byte, 1});
      settle();
    }
    EXPECT_TRUE(answer(client).body.ends_with(" hello"));
  }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  listen();
  TestClient client = connect();
  std::string all;
  Strings expected;
  for (int i = 0; i < 100; ++i) {
    const std::string target = "/" + std::to_string(i);
    switch (i % 3) {
      case 0:
        all += get(target);
        expected.push_back("GET " + target + " ");
        break;
      case 1:
        all += post(target, "abc");
        expected.push_back("POST " + target + " abc");
        break;
      default:
        all += post_chunked(target, "1\r\nd\r\n0\r\n\r\n");
        expected.push_back("POST " + target + " d");
    }
  }
  client.send(all);
  for (const std::string& body : expected) ASSERT_EQ(answer(client).body, body);
}

TEST_F(ServerTest, BeginsAPipelinedRequestOnlyAfterTheAnswerToTheOneBefore) {
  listen();
  handler_.keeps = true;
  TestClient client = connect();
  client.send(post("/1", "x") + post("/2", "y") + get("/3"));
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  settle();
  EXPECT_EQ(handler_.seen, Strings{"POST /1"});

  std::exchange(handler_.kept, {}).front()->reply({}, "one");
  EXPECT_EQ(handler_.seen.size(), 1U) << "not from inside of reply()";
  EXPECT_EQ(answer(client).body, "one");
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  EXPECT_EQ(handler_.kept.front()->body().view(), "y");
  std::exchange(handler_.kept, {}).front()->reply({}, "two");
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  handler_.kept.front()->reply({}, "three");
  EXPECT_EQ(answer(client).body, "two");
  EXPECT_EQ(answer(client).body, "three");
}

TEST_F(ServerTest, KeepsTheHeadOfARunningExchangeWhateverElseComes) {
  listen();
  handler_.keeps = true;
  TestClient client = connect();
  client.send(get("/first", "X-Name: value of the first\r\n"));
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  for (int i = 0; i < 10; ++i) {
    client.send_some(get("/other", "X-Name: " + std::string(3000, 'o') + "\r\n"));
    settle();
  }
  const Request& request = handler_.kept.front()->request();
  EXPECT_EQ(request.target, "/first");
  EXPECT_EQ(request.path, "/first");
  EXPECT_EQ(request.header("x-name"), "value of the first");
}

// Header values are views, and chunks come after them.
TEST_F(ServerTest, KeepsTheHeadOfAChunkedRequestWhileItsBodyComes) {
  listen();
  handler_.limit = 1'000'000;
  std::string name;
  std::string last;
  handler_.answers = [&](Exchange& exchange) {
    name = exchange.request().header("X-Name").value_or("none");
    last = exchange.request().headers.back().value;
    exchange.reply({}, std::to_string(exchange.body_size()));
  };
  TestClient client = connect();
  // Twice: the second time there is room enough, and nothing needs to move.
  for (int round = 0; round < 2; ++round) {
    client.send(post_chunked("/", "", "X-Name: value\r\nX-Last: the last\r\n"));
    settle();
    for (int i = 0; i < 20; ++i) {
      client.send("2710\r\n" + std::string(10'000, 'b') + "\r\n");
      settle();
    }
    client.send("0\r\n\r\n");
    EXPECT_EQ(answer(client).body, "200000");
    EXPECT_EQ(name, "value");
    EXPECT_EQ(last, "the last");
  }
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  listen();
  handler_.answers = [](Exchange& exchange) {
    auto large = std::make_shared<Buffer>();
    large->append(std::string(50'000, 'x'));
    exchange.request().target == "/large" ? exchange.reply({}, std::move(large))
                                          : exchange.reply({}, "small");
  };
  TestClient client = connect();
  client.send("HEAD /small HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(answer(client, true).head.find("Content-Length: 5\r\n"), std::string::npos);
  client.send("HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(answer(client, true).head.find("Content-Length: 50000\r\n"), std::string::npos);
  EXPECT_EQ(client.received, "");
  client.send(get("/small"));
  EXPECT_EQ(answer(client).body, "small") << "the connection goes on";
}

TEST_F(ServerTest, ClosesWhenItIsAskedTo) {
  listen();
  TestClient asks = connect();
  asks.send(get("/", "Connection: close\r\n") + get("/never"));
  EXPECT_TRUE(says_close(answer(asks)));
  EXPECT_TRUE(ends(asks));

  handler_.answers = [](Exchange& exchange) { exchange.reply({.close = true}, "bye"); };
  TestClient client = connect();
  client.send(get("/"));
  const Answer last = answer(client);
  EXPECT_TRUE(says_close(last));
  EXPECT_EQ(last.body, "bye");
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(handler_.seen, (Strings{"GET /", "GET /"}));
}

TEST_F(ServerTest, ClosesAfterHttp10UnlessItIsAskedToStay) {
  listen();
  TestClient client = connect();
  client.send("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi");
  const Answer last = answer(client);
  EXPECT_EQ(last.body, "POST / hi");
  EXPECT_TRUE(says_close(last));
  EXPECT_TRUE(ends(client));
}

// Such a client takes silence for "it ends" and waits for that: ab -k does.
TEST_F(ServerTest, TellsHttp10WhetherTheConnectionStays) {
  listen();
  TestClient client = connect();
  client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const Answer first = answer(client);
  if (says_close(first)) {
    EXPECT_TRUE(ends(client));
    return;
  }
  EXPECT_NE(first.head.find("\r\nConnection: keep-alive\r\n"), std::string::npos) << first.head;
  client.send("GET /2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(answer(client).body, "GET /2 ");
}

TEST_F(ServerTest, AnswersAPeerThatHasClosedItsSide) {
  listen();
  handler_.keeps = true;
  TestClient client = connect();
  client.send(post("/", "hello"));
  client.shut_down();
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  settle();
  EXPECT_EQ(handler_.gone, Strings{});
  handler_.kept.front()->reply({}, "still there");
  const Answer last = answer(client);
  EXPECT_EQ(last.body, "still there");
  EXPECT_TRUE(ends(client));
}

TEST_F(ServerTest, SaysOnceThatAPeerHasGone) {
  listen();
  handler_.keeps = true;
  TestClient client = connect();
  client.send(get("/reset"));
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  client.reset();
  ASSERT_TRUE(eventually([&] { return !handler_.gone.empty(); }));
  settle();
  server_.reset();
  EXPECT_EQ(handler_.gone, Strings{"GET /reset"});
}

TEST_F(ServerTest, TakesTheEndOfInputForGoneIfToldTo) {
  listen({.end_of_input_is_gone = true});
  handler_.keeps = true;
  TestClient client = connect();
  client.send(get("/next"));
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  client.shut_down();
  EXPECT_TRUE(eventually([&] { return handler_.gone == Strings{"GET /next"}; }));
  EXPECT_TRUE(ends(client));
}

TEST_F(ServerTest, SaysNothingOfAPeerThatGoesAfterItsAnswer) {
  listen();
  handler_.keeps = true;
  TestClient client = connect();
  client.send(get("/"));
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  handler_.kept.front()->reply({}, "x");
  (void)answer(client);
  client.reset();
  settle();
  server_.reset();
  EXPECT_EQ(handler_.gone, Strings{});
}

TEST_F(ServerTest, ClosesWithoutAnAnswerIfTheHandlerAborts) {
  listen();
  handler_.answers = [](Exchange& exchange) { exchange.abort(); };
  TestClient client = connect();
  client.send(get("/1") + get("/2"));
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(client.received, "");
  EXPECT_EQ(handler_.seen, Strings{"GET /1"});
}

TEST_F(ServerTest, DropsAPeerThatEndsInTheMiddleOfARequest) {
  listen();
  for (const std::string_view text :
       {"GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"}) {
    TestClient client = connect();
    client.send(text);
    client.shut_down();
    EXPECT_TRUE(ends(client));
    EXPECT_EQ(client.received, "");
  }
  EXPECT_EQ(handler_.seen, Strings{});
}

// --- Expect: 100-continue

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kExpect = "Expect: 100-continue\r\n";

TEST_F(ServerTest, AsksForTheBodyThatAPeerHoldsBack) {
  listen();
  TestClient client = connect();
  for (const std::string& head :
       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n" + std::string(kExpect) + "\r\n",
        post_chunked("/", "", kExpect)}) {
    client.send(head);
    ASSERT_TRUE(eventually([&] {
      client.receive();
      return client.received == kContinue;
    })) << client.received;
    client.received.clear();
    client.send(head.find("chunked") == std::string::npos ? "hello" : "5\r\nhello\r\n0\r\n\r\n");
    EXPECT_EQ(answer(client).body, "POST / hello");
    EXPECT_EQ(client.received, "");
  }
}

TEST_F(ServerTest, AsksForNoBodyThatIsAlreadyThereOrThatThereIsNot) {
  listen();
  TestClient client = connect();
  for (const std::string_view body : {"hello", ""}) {
    client.send(post("/", body, kExpect));
    EXPECT_EQ(answer(client).body, "POST / " + std::string(body));
    settle();
    client.receive();
    EXPECT_EQ(client.received, "");
  }
  TestClient old = connect();
  old.send("POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
  settle();
  old.send("x");
  EXPECT_EQ(answer(old).body, "POST / x");
}

TEST_F(ServerTest, RefusesAHeldBackBodyThatIsTooLargeBeforeItComes) {
  listen();
  TestClient client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
  const Answer refused = answer(client);
  EXPECT_EQ(status_line(refused), "HTTP/1.1 413 Request Entity Too Large");
  EXPECT_TRUE(says_close(refused)) << "what may follow is not a request";
}

// --- Bodies

TEST_F(ServerTest, TakesABodyOfExactlyTheLimit) {
  listen();
  const std::string body(handler_.limit, 'b');
  TestClient client = connect();
  client.send(post("/", body));
  EXPECT_EQ(answer(client).body, "POST / " + body);
  client.send(post_chunked("/", "3e7\r\n" + body.substr(1) + "\r\n1\r\nb\r\n0\r\n\r\n"));
  EXPECT_EQ(answer(client).body, "POST / " + body);
}

TEST_F(ServerTest, SaysThatABodyIsLargerByOneByteAndGoesOn) {
  listen();
  const std::string body(handler_.limit + 1, 'b');
  TestClient client = connect();
  client.send(post("/", body) + get("/next"));
  const Answer refused = answer(client);
  EXPECT_EQ(status_line(refused), "HTTP/1.1 413 Request Entity Too Large");
  EXPECT_EQ(refused.body, "1001");
  EXPECT_EQ(answer(client).body, "GET /next ");

  client.send(post_chunked("/", "3e8\r\n" + body.substr(1) + "\r\n1\r\nb\r\n0\r\n\r\n"));
  EXPECT_EQ(answer(client).body, "1001");
  client.send(get("/next"));
  EXPECT_EQ(answer(client).body, "GET /next ");
}

TEST_F(ServerTest, KeepsNothingOfABodyThatIsTooLarge) {
  listen();
  std::size_t kept = 1;
  handler_.answers = [&](Exchange& exchange) {
    kept = exchange.body().size();
    EXPECT_TRUE(exchange.body_too_large());
    exchange.reply({}, "");
  };
  TestClient client = connect();
  client.send(post("/", std::string(5000, 'b')));
  (void)answer(client);
  EXPECT_EQ(kept, 0U);
}

TEST_F(ServerTest, ReadsALargeBodyAsItComes) {
  listen();
  handler_.limit = 4'000'000;
  std::string body(3'000'000, 'b');
  for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i % 26);
  std::string got;
  handler_.answers = [&](Exchange& exchange) {
    const Buffer taken = std::move(exchange.body());
    got = taken.view();
    exchange.reply({}, "ok");
  };
  TestClient client = connect();
  const std::string text = post("/", body);
  std::string_view rest = text;
  ASSERT_TRUE(eventually([&] {
    rest = client.send_some(rest);
    return rest.empty();
  }));
  EXPECT_EQ(answer(client).body, "ok");
  EXPECT_TRUE(got == body);
}

TEST_F(ServerTest, WritesALargeAnswerToASlowReader) {
  listen();
  auto body = std::make_shared<Buffer>();
  std::string expected;
  for (int i = 0; i < 2'000'000; ++i) expected += std::to_string(i);
  body->append(expected);
  const std::weak_ptr<const Buffer> watched = body;
  handler_.answers = [&body](Exchange& exchange) { exchange.reply({}, std::move(body)); };
  TestClient client = connect(8 * 1024);
  client.send(get("/large"));
  ASSERT_TRUE(eventually([&] { return body == nullptr; }));
  settle();
  ASSERT_FALSE(watched.expired()) << "it does not fit into the socket";
  // The next request waits, and others do not.
  client.send(get("/small"));
  TestClient other = connect();
  handler_.answers = nullptr;
  other.send(get("/other"));
  EXPECT_EQ(answer(other).body, "GET /other ");

  ASSERT_TRUE(eventually([&] {
    client.receive(500'000);
    return first_answer(client.received).has_value();
  }));
  EXPECT_TRUE(answer(client).body == expected);
  EXPECT_EQ(answer(client).body, "GET /small ");
  EXPECT_TRUE(watched.expired()) << "it is let go when it has been written";
}

TEST_F(ServerTest, CopiesTheRestOfATextThatDoesNotFit) {
  listen();
  handler_.answers = [](Exchange& exchange) {
    const std::string text(6'000'000, 't');
    exchange.reply({}, text);
  };
  TestClient client = connect(8 * 1024);
  client.send(get("/"));
  EXPECT_EQ(answer(client).body.size(), 6'000'000U);
}

TEST_F(ServerTest, ForgetsAReaderThatGoesInTheMiddleOfAnAnswer) {
  listen();
  auto body = std::make_shared<Buffer>();
  body->append(std::string(6'000'000, 'b'));
  const std::weak_ptr<const Buffer> watched = body;
  handler_.answers = [&body](Exchange& exchange) { exchange.reply({}, std::move(body)); };
  TestClient client = connect(8 * 1024);
  client.send(get("/"));
  ASSERT_TRUE(eventually([&] { return body == nullptr; }));
  client.reset();
  EXPECT_TRUE(eventually([&] { return watched.expired(); }));
}

// --- Malformed requests

TEST_F(ServerTest, RefusesAMalformedRequestAndCloses) {
  listen();
  TestClient client = connect();
  client.send(get("/good"));
  (void)answer(client);
  client.send("GET / HTTP/1.1\r\nHost : a\r\n\r\n" + get("/smuggled"));
  const Answer refused = answer(client);
  EXPECT_EQ(status_line(refused), "HTTP/1.1 400 Bad Request");
  EXPECT_TRUE(refused.body.starts_with("400 Bad Request")) << refused.body;
  EXPECT_TRUE(says_close(refused));
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(client.received, "");
  EXPECT_EQ(handler_.seen, Strings{"GET /good"});
}

TEST_F(ServerTest, RefusesBadChunksWithoutAskingTheHandler) {
  listen();
  TestClient client = connect();
  client.send(post_chunked("/", "5\r\nhelloX"));
  client.send("Y\r\n0\r\n\r\n" + get("/smuggled"));
  EXPECT_EQ(status_line(answer(client)), "HTTP/1.1 400 Bad Request");
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(handler_.seen, Strings{});
}

TEST_F(ServerTest, RefusesAHeadThatIsTooLarge) {
  listen({.head_bytes = 1000, .headers = 10});
  TestClient client = connect();
  client.send(get("/", "X: " + std::string(1000, 'x') + "\r\n"));
  EXPECT_EQ(status_line(answer(client)), "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_TRUE(ends(client));

  TestClient other = connect();
  std::string lines;
  for (int i = 0; i < 10; ++i) lines += "X: y\r\n";
  other.send(get("/", lines));
  EXPECT_EQ(status_line(answer(other)), "HTTP/1.1 431 Request Header Fields Too Large");
}

// It still sends: a reset would destroy the answer on its way (RFC 9112 section 9.6).
TEST_F(ServerTest, LetsARefusedPeerReadItsAnswerThoughItSendsMore) {
  listen();
  TestClient client = connect();
  client.send("BAD\r\n\r\n");
  settle();
  for (int i = 0; i < 10; ++i) {
    client.send_some(std::string(10'000, 'x'));
    settle();
  }
  EXPECT_EQ(status_line(answer(client)), "HTTP/1.1 400 Bad Request");
  pass(Seconds(3));
  EXPECT_TRUE(ends(client)) << "not for ever";
}

// --- The end

TEST_F(ServerTest, ClosesEverythingWhenItIsDestroyed) {
  listen();
  handler_.keeps = true;
  TestClient idle = connect();
  TestClient half = connect();
  TestClient running = connect();
  TestClient another = connect();
  half.send("GET / HT");
  running.send(get("/1"));
  another.send(get("/2"));
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 2; }));
  server_.reset();
  EXPECT_EQ(handler_.gone.size(), 2U);
  EXPECT_TRUE(handler_.kept.empty());
  for (TestClient* client : {&idle, &half, &running, &another}) {
    EXPECT_TRUE(ends(*client));
    EXPECT_EQ(client->received, "");
  }
  settle();
}

TEST_F(ServerTest, StopsAcceptingAndLetsWhatRunsEnd) {
  listen();
  handler_.keeps = true;
  TestClient idle = connect();
  TestClient running = connect();
  running.send(get("/"));
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  settle();
  server_->stop_accepting();
  EXPECT_TRUE(ends(idle));
  EXPECT_FALSE(running.has_ended());
  handler_.kept.front()->reply({}, "done");
  EXPECT_EQ(answer(running).body, "done");

  auto again = Server::listen(server_->address(),
                              {.loop = *loop_, .buffers = buffers_, .handler = handler_});
  EXPECT_TRUE(again) << "the port is free";
}

TEST_F(ServerTest, ClosesConnectionsAndGoesOnListening) {
  listen();
  handler_.keeps = true;
  TestClient client = connect();
  client.send(get("/1"));
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  server_->close_connections();
  EXPECT_EQ(handler_.gone, Strings{"GET /1"});
  EXPECT_TRUE(ends(client));
  handler_.keeps = false;
  TestClient next = connect();
  next.send(get("/2"));
  EXPECT_EQ(answer(next).body, "GET /2 ");
}

TEST_F(ServerTest, ReadsWhatPeersHaveSentWhenItIsAsked) {
  listen();
  TestClient client = connect();
  client.send(get("/1"));
  (void)answer(client);
  client.send(get("/2"));
  client.close();
  server_->read_pending();  // no turn of the loop in between
  EXPECT_EQ(handler_.seen, (Strings{"GET /1", "GET /2"}));
}

TEST_F(ServerTest, ReadsAlsoFromPeersItHasNotAcceptedYetWhenItIsAsked) {
  listen();
  TestClient client = connect();
  client.send(get("/1"));
  client.close();
  server_->read_pending();
  EXPECT_EQ(handler_.seen, Strings{"GET /1"});
}

}  // namespace
}  // namespace thimble::http
