#include "telemetry_service.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry_fixture.h"

namespace thimble::emulator {
namespace {

constexpr TelemetryService::Extension kExtension{.identifier = "id-1", .name = "ext"};
constexpr TelemetryService::Extension kOther{.identifier = "id-2", .name = "other"};

class TelemetryServiceTest : public TelemetryTest {
 protected:
  TelemetryServiceTest() {
    service_ =
        std::make_unique<TelemetryService>(TelemetryService::Options{.loop = *loop_,
                                                                     .function_name = "f",
                                                                     .function_version = "$LATEST",
                                                                     .memory_size_mb = "128"});
  }

  Subscription subscription(std::vector<RecordType> types,
                            SchemaVersion schema = SchemaVersion::kTelemetry20220701) const {
    Subscription one;
    one.schema = schema;
    one.types = std::move(types);
    one.destination.port = receiver_.port();
    one.destination.host = "sandbox";
    one.buffering = {.max_items = 1000, .max_bytes = 262144, .timeout = Milliseconds(100)};
    return one;
  }
  void subscribe(std::vector<RecordType> types) {
    ASSERT_EQ(service_->subscribe(kExtension, subscription(std::move(types))),
              TelemetryService::Answer::kSubscribed);
  }
  void publish(const PlatformEvent& event) { service_->on_event(event); }
  void begin_init() { publish(InitStarted{.is_during_invoke = false}); }
  void end_init() {
    publish(InitEnded{.is_success = true, .error_type = {}, .duration = Milliseconds(1)});
  }
  void function_writes(std::string_view bytes) { publish(FunctionOutput{.bytes = bytes}); }

  // Everything delivered so far, after flushing what is not.
  std::string delivered() {
    service_->flush();
    EXPECT_TRUE(eventually([&] { return service_->is_idle(); }));
    std::string all;
    for (const std::string& body : receiver_.bodies) all += body;
    receiver_.bodies.clear();
    return all;
  }

