#include "telemetry/xray_segments.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/base/manual_clock.h"
#include "thimble/json/query.h"

namespace thimble::emulator {
namespace {

constexpr std::string_view kTrace =
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
// 2022-10-12T00:00:15.064Z
constexpr WallTime kNow{Milliseconds(1665532815064)};

class AllDocuments final : public SegmentSink {
 public:
  void send(std::string_view document) override { documents.emplace_back(document); }
  std::vector<std::string> documents;
};

class XraySegmentsTest : public testing::Test {
 protected:
  XraySegmentsTest() { clock_.set_wall(kNow); }

  void start(std::string_view request_id = "id", std::string_view trace = kTrace) {
    segments_.on_event(InvokeStarted{.request_id = request_id,
                                     .version = "$LATEST",
                                     .trace_id = trace,
                                     .qualifier = "7",
                                     .caller_span = "00000000000000ca",
                                     .received = kNow - Milliseconds(64)});
  }
  void pass(Milliseconds time) { clock_.advance(time); }
  void respond(bool is_error = false) {
    segments_.on_event(
        InvokeResponded{.request_id = "id", .produced_bytes = 1, .is_error = is_error});
  }
  void be_done() {
    segments_.on_event(InvokeRuntimeDone{.request_id = "id", .produced_bytes = 1, .duration = {}});
  }
  void fail(Nanoseconds duration, bool was_delivered = true) {
    segments_.on_event(InvokeFailed{.request_id = "id",
                                    .error_type = "Runtime.ExitError",
                                    .reason = "exit status 1",
                                    .is_timeout = false,
                                    .duration = duration,
                                    .was_delivered = was_delivered});
  }
  void report(std::optional<Nanoseconds> init_duration = {}, std::string_view request_id = "id") {
    segments_.on_event(InvokeReported{.request_id = request_id,
                                      .init_duration = init_duration,
                                      .duration = {},
                                      .memory_size_mb = "128",
                                      .max_memory_used_bytes = 0});
  }

  // A member of a document, as it is written.
  static std::string member(const std::string& document, std::string_view key) {
    const auto found = json::find_member(document, key);
    EXPECT_TRUE(found) << document;
    return found && *found ? std::string(**found) : std::string();
  }
  [[nodiscard]] std::string service(std::string_view key) const {
    return member(sink_.documents.at(0), key);
  }
  [[nodiscard]] std::string function(std::string_view key) const {
    return member(sink_.documents.at(1), key);
  }
  // Name, start and end of each subsegment, and whether it is the one at fault.
  [[nodiscard]] std::string subsegments() const {
    const std::string text = function("subsegments");
    std::string scratch;
    json::Reader reader(text, scratch);
    std::string all;
    reader.enter_array();
    while (reader.next_element()) {
      const std::string one(reader.skip_value());
      all.append(member(one, "name")).append(" ").append(member(one, "start_time").substr(7));
      all.append(" ").append(member(one, "end_time").substr(7));
      all.append(member(one, "fault").empty() ? "; " : " fault; ");
    }
    return all;
  }

