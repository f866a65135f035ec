#include "record_schema.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

using Records = std::vector<std::string>;

// 2022-10-12T00:00:15.064Z
constexpr WallTime kNow{Milliseconds(1665532815064)};
constexpr std::string_view kId = "6d68ca91-49c9-448d-89b8-7ca3e6dc66aa";
constexpr std::string_view kTrace =
    "Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1";
constexpr std::string_view kUnsampled = "Root=1-62e900b2-710d76f009d6e7785905449a;Sampled=0";

class AllRecords final : public RecordSink {
 public:
  void on_record(std::string_view record) override { records.emplace_back(record); }
  Records records;
};

// What `what` is in the schema of `version`.
template <class What>
Records records_of(SchemaVersion version, const What& what, bool json_logs = false) {
  const auto schema = RecordSchema::create({.version = version,
                                            .function_name = "my-function",
                                            .function_version = "$LATEST",
                                            .memory_size_mb = "128",
                                            .json_logs = json_logs});
  AllRecords sink;
  schema->write(what, kNow, sink);
  return std::move(sink.records);
}

Records telemetry(const PlatformEvent& event,
                  SchemaVersion version = SchemaVersion::kTelemetry20250129) {
  return records_of(version, event);
}

Records logs(const PlatformEvent& event, SchemaVersion version = SchemaVersion::kLogs20210318) {
  return records_of(version, event);
}

Records one(std::string_view type, std::string_view record) {
  std::string text(R"({"time":"2022-10-12T00:00:15.064Z","type":")");
  text.append(type).append(R"(","record":)").append(record).append("}");
  return {text};
}

constexpr InvokeReported kReport{.request_id = kId,
                                 .init_duration = std::chrono::microseconds(397680),
                                 .duration = std::chrono::microseconds(693920),
                                 .memory_size_mb = "128",
                                 .max_memory_used_bytes = 84 * 1024 * 1024 - 5};

TEST(TelemetrySchema, TellsOfAnInitsStart) {
  const PlatformEvent event = InitStarted{.is_during_invoke = false};
  EXPECT_EQ(telemetry(event, SchemaVersion::kTelemetry20220701),
            one("platform.initStart", R"({"initializationType":"on-demand","phase":"init"})"));
  EXPECT_EQ(
      telemetry(event, SchemaVersion::kTelemetry20221213),
      one("platform.initStart", R"({"initializationType":"on-demand","phase":"init",)"
                                R"("functionName":"my-function","functionVersion":"$LATEST"})"));
  EXPECT_EQ(
      telemetry(InitStarted{.is_during_invoke = true}),
      one("platform.initStart",
          R"({"initializationType":"on-demand","phase":"invoke","functionName":"my-function",)"
          R"("functionVersion":"$LATEST","instanceMaxMemory":128})"));
}

TEST(TelemetrySchema, NamesTheKindOfInit) {
  const auto schema = RecordSchema::create({.version = SchemaVersion::kTelemetry20220701,
                                            .initialization_type = "snap-start",
                                            .function_name = {},
                                            .function_version = {},
                                            .memory_size_mb = {}});
  AllRecords sink;
  schema->write(InitStarted{}, kNow, sink);
  schema->write(InitRuntimeDone{.is_during_invoke = false, .error_type = {}}, kNow, sink);
  schema->write(InitEnded{.is_success = true, .error_type = {}, .duration = {}}, kNow, sink);
  ASSERT_EQ(sink.records.size(), 3U);
  for (const std::string& record : sink.records) {
    EXPECT_NE(record.find(R"("initializationType":"snap-start","phase":"init")"), std::string::npos)
        << record;
  }
}

TEST(TelemetrySchema, TellsOfARuntimeThatIsReady) {
  EXPECT_EQ(telemetry(InitRuntimeDone{.is_during_invoke = false, .error_type = {}}),
            one("platform.initRuntimeDone",
                R"({"initializationType":"on-demand","phase":"init","status":"success"})"));
  EXPECT_EQ(telemetry(InitRuntimeDone{.is_during_invoke = true, .error_type = "Runtime.ExitError"}),
            one("platform.initRuntimeDone",
                R"({"initializationType":"on-demand","phase":"invoke","status":"error",)"
                R"("errorType":"Runtime.ExitError"})"));
}

