#include "thimble/fetch/client.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "scripted_server.h"

namespace thimble::fetch {
namespace {

Client client(ClientOptions options = {}) {
  return std::move(Client::open(std::move(options)).value());
}

TEST(Client, ReturnsWhateverTheServerAnswers) {
  ScriptedServer server([](const Received&) {
    return answer("404 Not Found", "no such thing", "X-Reason: two\r\nx-reason: three\r\n");
  });
  const auto response = client().send({.url = server.url("/a?b=c")});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 404);
  EXPECT_FALSE(response->ok());
  EXPECT_EQ(response->body, "no such thing");
  EXPECT_EQ(response->header("X-REASON"), "two");
  EXPECT_EQ(response->header("absent"), std::nullopt);
  EXPECT_EQ(response->url, server.url("/a?b=c"));
  EXPECT_EQ(server.received().at(0).line, "GET /a?b=c HTTP/1.1");
}

TEST(Client, SendsHeadersAsTheyAre) {
  ScriptedServer server([](const Received&) { return answer("200 OK", ""); });
  const auto response =
      client({.user_agent = "thimble/9"})
          .send({.url = server.url("/"), .headers = {{"Accept", "a/b, c/d"}, {"X-Empty", ""}}});
  ASSERT_TRUE(response) << response.error().message;
  const Received received = server.received().at(0);
  EXPECT_TRUE(received.has("Accept: a/b, c/d\r\n"));
  EXPECT_TRUE(received.has("X-Empty:\r\n"));
  EXPECT_TRUE(received.has("User-Agent: thimble/9\r\n"));
  EXPECT_FALSE(received.has("Accept-Encoding"));
}

TEST(Client, RefusesAHeaderThatWouldBeTwo) {
  ScriptedServer server([](const Received&) { return answer("200 OK", ""); });
  Client it = client();
  for (const Header& header :
       {Header{"X", "a\r\nY: b"}, Header{"X", "a\nY: b"}, Header{"X\r\nY", "a"}, Header{"", "a"},
        Header{"X Y", "a"}, Header{"X:", "a"}, Header{"X", std::string("a\0b", 3)}}) {
    const auto response = it.send({.url = server.url("/"), .headers = {header}});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::kInvalid);
  }
  EXPECT_FALSE(it.send({.method = "GET / HTTP/1.1\r\nX: ", .url = server.url("/")}));
  EXPECT_TRUE(server.received().empty());
}

TEST(Client, UsesAConnectionAgain) {
  ScriptedServer server([](const Received&) { return answer("200 OK", "x"); });
  Client it = client();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(it.send({.url = server.url("/")}));
  EXPECT_EQ(server.received().back().connection, 1);
}

TEST(Client, TriesAgainOnAConnectionThatHadBeenClosed) {
  ScriptedServer server([](const Received&) {
    Reply reply = answer("200 OK", "x");
    reply.keep_open = false;
    return reply;
  });
  Client it = client();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(it.send({.url = server.url("/")}));
}

TEST(Client, IsUsedByManyThreadsAtOnce) {
  ScriptedServer server([](const Received& request) { return answer("200 OK", request.line); });
  Client it = client();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
        const auto response = it.send({.url = server.url(path)});
        if (response && response->body == "GET " + path + " HTTP/1.1") ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 160);
  EXPECT_LE(server.received().size(), 165U);
}

