#include "delivery.h"

#include <memory>
#include <string>
#include <vector>

#include "telemetry_fixture.h"

namespace thimble::emulator {
namespace {

class Outcomes final : public BatchListener {
 public:
  void on_sent(bool is_delivered) override { sent.push_back(is_delivered); }
  std::vector<bool> sent;
};

using Sent = std::vector<bool>;

class DeliveryTest : public TelemetryTest {
 protected:
  void deliver_to(std::uint16_t port,
                  Destination::Protocol protocol = Destination::Protocol::kHttp) {
    delivery_ = std::make_unique<Delivery>(
        *loop_,
        Destination{.protocol = protocol, .port = port, .host = "sandbox", .target = "/x?y"});
    delivery_->set_listener(outcomes_);
  }
  // The pauses between all attempts, one after another.
  void pass_every_pause() {
    for (int i = 0; i < Delivery::kMostAttempts; ++i) {
      settle();
      clock_.advance(Delivery::kFirstPause * (1 << i));
    }
    settle();
  }

  Receiver receiver_{*loop_};
  Outcomes outcomes_;
  std::unique_ptr<Delivery> delivery_;
};

TEST_F(DeliveryTest, PostsJson) {
  deliver_to(receiver_.port());
  delivery_->send("[1,2]");
  ASSERT_TRUE(eventually([&] { return !outcomes_.sent.empty(); }));
  EXPECT_EQ(outcomes_.sent, Sent{true});
  EXPECT_EQ(receiver_.bodies, std::vector<std::string>{"[1,2]"});
  EXPECT_EQ(receiver_.heads.front(),
            "POST /x?y HTTP/1.1\r\nHost: sandbox:" + std::to_string(receiver_.port()) +
                "\r\nContent-Type: application/json\r\nContent-Length: 5\r\n");
}

TEST_F(DeliveryTest, DoesNothingBeforeTheTurnOfTheLoopEnds) {
  deliver_to(receiver_.port());
  delivery_->send("[]");
  EXPECT_EQ(receiver_.accepted, 0u);
  EXPECT_EQ(outcomes_.sent, Sent{});
}

TEST_F(DeliveryTest, KeepsItsConnection) {
  deliver_to(receiver_.port());
  for (std::size_t i = 1; i <= 3; ++i) {
    delivery_->send("[]");
    ASSERT_TRUE(eventually([&] { return outcomes_.sent.size() == i; }));
  }
  EXPECT_EQ(receiver_.accepted, 1u);
  EXPECT_EQ(receiver_.bodies.size(), 3u);
}

TEST_F(DeliveryTest, ConnectsAgainAfterAnAnswerThatEndsTheConnection) {
  receiver_.answer = "HTTP/1.0 200 OK\r\n\r\nOK";
  receiver_.closes = true;
  deliver_to(receiver_.port());
  for (std::size_t i = 1; i <= 3; ++i) {
    delivery_->send("[]");
    ASSERT_TRUE(eventually([&] { return outcomes_.sent.size() == i; }));
  }
  EXPECT_EQ(outcomes_.sent, (Sent{true, true, true}));
  EXPECT_EQ(receiver_.accepted, 3u);
}

TEST_F(DeliveryTest, ConnectsAgainWithoutAPauseIfTheIdleConnectionWasClosed) {
  deliver_to(receiver_.port());
  delivery_->send("[1]");
  ASSERT_TRUE(eventually([&] { return outcomes_.sent.size() == 1; }));
  receiver_.close_connections();
  delivery_->send("[2]");
  ASSERT_TRUE(eventually([&] { return outcomes_.sent.size() == 2; })) << "no time has passed";
  EXPECT_EQ(outcomes_.sent.back(), true);
  EXPECT_EQ(receiver_.bodies.back(), "[2]");
}

TEST_F(DeliveryTest, ReadsChunkedAnswers) {
  receiver_.answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n";
  deliver_to(receiver_.port());
  delivery_->send("[1]");
  ASSERT_TRUE(eventually([&] { return outcomes_.sent.size() == 1; }));
  delivery_->send("[2]");
  ASSERT_TRUE(eventually([&] { return outcomes_.sent.size() == 2; }));
  EXPECT_EQ(receiver_.accepted, 1u);
}

TEST_F(DeliveryTest, WritesMoreThanASocketTakes) {
  deliver_to(receiver_.port());
  const std::string large(8 * 1024 * 1024, 'x');
  delivery_->send(large);
  ASSERT_TRUE(eventually([&] { return !outcomes_.sent.empty(); }));
  EXPECT_EQ(outcomes_.sent, Sent{true});
  EXPECT_TRUE(receiver_.bodies.front() == large);
}

TEST_F(DeliveryTest, WaitsForAListenerThatComesLate) {
  const std::uint16_t port = closed_port();
  deliver_to(port);
  delivery_->send("[1]");
  settle();
  pass(Delivery::kFirstPause);
  EXPECT_EQ(outcomes_.sent, Sent{});
  Receiver late(*loop_, port);
  clock_.advance(2 * Delivery::kFirstPause);
  ASSERT_TRUE(eventually([&] { return !outcomes_.sent.empty(); }));
  EXPECT_EQ(outcomes_.sent, Sent{true});
  EXPECT_EQ(late.bodies, std::vector<std::string>{"[1]"});
}

TEST_F(DeliveryTest, GivesUpWhenNobodyComes) {
  deliver_to(closed_port());
  delivery_->send("[1]");
  for (int i = 0; i < Delivery::kMostAttempts - 1; ++i) {
    settle();
    EXPECT_EQ(outcomes_.sent, Sent{}) << i;
    clock_.advance(Delivery::kFirstPause * (1 << i));
  }
  settle();
  EXPECT_EQ(outcomes_.sent, Sent{false});
}

TEST_F(DeliveryTest, TriesAgainAfterAnAnswerThatIsAnError) {
  receiver_.answer = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
  deliver_to(receiver_.port());
  delivery_->send("[1]");
  ASSERT_TRUE(eventually([&] { return receiver_.bodies.size() == 1; }));
  settle();
  EXPECT_EQ(outcomes_.sent, Sent{});
  receiver_.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  clock_.advance(Delivery::kFirstPause);
  ASSERT_TRUE(eventually([&] { return !outcomes_.sent.empty(); }));
  EXPECT_EQ(outcomes_.sent, Sent{true});
  EXPECT_EQ(receiver_.bodies, (std::vector<std::string>{"[1]", "[1]"}));
}

TEST_F(DeliveryTest, GivesUpOnAnswersThatAreNone) {
  receiver_.answer = "nonsense\r\n\r\n";
  deliver_to(receiver_.port());
  delivery_->send("[1]");
  while (outcomes_.sent.empty()) pass_every_pause();
  EXPECT_EQ(outcomes_.sent, Sent{false});
}

TEST_F(DeliveryTest, GivesUpOnSomebodyWhoDoesNotAnswer) {
  receiver_.answer = "";
  deliver_to(receiver_.port());
  delivery_->send("[1]");
  ASSERT_TRUE(eventually([&] { return receiver_.bodies.size() == 1; }));
  pass(Delivery::kLongest - Milliseconds(1));
  EXPECT_EQ(outcomes_.sent, Sent{});
  pass(Milliseconds(1));
  EXPECT_EQ(outcomes_.sent, Sent{false});
}

TEST_F(DeliveryTest, GoesOnAfterABatchThatWasLost) {
  receiver_.answer = "";
  deliver_to(receiver_.port());
  delivery_->send("[1]");
  ASSERT_TRUE(eventually([&] { return receiver_.bodies.size() == 1; }));
  pass(Delivery::kLongest);
  receiver_.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  delivery_->send("[2]");
  ASSERT_TRUE(eventually([&] { return outcomes_.sent.size() == 2; }));
  EXPECT_EQ(outcomes_.sent, (Sent{false, true}));
}

TEST_F(DeliveryTest, WritesLinesOverTcp) {
  receiver_.is_http = false;
  deliver_to(receiver_.port(), Destination::Protocol::kTcp);
  delivery_->send("1\n");
  ASSERT_TRUE(eventually([&] { return outcomes_.sent.size() == 1; }));
  delivery_->send("2\n");
  ASSERT_TRUE(eventually([&] { return receiver_.received == "1\n2\n"; }));
  EXPECT_EQ(outcomes_.sent, (Sent{true, true}));
  EXPECT_EQ(receiver_.accepted, 1u);
}

TEST_F(DeliveryTest, WaitsForATcpReaderWhoIsSlow) {
  receiver_.is_http = false;
  receiver_.stop_reading();
  deliver_to(receiver_.port(), Destination::Protocol::kTcp);
  const std::string large(16 * 1024 * 1024, 'x');
  delivery_->send(large);
  settle();
  EXPECT_EQ(outcomes_.sent, Sent{});
  pass(Delivery::kLongest);
  EXPECT_EQ(outcomes_.sent, Sent{false});
}

TEST_F(DeliveryTest, ConnectsAgainOverTcp) {
  receiver_.is_http = false;
  deliver_to(receiver_.port(), Destination::Protocol::kTcp);
  delivery_->send("1\n");
  ASSERT_TRUE(eventually([&] { return receiver_.received == "1\n"; }));
  receiver_.close_connections();
  settle();
  delivery_->send("2\n");
  ASSERT_TRUE(eventually([&] { return receiver_.received == "1\n2\n"; }));
  EXPECT_EQ(outcomes_.sent, (Sent{true, true}));
}

}  // namespace
}  // namespace thimble::emulator