TEST(TelemetrySchema, ReportsAnInit) {
  EXPECT_EQ(
      telemetry(InitEnded{
          .is_success = true, .error_type = {}, .duration = std::chrono::nanoseconds(125330499)}),
      one("platform.initReport",
          R"({"initializationType":"on-demand","phase":"init","status":"success",)"
          R"("metrics":{"durationMs":125.33}})"));
  EXPECT_EQ(telemetry(InitEnded{
                .is_success = false, .error_type = "Sandbox.Timedout", .duration = Seconds(1)}),
            one("platform.initReport",
                R"({"initializationType":"on-demand","phase":"init","status":"timeout",)"
                R"("metrics":{"durationMs":1000}})"));
}

TEST(TelemetrySchema, TellsOfARestoresStart) {
  EXPECT_EQ(telemetry(RestoreStarted{}, SchemaVersion::kTelemetry20220701),
            one("platform.restoreStart", "{}"));
  EXPECT_EQ(telemetry(RestoreStarted{}, SchemaVersion::kTelemetry20221213),
            one("platform.restoreStart",
                R"({"functionName":"my-function","functionVersion":"$LATEST"})"));
  EXPECT_EQ(
      telemetry(RestoreStarted{}),
      one("platform.restoreStart", R"({"functionName":"my-function",)"
                                   R"("functionVersion":"$LATEST","instanceMaxMemory":128})"));
}

TEST(TelemetrySchema, ReportsARestore) {
  const auto both = [](std::string_view status) {
    const std::string done(status);
    return Records{
        one("platform.restoreRuntimeDone", '{' + done + '}')[0],
        one("platform.restoreReport", '{' + done + R"(,"metrics":{"durationMs":15.19}})")[0]};
  };
  RestoreEnded event{
      .is_success = true, .error_type = {}, .duration = std::chrono::microseconds(15190)};
  for (const auto version : {SchemaVersion::kTelemetry20220701, SchemaVersion::kTelemetry20221213,
                             SchemaVersion::kTelemetry20250129}) {
    EXPECT_EQ(telemetry(event, version), both(R"("status":"success")"));
  }
  event.is_success = false;
  event.error_type = "Runtime.AfterRestoreError";
  EXPECT_EQ(telemetry(event),
            both(R"("status":"failure","errorType":"Runtime.AfterRestoreError")"));
  event.error_type = "Sandbox.Timedout";
  EXPECT_EQ(telemetry(event), both(R"("status":"timeout")"));
}

TEST(TelemetrySchema, NamesTheTypeOfTheInitInAllThatItSaysOfIt) {
  const auto schema = RecordSchema::create({.version = SchemaVersion::kTelemetry20220701,
                                            .initialization_type = "snap-start",
                                            .function_name = {},
                                            .function_version = {},
                                            .memory_size_mb = {}});
  AllRecords sink;
  schema->write(InitStarted{}, kNow, sink);
  schema->write(InitRuntimeDone{.is_during_invoke = false, .error_type = {}}, kNow, sink);
  schema->write(InitEnded{.is_success = true, .error_type = {}, .duration = {}}, kNow, sink);
  ASSERT_EQ(sink.records.size(), 3U);
  for (const std::string& record : sink.records) {
    EXPECT_NE(record.find(R"({"initializationType":"snap-start")"), std::string::npos) << record;
  }
}

TEST(TelemetrySchema, TellsOfAnInvocationsStart) {
  EXPECT_EQ(
      telemetry(InvokeStarted{.request_id = kId, .version = "$LATEST", .trace_id = kTrace}),
      one("platform.start",
          R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","version":"$LATEST",)"
          R"("tracing":{"spanId":"0efbd19962d95b05","type":"X-Amzn-Trace-Id","value":)"
          R"("Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1"}})"));
}

TEST(TelemetrySchema, SaysNothingOfATraceThatIsNotSampled) {
  for (const std::string_view trace : {kUnsampled, std::string_view(), std::string_view("x")}) {
    EXPECT_EQ(telemetry(InvokeStarted{.request_id = kId, .version = "$LATEST", .trace_id = trace}),
              one("platform.start",
                  R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","version":"$LATEST"})"));
  }
}