TEST(Client, SpeaksPlainHttpOnlyToThisMachineAndHostsGiven) {
  const auto refused = client().send({.url = "http://registry.invalid/v2/"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermission);
  EXPECT_EQ(refused.error().message,
            "GET http://registry.invalid/v2/: plain HTTP is only spoken to this machine itself");

  // Allowed, and then not found: names under .invalid never are (RFC 6761).
  for (const char* host : {"registry.invalid", "Registry.invalid:80"}) {
    const auto allowed =
        client({.plain_http_hosts = {host}}).send({.url = "http://registry.invalid/v2/"});
    ASSERT_FALSE(allowed);
    EXPECT_EQ(allowed.error().code, ErrorCode::kIo) << allowed.error().message;
  }
  const auto other_port = client({.plain_http_hosts = {"registry.invalid:81"}})
                              .send({.url = "http://registry.invalid/v2/"});
  EXPECT_EQ(other_port.error().code, ErrorCode::kPermission);
}

TEST(Client, AnErrorNamesTheUrlWithoutItsQuery) {
  const auto refused = client().send({.url = "http://registry.invalid/v2/?signature=secret"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
}

TEST(Client, RefusesABodyThatIsTooLarge) {
  ScriptedServer server([](const Received& request) {
    if (request.has("/exact")) return answer("200 OK", std::string(1000, 'x'));
    if (request.has("/declared")) return answer("200 OK", std::string(1001, 'x'));
    return Reply{.bytes = "HTTP/1.1 200 OK\r\n\r\n" + std::string(400, 'x'), .hold = false};
  });
  Client it = client();
  EXPECT_TRUE(it.send({.url = server.url("/exact"), .max_body = 1000}));
  const auto declared = it.send({.url = server.url("/declared"), .max_body = 1000});
  ASSERT_FALSE(declared);
  EXPECT_EQ(declared.error().code, ErrorCode::kLimit);
}

TEST(Client, EndsWithAnEndlessBody) {
  ScriptedServer server([](const Received& request) {
    const bool is_error = request.has("/error");
    return Reply{.bytes = is_error ? "HTTP/1.1 500 Oops\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\n",
                 .endless = "more"};
  });
  Client it = client();
  const auto response = it.send({.url = server.url("/"), .max_body = 100'000});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kLimit);

  const auto error = it.send({.url = server.url("/error")});
  ASSERT_TRUE(error) << error.error().message;
  EXPECT_EQ(error->status, 500);
  EXPECT_EQ(error->body.size(), 65'536U);
}

TEST(Client, EndsWithEndlessHeaders) {
  const std::string more = "X-More: " + std::string(500, 'x') + "\r\n";
  const auto response_to = [](const Reply& reply) {
    ScriptedServer server([&reply](const Received&) { return reply; });
    return client().send({.url = server.url("/")});
  };
  const auto headers = response_to({.bytes = "HTTP/1.1 200 OK\r\n", .endless = more});
  ASSERT_FALSE(headers);
  EXPECT_EQ(headers.error().code, ErrorCode::kLimit) << headers.error().message;

  const auto interim = response_to({.endless = "HTTP/1.1 100 Continue\r\n" + more + "\r\n"});
  ASSERT_FALSE(interim);
  EXPECT_EQ(interim.error().code, ErrorCode::kLimit) << interim.error().message;

  const auto one = response_to({.bytes = "HTTP/1.1 200 OK\r\nX: ", .endless = more.substr(8, 400)});
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().code, ErrorCode::kIo) << one.error().message;
}

TEST(Client, FailsWhenTheBodyIsCut) {
  ScriptedServer server([](const Received&) {
    return Reply{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"};
  });
  const auto response = client().send({.url = server.url("/")});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kIo);
}

TEST(Client, FailsForWhatIsNotHttp) {
  for (const char* bytes : {"", "hello\r\n\r\n", "SSH-2.0-OpenSSH\r\n"}) {
    ScriptedServer server([bytes](const Received&) { return Reply{.bytes = bytes}; });
    EXPECT_FALSE(client().send({.url = server.url("/")})) << bytes;
  }
}

TEST(Client, GivesUpOnAServerThatSaysNothing) {
  ScriptedServer server([](const Received&) { return Reply{.hold = true}; });
  const auto idle =
      client().send({.url = server.url("/"), .idle_timeout = std::chrono::seconds(1)});
  ASSERT_FALSE(idle);
  EXPECT_EQ(idle.error().code, ErrorCode::kIo);
  const auto total =
      client().send({.url = server.url("/"), .timeout = std::chrono::milliseconds(50)});
  ASSERT_FALSE(total);
  EXPECT_EQ(total.error().code, ErrorCode::kIo);
}

TEST(Client, EndsWhenItIsStopped) {
  std::stop_source source;
  ScriptedServer server([&source](const Received&) {
    source.request_stop();
    return Reply{.hold = true};
  });
  const auto response = client().send({.url = server.url("/"), .stop = source.get_token()});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().message, "GET " + server.url("/") + ": interrupted");
}

TEST(Client, HandsOverABodyPieceByPiece) {
  const std::string large(1'000'000, 'x');
  ScriptedServer server([&large](const Received& request) {
    return answer(request.has("/missing") ? "404 Not Found" : "200 OK", large.substr(0, 100'000));
  });
  Client it = client();
  std::string seen;
  std::uint64_t progress = 0;
  Request request{.url = server.url("/"),
                  .on_body = [&seen](std::string_view bytes) -> Result<void> {
                    seen += bytes;
                    return {};
                  },
                  .on_progress = [&progress](std::uint64_t, std::uint64_t got) { progress = got; }};
  const auto response = it.send(request);
  ASSERT_TRUE(response);
  EXPECT_EQ(seen.size(), 100'000U);
  EXPECT_EQ(progress, 100'000U);
  EXPECT_TRUE(response->body.empty());

  request.url = server.url("/missing");
  const auto missing = it.send(request);
  EXPECT_EQ(seen.size(), 100'000U);
  EXPECT_EQ(missing->body.size(), 65'536U);

  request.url = server.url("/");
  request.on_body = [](std::string_view) -> Result<void> {
    return fail(ErrorCode::kInvalid, "I do not like it");
  };
  const auto refused = it.send(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(refused.error().message, "GET " + server.url("/") + ": I do not like it");
}

TEST(Client, ShowsAnAnswerBeforeItsBody) {
  ScriptedServer server([](const Received& request) {
    if (request.has("/part")) return answer("206 Partial Content", "x", "Content-Range: 5\r\n");
    return answer(request.has("/missing") ? "404 Not Found" : "200 OK", "");
  });
  Client it = client();
  std::string order;
  Request request{.url = server.url("/part"),
                  .on_answer = [&order](const Response& response) -> Result<void> {
                    order += std::to_string(response.status) + " ";
                    order += response.header("Content-Range").value_or("all");
                    return {};
                  },
                  .on_body = [&order](std::string_view bytes) -> Result<void> {
                    order += " body ";
                    order += bytes;
                    return {};
                  }};
  ASSERT_TRUE(it.send(request));
  request.url = server.url("/empty");
  ASSERT_TRUE(it.send(request));
  request.url = server.url("/missing");
  ASSERT_TRUE(it.send(request));
  EXPECT_EQ(order, "206 5 body x200 all");

  request.on_answer = [](const Response&) -> Result<void> {
    return fail(ErrorCode::kInvalid, "not that");
  };
  for (const char* path : {"/part", "/empty"}) {
    request.url = server.url(path);
    EXPECT_EQ(it.send(request).error().message, "GET " + server.url(path) + ": not that");
  }
}

TEST(Client, RefusesAFileWithoutCertificates) {
  const auto response =
      client({.ca_file = "/nonexistent.pem"}).send({.url = "https://127.0.0.1:1/"});
  ASSERT_FALSE(response);
}

}  // namespace
}  // namespace thimble::fetch