  ManualClock clock_;
  RandomIds ids_;
  AllDocuments sink_;
  XraySegments segments_{{.ids = ids_,
                          .clock = clock_,
                          .function_name = "f",
                          .function_arn = "arn:f",
                          .account_id = "012345678912"},
                         sink_};
};

TEST_F(XraySegmentsTest, AreTwoForAnInvocation) {
  start();
  pass(Milliseconds(10));
  respond();
  pass(Milliseconds(5));
  be_done();
  pass(Milliseconds(100));
  report();
  ASSERT_EQ(sink_.documents.size(), 2U);
  for (const std::string_view key : {"trace_id", "name", "resource_arn"}) {
    EXPECT_EQ(service(key), function(key));
  }
  EXPECT_EQ(service("trace_id"), R"("1-5759e988-bd862e3fe1be46a994272793")");
  EXPECT_EQ(service("name"), R"("f")");
  EXPECT_EQ(service("origin"), R"("AWS::Lambda")");
  EXPECT_EQ(service("resource_arn"), R"("arn:f:7")");
  EXPECT_EQ(service("parent_id"), R"("00000000000000ca")");
  EXPECT_EQ(service("start_time"), "1665532815.000000");
  EXPECT_EQ(service("end_time"), "1665532815.074000");
  EXPECT_EQ(service("aws"), R"({"request_id":"id"})");
  EXPECT_EQ(service("fault"), "");
  EXPECT_EQ(function("origin"), R"("AWS::Lambda::Function")");
  EXPECT_EQ(function("id"), R"("53995c3f42cd8ad8")");
  EXPECT_EQ(function("parent_id"), service("id"));
  EXPECT_EQ(function("start_time"), "1665532815.064000");
  EXPECT_EQ(function("end_time"), "1665532815.079000");
  EXPECT_EQ(function("aws"), R"({"account_id":"012345678912","function_arn":"arn:f:7",)"
                             R"("request_id":"id","resource_names":["f"]})");
  EXPECT_EQ(function("annotations"), R"({"ColdStart":false})");
  EXPECT_EQ(function("cause"), "");
  EXPECT_EQ(subsegments(),
            R"("Invocation" 815.064000 815.074000; "Overhead" 815.074000 815.079000; )");
}

TEST_F(XraySegmentsTest, BeginWithTheInitThatTheInvocationWaitedFor) {
  start();
  respond();
  be_done();
  report(Milliseconds(50));
  EXPECT_EQ(function("start_time"), "1665532815.014000");
  EXPECT_EQ(function("annotations"), R"({"ColdStart":true})");
  EXPECT_EQ(subsegments(), R"("Initialization" 815.014000 815.064000; )"
                           R"("Invocation" 815.064000 815.064000; )"
                           R"("Overhead" 815.064000 815.064000; )");
}

TEST_F(XraySegmentsTest, BeginWithTheRestoreWhereThereIsOne) {
  start();
  respond();
  be_done();
  segments_.on_event(InvokeReported{.request_id = "id",
                                    .init_duration = std::nullopt,
                                    .duration = {},
                                    .memory_size_mb = "128",
                                    .max_memory_used_bytes = 0,
                                    .restore_duration = Milliseconds(50)});
  EXPECT_EQ(function("start_time"), "1665532815.014000");
  EXPECT_EQ(function("annotations"), R"({"ColdStart":true})");
  EXPECT_EQ(subsegments(), R"("Restore" 815.014000 815.064000; )"
                           R"("Invocation" 815.064000 815.064000; )"
                           R"("Overhead" 815.064000 815.064000; )");
}

TEST_F(XraySegmentsTest, TellOfAnErrorOfTheHandler) {
  start();
  respond(true);
  pass(Milliseconds(1));
  be_done();
  report();
  EXPECT_EQ(service("fault"), "true");
  EXPECT_EQ(function("fault"), "true");
  EXPECT_EQ(subsegments(),
            R"("Invocation" 815.064000 815.064000 fault; "Overhead" 815.064000 815.065000; )");
}

TEST_F(XraySegmentsTest, TellWhyThePlatformEndedIt) {
  start();
  pass(Milliseconds(3));
  fail(Milliseconds(3));
  report();
  EXPECT_EQ(service("fault"), "true");
  EXPECT_EQ(service("end_time"), "1665532815.067000");
  EXPECT_EQ(function("fault"), "true");
  EXPECT_NE(function("cause").find(R"("type":"Runtime.ExitError",)"
                                   R"("message":"RequestId: id Error: exit status 1")"),
            std::string::npos);
  EXPECT_EQ(subsegments(), R"("Invocation" 815.064000 815.067000 fault; )");
}

TEST_F(XraySegmentsTest, KeepAFailureAfterTheResponseApart) {
  start();
  respond();
  pass(Milliseconds(3));
  fail(Milliseconds(3));
  report();
  EXPECT_EQ(service("end_time"), "1665532815.064000");
  EXPECT_EQ(subsegments(),
            R"("Invocation" 815.064000 815.064000; "Overhead" 815.064000 815.067000 fault; )");
}

TEST_F(XraySegmentsTest, TellOfAnInitThatFailed) {
  start();
  fail(Milliseconds(30), false);
  report();
  EXPECT_EQ(function("annotations"), R"({"ColdStart":true})");
  EXPECT_EQ(subsegments(), R"("Initialization" 815.034000 815.064000 fault; )");
}

TEST_F(XraySegmentsTest, EndAStreamAtItsEnd) {
  start();
  respond();
  pass(Milliseconds(20));
  segments_.on_event(InvokeStreamEnded{.request_id = "id", .produced_bytes = 9, .is_error = true});
  be_done();
  report();
  EXPECT_EQ(service("end_time"), "1665532815.084000");
  EXPECT_EQ(function("fault"), "true");
}

TEST_F(XraySegmentsTest, AreNotMadeOfWhatIsNotSampledOrNoTrace) {
  for (const std::string_view trace :
       {"", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
        "Root=1-x;Parent=53995c3f42cd8ad8;Sampled=1",
        "Root=1-5759e988-bd862e3fe1be46a99427279\";Parent=53995c3f42cd8ad8;Sampled=1"}) {
    start("id", trace);
    respond();
    be_done();
    report();
    EXPECT_TRUE(sink_.documents.empty()) << trace;
  }
}

TEST_F(XraySegmentsTest, KeepInvocationsApart) {
  start("id");
  start("other", "Root=1-5759e988-000000000000000000000000;Parent=1111111111111111;Sampled=1");
  pass(Milliseconds(1));
  respond(true);
  report({}, "other");
  EXPECT_EQ(function("id"), R"("1111111111111111")");
  EXPECT_EQ(function("fault"), "");
  report();
  report();
  EXPECT_EQ(sink_.documents.size(), 4U);
}

}  // namespace
}  // namespace thimble::emulator