TEST(TelemetrySchema, TellsOfARuntimeThatIsDoneWithItsSpans) {
  EXPECT_EQ(
      telemetry(InvokeRuntimeDone{.request_id = kId,
                                  .produced_bytes = 16,
                                  .duration = Milliseconds(140),
                                  .trace_id = kTrace,
                                  .started = kNow - Milliseconds(140),
                                  .response_latency = std::chrono::microseconds(23020),
                                  .response_duration = std::chrono::microseconds(100)}),
      one("platform.runtimeDone",
          R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","status":"success",)"
          R"("tracing":{"spanId":"0efbd19962d95b05","type":"X-Amzn-Trace-Id","value":)"
          R"("Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1"},)"
          R"("spans":[{"name":"responseLatency","start":"2022-10-12T00:00:14.924Z","durationMs":23.02},)"
          R"({"name":"responseDuration","start":"2022-10-12T00:00:14.947Z","durationMs":0.1},)"
          R"({"name":"runtimeOverhead","start":"2022-10-12T00:00:14.947Z","durationMs":116.88}],)"
          R"("metrics":{"durationMs":140,"producedBytes":16}})"));
}

TEST(TelemetrySchema, TellsOfARuntimeThatBrokeOffItsResponse) {
  const auto done = telemetry(InvokeRuntimeDone{.request_id = kId,
                                                .produced_bytes = 16,
                                                .duration = Milliseconds(140),
                                                .error_type = "Runtime.TruncatedResponse"});
  ASSERT_EQ(done.size(), 1U);
  EXPECT_NE(done[0].find(R"("status":"error","errorType":"Runtime.TruncatedResponse","spans":)"),
            std::string::npos)
      << done[0];
}

TEST(TelemetrySchema, TellsOfARuntimeThatWillNotBeDone) {
  InvokeFailed event{.request_id = kId,
                     .error_type = "Runtime.ExitError",
                     .reason = "Runtime exited with error: exit status 1",
                     .is_timeout = false,
                     .trace_id = kUnsampled,
                     .duration = Milliseconds(52)};
  EXPECT_EQ(telemetry(event),
            one("platform.runtimeDone",
                R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","status":"error",)"
                R"("errorType":"Runtime.ExitError","metrics":{"durationMs":52}})"));
  event.error_type = "Sandbox.Timedout";
  event.is_timeout = true;
  EXPECT_EQ(telemetry(event),
            one("platform.runtimeDone",
                R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","status":"timeout",)"
                R"("metrics":{"durationMs":52}})"));
}