  Receiver receiver_{*loop_};
  std::unique_ptr<TelemetryService> service_;
};

constexpr auto kPlatform = RecordType::kPlatform;
constexpr auto kFunction = RecordType::kFunction;
constexpr auto kExtensionLogs = RecordType::kExtension;

// A record at the fixture's time.
std::string record(std::string_view type, std::string_view value) {
  return R"({"time":"2022-10-12T00:00:15.064Z","type":")" + std::string(type) + R"(","record":)" +
         std::string(value) + "}";
}

TEST_F(TelemetryServiceTest, DeliversWhatIsWanted) {
  begin_init();
  subscribe({kFunction});
  end_init();
  function_writes("one\ntw");
  function_writes("o\n");
  publish(ExtensionOutput{.name = "ext", .bytes = "not wanted\n"});
  publish(InvokeStarted{.request_id = "id", .version = "1", .trace_id = {}});
  EXPECT_EQ(delivered(),
            "[" + record("function", "\"one\"") + "," + record("function", "\"two\"") + "]");
}

TEST_F(TelemetryServiceTest, DeliversAfterTheSubscribersTimeout) {
  begin_init();
  subscribe({kFunction});
  function_writes("one\n");
  pass(Milliseconds(99));
  EXPECT_TRUE(receiver_.bodies.empty());
  clock_.advance(Milliseconds(1));
  EXPECT_TRUE(eventually([&] { return receiver_.bodies.size() == 1; }));
}

TEST_F(TelemetryServiceTest, DeliversWhatHappenedSinceTheInitBeganInItsOrder) {
  const std::array<std::string_view, 1> events{"INVOKE"};
  begin_init();
  {
    // What events point to need not live longer than they do.
    std::string early("early\n");
    function_writes(early);
    early.assign("xxxxxx");
    std::string name("internal");
    publish(ExtensionStateChanged{.name = name, .state = "Ready", .events = events});
    name.assign("xxxxxxxx");
  }
  subscribe({kPlatform, kFunction});
  function_writes("late\n");
  end_init();
  EXPECT_EQ(
      delivered(),
      "[" + record("platform.initStart", R"({"initializationType":"on-demand","phase":"init"})") +
          "," + record("function", "\"early\"") + "," +
          record("platform.extension",
                 R"({"name":"internal","state":"Ready","events":["INVOKE"]})") +
          "," +
          record("platform.telemetrySubscription",
                 R"({"name":"ext","state":"Subscribed","types":["platform","function"]})") +
          "," + record("function", "\"late\"") + "," +
          record("platform.initReport",
                 R"({"initializationType":"on-demand","phase":"init","status":"success",)"
                 R"("metrics":{"durationMs":1}})") +
          "]");
}

TEST_F(TelemetryServiceTest, DeliversARestoreThatWasBeforeTheSubscription) {
  begin_init();
  publish(RestoreStarted{});
  {
    std::string type("Runtime.AfterRestoreError");
    publish(RestoreEnded{.is_success = false, .error_type = type, .duration = Milliseconds(3)});
    type.assign(type.size(), 'x');
  }
  subscribe({kPlatform});
  const std::string status = R"({"status":"failure","errorType":"Runtime.AfterRestoreError")";
  EXPECT_EQ(
      delivered(),
      "[" + record("platform.initStart", R"({"initializationType":"on-demand","phase":"init"})") +
          "," + record("platform.restoreStart", "{}") + "," +
          record("platform.restoreRuntimeDone", status + "}") + "," +
          record("platform.restoreReport", status + R"(,"metrics":{"durationMs":3}})") + "," +
          record("platform.telemetrySubscription",
                 R"({"name":"ext","state":"Subscribed","types":["platform"]})") +
          "]");
}

TEST_F(TelemetryServiceTest, StampsWhatItKeepsWithTheTimeItHappened) {
  begin_init();
  function_writes("early\n");
  clock_.advance(Seconds(5));
  subscribe({kFunction});
  EXPECT_EQ(delivered(), "[" + record("function", "\"early\"") + "]");
}

TEST_F(TelemetryServiceTest, KeepsABoundedAmountOfOutputAndSaysSo) {
  begin_init();
  const std::string line = std::string(200 * 1024, 'x') + "\n";
  for (int i = 0; i < 8; ++i) function_writes(line);
  subscribe({kFunction});
  const std::string all = delivered();
  EXPECT_LT(all.size(), 6 * line.size());
  EXPECT_NE(all.find(R"("droppedRecords":3)"), std::string::npos);
}

TEST_F(TelemetryServiceTest, KeepsNothingAfterTheInit) {
  begin_init();
  end_init();
  function_writes("nobody is there\n");
  begin_init();
  subscribe({kFunction});
  EXPECT_EQ(delivered(), "");
}

TEST_F(TelemetryServiceTest, ForgetsTheSubscriptionsOfAnEarlierEnvironment) {
  begin_init();
  subscribe({kFunction});
  end_init();
  EXPECT_TRUE(service_->has_subscriptions());
  publish(InitStarted{.is_during_invoke = true});
  EXPECT_FALSE(service_->has_subscriptions());
  end_init();
  function_writes("nobody is there\n");
  settle();
  EXPECT_EQ(delivered(), "");
}

TEST_F(TelemetryServiceTest, IsIdempotent) {
  begin_init();
  subscribe({kFunction});
  subscribe({kFunction});
  function_writes("once\n");
  EXPECT_EQ(delivered(), "[" + record("function", "\"once\"") + "]");
}

TEST_F(TelemetryServiceTest, ReplacesASubscriptionByAnother) {
  begin_init();
  function_writes("function\n");
  publish(ExtensionOutput{.name = "ext", .bytes = "extension\n"});
  subscribe({kFunction});
  subscribe({kExtensionLogs});
  EXPECT_EQ(delivered(), "[" + record("extension", "\"extension\"") + "]");
}

TEST_F(TelemetryServiceTest, LetsAnExtensionUseOneApiOnly) {
  begin_init();
  subscribe({kFunction});
  EXPECT_EQ(
      service_->subscribe(kExtension, subscription({kFunction}, SchemaVersion::kLogs20200815)),
      TelemetryService::Answer::kUsesOtherApi);
  EXPECT_EQ(service_->subscribe(kOther, subscription({kFunction}, SchemaVersion::kLogs20200815)),
            TelemetryService::Answer::kSubscribed);
  function_writes("x\n");
  const std::string all = delivered();
  EXPECT_NE(all.find("[" + record("function", R"("x\n")") + "]"), std::string::npos) << all;
  EXPECT_NE(all.find("[" + record("function", R"("x")") + "]"), std::string::npos) << all;
}

TEST_F(TelemetryServiceTest, KeepsTheLinesOfProcessesApart) {
  begin_init();
  subscribe({kFunction, kExtensionLogs});
  function_writes("fun");
  publish(ExtensionOutput{.name = "a", .bytes = "from a"});
  publish(ExtensionOutput{.name = "b", .bytes = "from b\n"});
  function_writes("ction\n");
  publish(ExtensionOutput{.name = "a", .bytes = " too\n"});
  EXPECT_EQ(delivered(), "[" + record("extension", "\"from b\"") + "," +
                             record("function", "\"function\"") + "," +
                             record("extension", "\"from a too\"") + "]");
}

TEST_F(TelemetryServiceTest, EndsALineWithItsInvocation) {
  begin_init();
  subscribe({kFunction});
  function_writes("no line feed");
  publish(InvokeRuntimeDone{.request_id = "id", .produced_bytes = 0, .duration = Milliseconds(1)});
  function_writes("next\n");
  EXPECT_EQ(delivered(), "[" + record("function", "\"no line feed\"") + "," +
                             record("function", "\"next\"") + "]");
}

TEST_F(TelemetryServiceTest, DeliversACrashAtOnce) {
  begin_init();
  subscribe({kPlatform});
  (void)delivered();
  publish(InvokeFailed{.request_id = "id",
                       .error_type = "Runtime.ExitError",
                       .reason = "exit status 1",
                       .is_timeout = false});
  ASSERT_TRUE(eventually([&] { return !receiver_.bodies.empty(); })) << "no time has passed";
  EXPECT_NE(receiver_.bodies.front().find("Runtime.ExitError"), std::string::npos);
}

TEST_F(TelemetryServiceTest, TellsWhenEverythingIsDelivered) {
  int idle = 0;
  service_->on_idle([&] { ++idle; });
  EXPECT_TRUE(service_->is_idle());
  begin_init();
  subscribe({kFunction});
  function_writes("x\n");
  EXPECT_FALSE(service_->is_idle());
  service_->flush();
  EXPECT_EQ(idle, 0);
  ASSERT_TRUE(eventually([&] { return idle == 1; }));
  EXPECT_TRUE(service_->is_idle());
}

TEST_F(TelemetryServiceTest, DeliversLinesOverTcp) {
  receiver_.is_http = false;
  begin_init();
  Subscription lines = subscription({kFunction});
  lines.destination.protocol = Destination::Protocol::kTcp;
  ASSERT_EQ(service_->subscribe(kExtension, lines), TelemetryService::Answer::kSubscribed);
  function_writes("1\n2\n");
  service_->flush();
  const std::string expected =
      record("function", "\"1\"") + "\n" + record("function", "\"2\"") + "\n";
  EXPECT_TRUE(eventually([&] { return receiver_.received == expected; })) << receiver_.received;
}

TEST_F(TelemetryServiceTest, LosesNothingSilentlyWhenASubscriberDoesNotAnswer) {
  receiver_.answer = "";
  begin_init();
  subscribe({kFunction});
  end_init();
  constexpr std::size_t kLines = 10000;
  for (std::size_t i = 0; i < kLines; ++i) function_writes("line\n");
  ASSERT_TRUE(eventually([&] { return !receiver_.bodies.empty(); }));
  receiver_.bodies.clear();  // given up: lost
  receiver_.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  pass(Delivery::kLongest);
  std::string all = delivered();
  function_writes("line\n");
  all += delivered();
  std::size_t seen = 0;
  for (std::size_t at = all.find("\"line\""); at != std::string::npos;
       at = all.find("\"line\"", at + 1)) {
    ++seen;
  }
  constexpr std::string_view kKey = "\"droppedRecords\":";
  std::size_t dropped = 0;
  for (std::size_t at = all.find(kKey); at != std::string::npos; at = all.find(kKey, at + 1)) {
    dropped += std::stoul(all.substr(at + kKey.size(), 10));
  }
  EXPECT_GT(dropped, 0u);
  EXPECT_EQ(seen + dropped, kLines + 1);
}

}  // namespace
}  // namespace thimble::emulator
