#include "batcher.h"

#include <string>
#include <vector>

#include "telemetry_fixture.h"

namespace thimble::emulator {
namespace {

// Keeps what it is to send until the test says what became of it.
class FakeSender final : public BatchSender {
 public:
  void send(std::string_view body) override {
    EXPECT_FALSE(is_busy);
    is_busy = true;
    sent.emplace_back(body);
  }
  void done(Batcher& batcher, bool is_delivered = true) {
    ASSERT_TRUE(is_busy);
    is_busy = false;
    batcher.on_sent(is_delivered);
  }
  bool is_busy = false;
  std::vector<std::string> sent;
};

class BatcherTest : public TelemetryTest {
 protected:
  void create(Buffering buffering, Batcher::Framing framing = Batcher::Framing::kArray) {
    batcher_ = std::make_unique<Batcher>(
        Batcher::Options{.loop = *loop_,
                         .buffering = buffering,
                         .framing = framing,
                         .describe =
                             [](const Dropped& dropped) {
                               return "dropped " + std::to_string(dropped.records) + "/" +
                                      std::to_string(dropped.bytes);
                             },
                         .on_idle = [this] { ++idle_; }},
        sender_);
  }

  FakeSender sender_;
  std::unique_ptr<Batcher> batcher_;
  int idle_ = 0;
};

using Sent = std::vector<std::string>;

constexpr Buffering kLarge{.max_items = 1000, .max_bytes = 1000000, .timeout = Milliseconds(100)};
constexpr Buffering kTwoItems{.max_items = 2, .max_bytes = 1000000, .timeout = Milliseconds(100)};

TEST_F(BatcherTest, SendsWhatIsOldEnough) {
  create(kLarge);
  batcher_->add("1");
  pass(Milliseconds(60));
  batcher_->add("2");
  pass(Milliseconds(39));
  EXPECT_EQ(sender_.sent, Sent{});
  pass(Milliseconds(1));
  EXPECT_EQ(sender_.sent, Sent{"[1,2]"});
}

TEST_F(BatcherTest, CountsTheTimeFromTheFirstRecordOfEachBatch) {
  create(kLarge);
  batcher_->add("1");
  pass(Milliseconds(100));
  sender_.done(*batcher_);
  pass(Milliseconds(1000));
  batcher_->add("2");
  pass(Milliseconds(99));
  EXPECT_EQ(sender_.sent.size(), 1u);
  pass(Milliseconds(1));
  EXPECT_EQ(sender_.sent, (Sent{"[1]", "[2]"}));
}

TEST_F(BatcherTest, SendsWhatIsMuchEnough) {
  create(kTwoItems);
  batcher_->add("1");
  EXPECT_EQ(sender_.sent, Sent{});
  batcher_->add("2");
  EXPECT_EQ(sender_.sent, Sent{"[1,2]"});
}

TEST_F(BatcherTest, SendsWhatIsLargeEnough) {
  create({.max_items = 1000, .max_bytes = 10, .timeout = Milliseconds(100)});
  batcher_->add("123");
  batcher_->add("456");
  EXPECT_EQ(sender_.sent, Sent{});
  batcher_->add("789");
  EXPECT_EQ(sender_.sent, Sent{"[123,456,789]"});
}

TEST_F(BatcherTest, WritesARecordALine) {
  create(kTwoItems, Batcher::Framing::kLines);
  batcher_->add("1");
  batcher_->add("2");
  EXPECT_EQ(sender_.sent, Sent{"1\n2\n"});
}

TEST_F(BatcherTest, SendsOneBatchAtATimeInTheirOrder) {
  create(kTwoItems);
  for (const char* record : {"1", "2", "3", "4", "5"}) batcher_->add(record);
  EXPECT_EQ(sender_.sent, Sent{"[1,2]"});
  sender_.done(*batcher_);
  EXPECT_EQ(sender_.sent, (Sent{"[1,2]", "[3,4]"}));
  sender_.done(*batcher_);
  EXPECT_EQ(sender_.sent.size(), 2u);
  pass(Milliseconds(100));
  EXPECT_EQ(sender_.sent.back(), "[5]");
}

TEST_F(BatcherTest, SendsAtOnceWhenFlushed) {
  create(kLarge);
  batcher_->flush();
  EXPECT_EQ(sender_.sent, Sent{});
  batcher_->add("1");
  batcher_->flush();
  EXPECT_EQ(sender_.sent, Sent{"[1]"});
}

TEST_F(BatcherTest, KnowsWhenNothingIsLeft) {
  create(kLarge);
  EXPECT_TRUE(batcher_->is_idle());
  batcher_->add("1");
  EXPECT_FALSE(batcher_->is_idle());
  batcher_->flush();
  EXPECT_FALSE(batcher_->is_idle());
  EXPECT_EQ(idle_, 0);
  sender_.done(*batcher_);
  EXPECT_TRUE(batcher_->is_idle());
  EXPECT_EQ(idle_, 1);
}

TEST_F(BatcherTest, CountsWhatASlowSubscriberLosesAndTellsItInTheRightPlace) {
  create(kTwoItems);
  // One batch on its way, two waiting, one that cannot be closed.
  for (int i = 1; i <= 8; ++i) batcher_->add(std::to_string(i));
  batcher_->add("lost");
  batcher_->add("lost too");
  EXPECT_EQ(sender_.sent, Sent{"[1,2]"});
  sender_.done(*batcher_);
  sender_.done(*batcher_);
  batcher_->add("9");
  sender_.done(*batcher_);
  sender_.done(*batcher_);
  EXPECT_EQ(sender_.sent, (Sent{"[1,2]", "[3,4]", "[5,6]", "[7,8]", "[dropped 2/12,9]"}));
}

TEST_F(BatcherTest, TellsOfLossesEvenIfNothingElseHappens) {
  create(kTwoItems);
  for (int i = 1; i <= 8; ++i) batcher_->add(std::to_string(i));
  batcher_->add("lost");
  for (int i = 0; i < 4; ++i) sender_.done(*batcher_);
  pass(Milliseconds(100));
  EXPECT_EQ(sender_.sent.back(), "[dropped 1/4]");
}

TEST_F(BatcherTest, CountsABatchThatDidNotArrive) {
  create(kTwoItems);
  batcher_->add("1");
  batcher_->add("23");
  sender_.done(*batcher_, false);
  EXPECT_TRUE(batcher_->is_idle());
  pass(Seconds(10));
  EXPECT_EQ(sender_.sent.size(), 1u) << "nobody is there: no news, no batch";
  batcher_->add("4");
  EXPECT_EQ(sender_.sent.back(), "[dropped 2/3,4]");
}

TEST_F(BatcherTest, DoesNotForgetALossWhoseNewsIsLostToo) {
  create(kTwoItems);
  batcher_->add("1");
  batcher_->add("23");
  sender_.done(*batcher_, false);
  batcher_->add("4");
  sender_.done(*batcher_, false);
  batcher_->add("5");
  EXPECT_EQ(sender_.sent.back(), "[dropped 3/4,5]");
}

TEST_F(BatcherTest, HoldsNoMoreThanItsFewBatches) {
  create(kTwoItems);
  for (int i = 0; i < 100000; ++i) batcher_->add("x");
  for (int i = 0; i < 4; ++i) sender_.done(*batcher_);
  pass(Milliseconds(100));
  EXPECT_EQ(sender_.sent.size(), 5u);
  EXPECT_EQ(sender_.sent.back(), "[dropped 99992/99992]");
}

}  // namespace
}  // namespace thimble::emulator
