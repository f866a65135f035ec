#include "streamed_response.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/base/manual_clock.h"

#include "fake_exchange.h"

namespace thimble::emulator {
namespace {

class FakeSink final : public ResponseStream {
 public:
  std::string written;
  std::size_t pending = 0;
  std::function<void()> drained;

  void begin(std::string_view) override {}
  void write(std::string_view piece) override { written += piece; }
  [[nodiscard]] std::size_t pending_bytes() const override { return pending; }
  void on_drained(std::function<void()> callback) override { drained = std::move(callback); }
};

class StreamedResponseTest : public testing::Test, public StreamListener {
 protected:
  void start(const StreamLimits& limits) {
    streamed_ = std::make_unique<StreamedResponse>(*loop_, limits, exchange_, sink_, *this);
  }
  void come(std::string_view piece) { exchange_.reader->on_piece(piece); }
  void pass(Nanoseconds by) {
    clock_.advance(by);
    loop_->run_once(Milliseconds(0));
  }

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_ = EventLoop::create(clock_).value();
  FakeExchange exchange_{"POST", "/2018-06-01/runtime/invocation/id/response"};
  FakeSink sink_;
  std::vector<std::string> told_;
  std::unique_ptr<StreamedResponse> streamed_;

 private:
  void on_stream_started() override { told_.emplace_back("started"); }
  void on_stream_end(http::Exchange&) override { told_.emplace_back("end"); }
  void on_stream_too_large(http::Exchange&) override { told_.emplace_back("too large"); }
  void on_stream_broken() override { told_.emplace_back("broken"); }
};

using Told = std::vector<std::string>;

TEST_F(StreamedResponseTest, PassesPiecesOn) {
  start({.bytes = 100, .unhurried_bytes = 100});
  EXPECT_EQ(told_, Told());
  come("he");
  EXPECT_EQ(told_, Told{"started"});
  come("llo");
  exchange_.reader->on_end();
  EXPECT_EQ(told_, (Told{"started", "end"}));
  EXPECT_EQ(sink_.written, "hello");
  EXPECT_EQ(streamed_->bytes(), 5u);
}

TEST_F(StreamedResponseTest, HasStartedAlsoWhenThereIsNothing) {
  start({.bytes = 100, .unhurried_bytes = 100});
  exchange_.reader->on_end();
  EXPECT_EQ(told_, (Told{"started", "end"}));
}

TEST_F(StreamedResponseTest, PassesOnWhatIsAllowedAndTellsTheRest) {
  start({.bytes = 5, .unhurried_bytes = 100});
  come("hello");
  EXPECT_EQ(told_, Told{"started"});
  come("!");
  EXPECT_EQ(told_, (Told{"started", "too large"}));
  EXPECT_EQ(sink_.written, "hello");
}

TEST_F(StreamedResponseTest, HoldsTheRuntimeBackWhileTheCallerDoesNotRead) {
  start({.bytes = 100, .unhurried_bytes = 100});
  sink_.pending = 256 * 1024;
  come("a");
  EXPECT_FALSE(exchange_.is_paused);
  ++sink_.pending;
  come("b");
  EXPECT_TRUE(exchange_.is_paused);
  sink_.drained();
  EXPECT_FALSE(exchange_.is_paused);
}

TEST_F(StreamedResponseTest, KeepsToTheRateAfterTheFirstBytes) {
  start({.bytes = 1000, .bytes_per_second = 10, .unhurried_bytes = 100});
  come(std::string(100, 'x'));
  EXPECT_FALSE(exchange_.is_paused);
  pass(Seconds(60));  // the time before is not saved up
  come(std::string(20, 'x'));
  EXPECT_TRUE(exchange_.is_paused);
  pass(Milliseconds(1990));
  EXPECT_TRUE(exchange_.is_paused);
  pass(Milliseconds(20));
  EXPECT_FALSE(exchange_.is_paused);
  come("y");
  EXPECT_TRUE(exchange_.is_paused);
  sink_.drained();
  EXPECT_TRUE(exchange_.is_paused) << "the rate holds, however fast the caller reads";
}

TEST_F(StreamedResponseTest, IsAsFastAsItCanBeWithoutARate) {
  start({.bytes = 1000, .unhurried_bytes = 100});
  come(std::string(900, 'x'));
  EXPECT_FALSE(exchange_.is_paused);
}

TEST_F(StreamedResponseTest, LetsTheRestBeThrownAwayWhenDestroyed) {
  start({.bytes = 100, .unhurried_bytes = 100});
  come("he");
  streamed_.reset();
  EXPECT_EQ(exchange_.reader, nullptr);
  EXPECT_FALSE(sink_.drained);
}

TEST_F(StreamedResponseTest, ForgetsAnExchangeThatBroke) {
  start({.bytes = 100, .unhurried_bytes = 100});
  http::BodyReader* const reader = exchange_.reader;
  reader->on_broken();
  EXPECT_EQ(told_, Told{"broken"});
  sink_.drained();
  streamed_.reset();
  EXPECT_EQ(exchange_.reader, reader);
}

TEST(StreamError, IsInTheTrailers) {
  EXPECT_FALSE(stream_error({}));
  const std::vector<http::Header> other{{"Checksum", "1"}};
  EXPECT_FALSE(stream_error(other));

  const std::vector<http::Header> both{{"lambda-runtime-function-error-type", "My.Err"},
                                       {"Lambda-Runtime-Function-Error-Body", "eyJhIjoxfQ=="}};
  const auto error = stream_error(both);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->type, "My.Err");
  EXPECT_EQ(error->body, R"({"a":1})");

  const std::vector<http::Header> bad{{"Lambda-Runtime-Function-Error-Body", "{\"a\":1}"}};
  ASSERT_TRUE(stream_error(bad));
  EXPECT_EQ(stream_error(bad)->body, R"({"a":1})");
}

TEST(IsStreamed, AsTheRuntimeSays) {
  const auto with = [](std::vector<http::Header> headers) {
    http::Request request;
    request.headers = std::move(headers);
    return is_streamed(request);
  };
  EXPECT_FALSE(with({}));
  EXPECT_TRUE(with({{"lambda-runtime-function-response-mode", "streaming"}}));
  EXPECT_FALSE(with({{"Lambda-Runtime-Function-Response-Mode", "buffered"}}));
  EXPECT_TRUE(with({{"Trailer", "Other , Lambda-Runtime-Function-Error-Type,X"}}));
  EXPECT_TRUE(with({{"Trailer", "Other"}, {"Trailer", "lambda-runtime-function-error-type"}}));
  EXPECT_FALSE(with({{"Trailer", "Lambda-Runtime-Function-Error-Type-2,, "}}));
}

}  // namespace
}  // namespace thimble::emulator