TEST(TelemetrySchema, ReportsAnInvocation) {
  EXPECT_EQ(telemetry(kReport),
            one("platform.report",
                R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","metrics":)"
                R"({"durationMs":693.92,"billedDurationMs":694,"memorySizeMB":128,)"
                R"("maxMemoryUsedMB":84,"initDurationMs":397.68},"status":"success"})"));
  InvokeReported restored = kReport;
  restored.init_duration.reset();
  restored.restore_duration = std::chrono::microseconds(52'100);
  EXPECT_EQ(telemetry(restored),
            one("platform.report",
                R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","metrics":)"
                R"({"durationMs":693.92,"billedDurationMs":747,"memorySizeMB":128,)"
                R"("maxMemoryUsedMB":84,"restoreDurationMs":52.1,"billedRestoreDurationMs":53},)"
                R"("status":"success"})"));
  InvokeReported failed = kReport;
  failed.init_duration.reset();
  failed.error_type = "Runtime.ExitError";
  failed.trace_id = kTrace;
  EXPECT_EQ(
      telemetry(failed),
      one("platform.report",
          R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","metrics":)"
          R"({"durationMs":693.92,"billedDurationMs":694,"memorySizeMB":128,)"
          R"("maxMemoryUsedMB":84},"status":"error","errorType":"Runtime.ExitError",)"
          R"("tracing":{"spanId":"0efbd19962d95b05","type":"X-Amzn-Trace-Id","value":)"
          R"("Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1"}})"));
}

TEST(TelemetrySchema, TellsOfExtensions) {
  constexpr std::array<std::string_view, 2> kEvents{"INVOKE", "SHUTDOWN"};
  const PlatformEvent ready =
      ExtensionStateChanged{.name = "my-extension", .state = "Ready", .events = kEvents};
  const Records expected = one("platform.extension", R"({"name":"my-extension","state":"Ready",)"
                                                     R"("events":["INVOKE","SHUTDOWN"]})");
  EXPECT_EQ(telemetry(ready), expected);
  EXPECT_EQ(logs(ready), expected);
  EXPECT_EQ(telemetry(ExtensionStateChanged{
                .name = "x", .state = "InitError", .events = {}, .error_type = "Extension.Crash"}),
            one("platform.extension",
                R"({"name":"x","state":"InitError","events":[],"errorType":"Extension.Crash"})"));
}

TEST(RecordSchema, TellsOfItsOwnApisSubscriptionsOnly) {
  const Subscribed subscribed{.name = "my-extension",
                              .api = SubscriptionApi::kTelemetry,
                              .types = {RecordType::kFunction, RecordType::kPlatform}};
  constexpr std::string_view kRecord =
      R"({"name":"my-extension","state":"Subscribed","types":["function","platform"]})";
  EXPECT_EQ(records_of(SchemaVersion::kTelemetry20220701, subscribed),
            one("platform.telemetrySubscription", kRecord));
  EXPECT_EQ(records_of(SchemaVersion::kLogs20200815, subscribed), Records{});
  Subscribed to_logs = subscribed;
  to_logs.api = SubscriptionApi::kLogs;
  EXPECT_EQ(records_of(SchemaVersion::kTelemetry20220701, to_logs), Records{});
  EXPECT_EQ(records_of(SchemaVersion::kLogs20200815, to_logs),
            one("platform.logsSubscription", kRecord));
}

TEST(RecordSchema, TellsOfLosses) {
  const Dropped dropped{.records = 123, .bytes = 12345};
  const Records expected =
      one("platform.logsDropped",
          R"({"droppedBytes":12345,"droppedRecords":123,"reason":)"
          R"("The subscriber takes records more slowly than they are made, or not at all."})");
  EXPECT_EQ(records_of(SchemaVersion::kTelemetry20250129, dropped), expected);
  EXPECT_EQ(records_of(SchemaVersion::kLogs20200815, dropped), expected);
}

TEST(TelemetrySchema, WritesALineWithoutItsLineFeed) {
  for (const char* text : {"[INFO] \"Hello\"", "[INFO] \"Hello\"\n"}) {
    const LogLine line{.type = RecordType::kFunction, .text = text};
    EXPECT_EQ(records_of(SchemaVersion::kTelemetry20250129, line),
              one("function", R"("[INFO] \"Hello\"")"));
  }
  EXPECT_EQ(records_of(SchemaVersion::kTelemetry20220701,
                       LogLine{.type = RecordType::kExtension, .text = "\xff\n"}),
            one("extension", "\"\xef\xbf\xbd\""));
}

TEST(TelemetrySchema, WritesAJsonLineAsAnObjectWhereThatIsTheLogFormat) {
  const LogLine line{.type = RecordType::kFunction, .text = "{\"level\":\"INFO\", \"n\":1e2}\n"};
  const Records object = one("function", R"({"level":"INFO", "n":1e2})");
  const Records text = one("function", R"("{\"level\":\"INFO\", \"n\":1e2}")");
  EXPECT_EQ(records_of(SchemaVersion::kTelemetry20221213, line, true), object);
  EXPECT_EQ(records_of(SchemaVersion::kTelemetry20250129, line, true), object);
  EXPECT_EQ(records_of(SchemaVersion::kTelemetry20220701, line, true), text) << "too old for it";
  EXPECT_EQ(records_of(SchemaVersion::kTelemetry20250129, line, false), text);
}

TEST(TelemetrySchema, WritesALineThatIsNoJsonObjectAsText) {
  for (const char* text : {"{", "[1]", "1", "{} x", "null"}) {
    const LogLine line{.type = RecordType::kFunction, .text = text};
    EXPECT_EQ(records_of(SchemaVersion::kTelemetry20250129, line, true),
              one("function", '"' + std::string(text) + '"'));
  }
}

TEST(LogsSchema, TellsOfAnInvocation) {
  EXPECT_EQ(logs(InvokeStarted{.request_id = kId, .version = "$LATEST", .trace_id = kTrace}),
            one("platform.start",
                R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","version":"$LATEST"})"));
  const Records end =
      one("platform.end", R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa"})");
  const Records report =
      one("platform.report", R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","metrics":)"
                             R"({"durationMs":693.92,"billedDurationMs":694,"memorySizeMB":128,)"
                             R"("maxMemoryUsedMB":84,"initDurationMs":397.68}})");
  EXPECT_EQ(logs(kReport), (Records{end[0], report[0]}));
}

TEST(LogsSchema, TellsOfARuntimeThatIsDoneFrom20210318On) {
  const PlatformEvent done =
      InvokeRuntimeDone{.request_id = kId, .produced_bytes = 16, .duration = Milliseconds(140)};
  EXPECT_EQ(logs(done, SchemaVersion::kLogs20200815), Records{});
  EXPECT_EQ(logs(done),
            one("platform.runtimeDone",
                R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","status":"success"})"));
}

TEST(LogsSchema, CallsABrokenOffResponseAFailure) {
  const PlatformEvent done = InvokeRuntimeDone{.request_id = kId,
                                               .produced_bytes = 16,
                                               .duration = Milliseconds(140),
                                               .error_type = "Runtime.TruncatedResponse"};
  EXPECT_EQ(logs(done),
            one("platform.runtimeDone",
                R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","status":"failure"})"));
}

TEST(LogsSchema, TellsOfFaults) {
  InvokeFailed event{.request_id = kId,
                     .error_type = "Runtime.ExitError",
                     .reason = "Runtime exited with error: exit status 1",
                     .is_timeout = false};
  const Records fault = one(
      "platform.fault",
      R"("RequestId: 6d68ca91-49c9-448d-89b8-7ca3e6dc66aa Status: error\tErrorType: Runtime.ExitError")");
  EXPECT_EQ(logs(event, SchemaVersion::kLogs20200815), fault);
  const Records done =
      one("platform.runtimeDone",
          R"({"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","status":"failure"})");
  EXPECT_EQ(logs(event), (Records{fault[0], done[0]}));
  event.error_type = "Sandbox.Timedout";
  event.is_timeout = true;
  EXPECT_EQ(logs(event, SchemaVersion::kLogs20200815),
            one("platform.fault",
                R"("RequestId: 6d68ca91-49c9-448d-89b8-7ca3e6dc66aa Status: timeout")"));
}

TEST(LogsSchema, KnowsNothingOfInits) {
  EXPECT_EQ(logs(InitStarted{.is_during_invoke = false}), Records{});
  EXPECT_EQ(logs(InitEnded{.is_success = true, .error_type = {}, .duration = Seconds(1)}),
            Records{});
  EXPECT_EQ(logs(RestoreStarted{}), Records{});
  EXPECT_EQ(logs(RestoreEnded{.is_success = true, .error_type = {}, .duration = Seconds(1)}),
            Records{});
}

TEST(LogsSchema, KeepsLineFeedsAndNeverWritesObjects) {
  EXPECT_EQ(records_of(SchemaVersion::kLogs20210318,
                       LogLine{.type = RecordType::kFunction, .text = "{}\n"}, true),
            one("function", R"("{}\n")"));
}

TEST(RecordSchema, StampsEachRecordWithItsOwnTime) {
  const auto schema = RecordSchema::create({.version = SchemaVersion::kLogs20200815,
                                            .function_name = {},
                                            .function_version = {},
                                            .memory_size_mb = {}});
  AllRecords sink;
  const LogLine line{.type = RecordType::kFunction, .text = "x"};
  for (const Milliseconds later : {Milliseconds(0), Milliseconds(935), Milliseconds(936)}) {
    schema->write(line, kNow + later, sink);
  }
  EXPECT_EQ(sink.records[0],
            R"({"time":"2022-10-12T00:00:15.064Z","type":"function","record":"x"})");
  EXPECT_EQ(sink.records[1],
            R"({"time":"2022-10-12T00:00:15.999Z","type":"function","record":"x"})");
  EXPECT_EQ(sink.records[2],
            R"({"time":"2022-10-12T00:00:16.000Z","type":"function","record":"x"})");
}

}  // namespace
}  // namespace thimble::emulator
