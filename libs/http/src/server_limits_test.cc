// What a server does to those who take too long or are too many. The clock goes only when told.

#include <sys/resource.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server_fixture.h"

namespace thimble::http {
namespace {

using Strings = std::vector<std::string>;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string status_of(const Answer& answer) {
  return answer.head.substr(9, 3);
}

class ServerLimitsTest : public ServerTest {
 protected:
  // Connects and lets the server accept.
  TestClient accepted() {
    TestClient client = connect();
    client.send(kGet);
    (void)answer(client);
    return client;
  }
  bool has_ended(TestClient& client) {
    settle();
    client.receive();
    return client.has_ended();
  }
};

TEST_F(ServerLimitsTest, AnswersAHeadThatTakesTooLongWith408) {
  listen({.head_time = Seconds(10)});
  TestClient client = accepted();
  client.send("GET / HTTP/1.1\r\n");
  settle();
  // Each byte is news, but not a reason to wait longer.
  for (int i = 0; i < 9; ++i) {
    pass(Seconds(1));
    client.send("X");
    settle();
  }
  pass(Milliseconds(999));
  EXPECT_FALSE(has_ended(client));
  EXPECT_EQ(client.received, "");
  pass(Milliseconds(1));
  EXPECT_EQ(status_of(answer(client)), "408");
  EXPECT_TRUE(ends(client));
}

TEST_F(ServerLimitsTest, ClosesANewConnectionThatSaysNothing) {
  listen({.head_time = Seconds(10), .idle_time = Seconds(60)});
  TestClient client = connect();
  settle();
  pass(Seconds(9));
  EXPECT_FALSE(has_ended(client));
  pass(Seconds(1));
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(client.received, "");
}

TEST_F(ServerLimitsTest, ClosesAConnectionThatIsIdleForTooLong) {
  listen({.head_time = Seconds(10), .idle_time = Seconds(60)});
  TestClient client = accepted();
  pass(Milliseconds(59'999));
  EXPECT_FALSE(has_ended(client));
  client.send(kGet);
  EXPECT_EQ(status_of(answer(client)), "200");
  pass(Milliseconds(59'999));
  EXPECT_FALSE(has_ended(client)) << "the time begins again with every request";
  pass(Milliseconds(1));
  EXPECT_TRUE(ends(client));
}

TEST_F(ServerLimitsTest, WaitsForABodyAsLongAsPiecesCome) {
  listen({.head_time = Seconds(10), .idle_time = Seconds(60)});
  for (const std::string_view head :
       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n"}) {
    TestClient client = connect();
    client.send(head);
    settle();
    for (int i = 0; i < 5; ++i) {
      pass(Seconds(59));
      ASSERT_FALSE(has_ended(client)) << i;
      client.send("x");
      settle();
    }
    pass(Seconds(60));
    EXPECT_TRUE(ends(client));
  }
}

TEST_F(ServerLimitsTest, WaitsForTheHandlerForEver) {
  listen({.head_time = Seconds(10), .idle_time = Seconds(60)});
  handler_.keeps = true;
  TestClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  pass(std::chrono::hours(24));
  ASSERT_EQ(handler_.kept.size(), 1U);
  handler_.kept.front()->reply({}, "late");
  EXPECT_EQ(answer(client).body, "late");
}

TEST_F(ServerLimitsTest, ClosesOnAReaderThatHasStopped) {
  listen({.idle_time = Seconds(60)});
  auto body = std::make_shared<Buffer>();
  body->append(std::string(6'000'000, 'b'));
  const std::weak_ptr<const Buffer> watched = body;
  handler_.answers = [&body](Exchange& exchange) { exchange.reply({}, std::move(body)); };
  TestClient client = connect(8 * 1024);
  client.send(kGet);
  ASSERT_TRUE(eventually([&] { return body == nullptr; }));
  settle();
  pass(Seconds(59));
  EXPECT_FALSE(watched.expired());
  pass(Seconds(61));
  EXPECT_TRUE(watched.expired());
}

TEST_F(ServerLimitsTest, WaitsForEverWithoutAnIdleTime) {
  listen({.head_time = Seconds(10), .idle_time = Milliseconds(0)});
  TestClient client = accepted();
  pass(std::chrono::hours(24));
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
  settle();
  pass(std::chrono::hours(24));
  client.send("x");
  EXPECT_EQ(answer(client).body, "POST / x");
}

TEST_F(ServerLimitsTest, ClosesTheLongestIdleConnectionForANewOne) {
  listen({.connections = 3});
  TestClient oldest = accepted();
  clock_.advance(Seconds(1));
  TestClient older = accepted();
  clock_.advance(Seconds(1));
  TestClient newest = accepted();
  clock_.advance(Seconds(1));
  // It is no longer the longest idle one.
  oldest.send(kGet);
  (void)answer(oldest);

  TestClient next = accepted();
  EXPECT_TRUE(ends(older));
  EXPECT_FALSE(has_ended(oldest));
  EXPECT_FALSE(has_ended(newest));
  EXPECT_FALSE(has_ended(next));
}

TEST_F(ServerLimitsTest, RefusesANewConnectionWhenAllAreBusy) {
  listen({.connections = 2});
  handler_.keeps = true;
  TestClient one = connect();
  one.send(kGet);
  TestClient two = connect();
  two.send("GET / HTTP/1.1\r\n");  // begun: it is not idle
  ASSERT_TRUE(eventually([&] { return handler_.kept.size() == 1; }));
  settle();
  TestClient three = connect();
  const Answer refused = answer(three);
  EXPECT_EQ(status_of(refused), "503");
  EXPECT_TRUE(ends(three));

  handler_.kept.front()->reply({}, "done");
  EXPECT_EQ(answer(one).body, "done");
  two.send("Host: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return handler_.seen.size() == 2; })) << "nobody was hurt";
}

// Sanitizers keep freed memory for a while, which is no growth of ours, and need descriptors to
// look at an object's type.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// Of this process.
std::size_t resident_pages() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  const int found = std::fscanf(file, "%zu %zu", &total, &resident);
  std::fclose(file);
  return found == 2 ? resident : 0;
}

// Each read ends somewhere inside of a request, so the input is never used up.
TEST_F(ServerLimitsTest, DoesNotGrowWithTheNumberOfPipelinedRequests) {
  listen();
  handler_.answers = [](Exchange& exchange) { exchange.reply({}, ""); };
  const std::string request =
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(5'001, 'x') + "\r\n\r\n";
  ASSERT_EQ(request.size() % 2, 1U) << "else reads and requests soon end at the same byte";
  constexpr int kCount = 8'000;  // 40 MB
  TestClient client = connect();
  std::string_view rest;
  std::size_t before = 0;
  int sent = 0;
  ASSERT_TRUE(eventually([&] {
    // Enough is always on its way.
    while (rest.empty() && sent < kCount) {
      if (++sent == kCount / 10) before = resident_pages();
      rest = client.send_some(request);
    }
    rest = client.send_some(rest);
    client.receive();
    client.received.clear();
    return handler_.seen.size() == kCount;
  })) << handler_.seen.size();
  EXPECT_LT(resident_pages(), before + 8 * 1024 * 1024 / 4096);
}

TEST_F(ServerLimitsTest, AcceptsLaterWhatItHasNoDescriptorFor) {
  listen();
  TestClient client = connect();
  client.send(kGet);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;  // fewer than are open
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  settle();
  pass(Seconds(1));
  EXPECT_EQ(handler_.seen, Strings{});
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  settle();
  pass(Seconds(1));
  EXPECT_EQ(status_of(answer(client)), "200");
}

#endif

}  // namespace
}  // namespace thimble::http
