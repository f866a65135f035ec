#include "telemetry/json_log.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "log_fixture.h"

namespace thimble::emulator {
namespace {

using namespace std::string_literals;

constexpr std::string_view kDebugLine =
    "{\"timestamp\":\"2024-11-02T16:51:31Z\",\"level\":\"DEBUG\"}\n";
constexpr std::string_view kErrorLine =
    "{\"timestamp\":\"2024-11-02T16:51:31Z\",\"level\":\"ERROR\"}\n";

constexpr InvokeStarted kStart{.request_id = "id", .version = "$LATEST", .trace_id = ""};
constexpr InvokeReported kReport{.request_id = "id",
                                 .init_duration = std::nullopt,
                                 .duration = Milliseconds(2),
                                 .memory_size_mb = "128",
                                 .max_memory_used_bytes = 1};

class JsonLogTest : public LogTest {
 protected:
  JsonLogTest() { set_levels(LogLevel::kDebug); }
  void set_levels(LogLevel system_level, std::optional<LogLevel> application_level = {},
                  std::string_view initialization_type = "on-demand") {
    log_ = std::make_unique<JsonLog>(
        JsonLog::Options{.clock = clock_,
                         .system_level = system_level,
                         .application_level = application_level,
                         .schema = {.version = {},
                                    .initialization_type = initialization_type,
                                    .function_name = "f",
                                    .function_version = "$LATEST",
                                    .memory_size_mb = "128"}},
        output_, tails_);
  }

  std::string out(const PlatformEvent& event) {
    log_->on_event(event);
    return written();
  }
  std::string print(std::string_view bytes, std::string_view request_id = "id") {
    return out(FunctionOutput{.bytes = bytes, .request_id = request_id});
  }

  // The type of each record of the event that is written at this level.
  std::string types(LogLevel level, const PlatformEvent& event,
                    std::string_view initialization_type = "on-demand") {
    set_levels(level, {}, initialization_type);
    const std::string text = out(event);
    constexpr std::string_view kBefore = R"("type":"platform.)";
    std::string found;
    for (std::size_t at = 0; (at = text.find(kBefore, at)) != std::string::npos;) {
      at += kBefore.size();
      found.append(found.empty() ? "" : " ").append(text, at, text.find('"', at) - at);
    }
    return found;
  }

  LogTails tails_;
  std::unique_ptr<JsonLog> log_;
};

TEST_F(JsonLogTest, WritesOneRecordOnEachLine) {
  EXPECT_EQ(out(kStart), R"({"time":"2024-02-09T03:04:05.067Z","type":"platform.start",)"
                         R"("record":{"requestId":"id","version":"$LATEST"}})"
                         "\n");
  EXPECT_EQ(out(kReport),
            R"({"time":"2024-02-09T03:04:05.067Z","type":"platform.report",)"
            R"("record":{"requestId":"id","metrics":{"durationMs":2,"billedDurationMs":2,)"
            R"("memorySizeMB":128,"maxMemoryUsedMB":1},"status":"success"}})"
            "\n");
}

// The rows of Lambda's table for a function without a runtime version.
TEST_F(JsonLogTest, WritesEachRecordAtItsLevel) {
  struct Row {
    PlatformEvent event;
    std::string debug;
    std::string info;
    std::string warn;
  };
  constexpr std::string_view kError = "Runtime.ExitError";
  InvokeReported failed = kReport;
  failed.error_type = kError;
  const Row rows[] = {
      {InitStarted{}, "initStart", "", ""},
      {InitRuntimeDone{.is_during_invoke = false, .error_type = {}}, "initRuntimeDone", "", ""},
      {InitRuntimeDone{.is_during_invoke = false, .error_type = kError}, "initRuntimeDone",
       "initRuntimeDone", "initRuntimeDone"},
      {InitEnded{.is_success = true, .error_type = {}, .duration = {}}, "initReport", "", ""},
      {InitEnded{.is_success = false, .error_type = kError, .duration = {}}, "initReport",
       "initReport", "initReport"},
      {RestoreStarted{}, "restoreStart", "", ""},
      {RestoreEnded{.is_success = true, .error_type = {}, .duration = {}},
       "restoreRuntimeDone restoreReport", "restoreReport", ""},
      {RestoreEnded{.is_success = false, .error_type = kError, .duration = {}},
       "restoreRuntimeDone restoreReport", "restoreRuntimeDone restoreReport",
       "restoreRuntimeDone restoreReport"},
      {kStart, "start", "start", ""},
      {InvokeRuntimeDone{.request_id = "id", .produced_bytes = 1, .duration = {}}, "runtimeDone",
       "", ""},
      {InvokeRuntimeDone{
           .request_id = "id", .produced_bytes = 1, .duration = {}, .error_type = kError},
       "runtimeDone", "runtimeDone", "runtimeDone"},
      {InvokeFailed{.request_id = "id", .error_type = kError, .reason = "r", .is_timeout = false},
       "runtimeDone", "runtimeDone", "runtimeDone"},
      {kReport, "report", "report", ""},
      {failed, "report", "report", "report"},
      {ExtensionStateChanged{.name = "x", .state = "Ready", .events = {}}, "extension", "extension",
       ""},
      {ExtensionStateChanged{
           .name = "x", .state = "InitError", .events = {}, .error_type = "Extension.Crash"},
       "extension", "extension", "extension"},
      {Subscribed{.name = "x", .api = SubscriptionApi::kTelemetry, .types = {}},
       "telemetrySubscription", "telemetrySubscription", ""},
      {Dropped{.records = 1, .bytes = 2}, "logsDropped", "logsDropped", "logsDropped"},
      {ProcessKilled{.name = "runtime-1", .pid = 1}, "", "", ""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(types(LogLevel::kDebug, row.event), row.debug);
    EXPECT_EQ(types(LogLevel::kInfo, row.event), row.info) << row.debug;
    EXPECT_EQ(types(LogLevel::kWarning, row.event), row.warn) << row.debug;
  }
}

TEST_F(JsonLogTest, ReportsAnInitThatIsNotOnDemandAtInfo) {
  const InitEnded ended{.is_success = true, .error_type = {}, .duration = {}};
  EXPECT_EQ(types(LogLevel::kInfo, ended, "snap-start"), "initReport");
  EXPECT_EQ(types(LogLevel::kInfo, InitStarted{}, "snap-start"), "");
}

TEST_F(JsonLogTest, PassesOutputOnUnchanged) {
  const std::string bytes = "no end of line \x1b[31m\0\xff\r\n{\"level\":\"TRACE\"} partial"s;
  EXPECT_EQ(print(bytes), bytes);
  EXPECT_EQ(out(ExtensionOutput{.name = "x", .bytes = bytes}), bytes);
}

TEST_F(JsonLogTest, BeginsALineForARecord) {
  EXPECT_EQ(print("partial"), "partial");
  EXPECT_EQ(out(kReport).substr(0, 2), "\n{");
  EXPECT_EQ(print("whole\n"), "whole\n");
  EXPECT_EQ(out(kReport).substr(0, 1), "{");
  set_levels(LogLevel::kWarning);
  print("partial");
  EXPECT_EQ(out(kReport), "") << "nothing without a record";
}

TEST_F(JsonLogTest, LeavesOutLinesBelowTheApplicationLevel) {
  set_levels(LogLevel::kInfo, LogLevel::kWarning);
  const std::string lines =
      std::string(kDebugLine).append(kErrorLine).append("plain, so INFO\n").append(kErrorLine);
  const std::string expected = std::string(kErrorLine).append(kErrorLine);
  EXPECT_EQ(print(lines), expected);
  set_levels(LogLevel::kInfo, LogLevel::kInfo);
  EXPECT_EQ(print(lines), std::string(kErrorLine).append("plain, so INFO\n").append(kErrorLine));
  set_levels(LogLevel::kInfo, LogLevel::kTrace);
  EXPECT_EQ(print(lines), lines);
  EXPECT_EQ(out(ExtensionOutput{.name = "x", .bytes = "an extension's {}"}), "an extension's {}");
}

TEST_F(JsonLogTest, JudgesWholeLinesHoweverTheyCome) {
  set_levels(LogLevel::kInfo, LogLevel::kInfo);
  const std::string lines = std::string(kDebugLine).append(kErrorLine);
  std::string got;
  for (const char& c : lines) got += print({&c, 1});
  EXPECT_EQ(got, kErrorLine);
}

TEST_F(JsonLogTest, KeepsTheLinesOfInvocationsApart) {
  set_levels(LogLevel::kInfo, LogLevel::kInfo);
  EXPECT_EQ(print(kDebugLine.substr(0, 20), "a"), "");
  EXPECT_EQ(print(kErrorLine.substr(0, 20), "b"), "");
  EXPECT_EQ(print(kDebugLine.substr(20), "a"), "");
  EXPECT_EQ(print(kErrorLine.substr(20), "b"), kErrorLine);
}

TEST_F(JsonLogTest, WritesALineWithoutAnEndWhenItsInvocationIsDone) {
  set_levels(LogLevel::kInfo, LogLevel::kInfo);
  EXPECT_EQ(print("partial"), "");
  EXPECT_EQ(out(InvokeRuntimeDone{.request_id = "other", .produced_bytes = 1, .duration = {}}), "");
  EXPECT_EQ(out(InvokeRuntimeDone{.request_id = "id", .produced_bytes = 1, .duration = {}}),
            "partial");
  EXPECT_EQ(print("between", ""), "");
  EXPECT_TRUE(out(kStart).starts_with("between\n{"));
  EXPECT_EQ(print("of a process", "") + print("dies", "x"), "");
  EXPECT_EQ(out(ProcessExited{.name = "runtime-1", .how = "signal: killed", .error_type = {}}),
            "of a process");
  const InvokeFailed failed{.request_id = "x", .error_type = "", .reason = "", .is_timeout = false};
  EXPECT_TRUE(out(failed).starts_with("dies"));
}

TEST_F(JsonLogTest, GivesTheTailsWhatItWritesOfTheirInvocation) {
  set_levels(LogLevel::kInfo, LogLevel::kInfo);
  tails_.keep("id");
  std::string all;
  for (const PlatformEvent& event :
       {PlatformEvent(kStart),
        PlatformEvent(FunctionOutput{.bytes = kDebugLine, .request_id = "id"}),
        PlatformEvent(FunctionOutput{.bytes = kErrorLine, .request_id = "id"}),
        PlatformEvent(FunctionOutput{.bytes = "partial", .request_id = "id"}),
        PlatformEvent(InvokeRuntimeDone{.request_id = "id", .produced_bytes = 1, .duration = {}}),
        PlatformEvent(kReport)}) {
    all += out(event);
  }
  print("of another", "other");
  EXPECT_NE(all.find("partial\n{"), std::string::npos);
  EXPECT_EQ(tails_.take("id"), all);
}

// Two environments that write to the same place.
class JsonLogsTest : public LogTest {
 protected:
  static JsonLog::Options options(const Clock& clock, std::optional<LogLevel> application_level) {
    return {.clock = clock,
            .system_level = LogLevel::kInfo,
            .application_level = application_level,
            .schema = {.version = {},
                       .initialization_type = "on-demand",
                       .function_name = "f",
                       .function_version = "$LATEST",
                       .memory_size_mb = "128"},
            .shares_out = true};
  }
  std::string print(JsonLog& log, std::string_view bytes, std::string_view request_id = "") {
    log.on_event(FunctionOutput{.bytes = bytes, .request_id = request_id});
    return written();
  }
  static constexpr ProcessExited kExited{.name = "x", .how = "signal: killed", .error_type = {}};

  LogTails tails_;
};

TEST_F(JsonLogsTest, NeverWriteInTheMiddleOfAnothersLine) {
  JsonLog one(options(clock_, {}), output_, tails_);
  JsonLog two(options(clock_, {}), output_, tails_);
  EXPECT_EQ(print(one, "{\"one"), "");
  EXPECT_EQ(print(two, "{\"two"), "") << "both belong to no invocation";
  EXPECT_EQ(print(two, "\":2}\nrest"), "{\"two\":2}\n");
  EXPECT_EQ(print(one, "\":1}\n"), "{\"one\":1}\n");
  two.on_event(kExited);
  EXPECT_EQ(print(one, "next\n"), "rest\nnext\n") << "nor after a line without an end";
}

TEST_F(JsonLogsTest, DoTheSameWithExtensions) {
  JsonLog one(options(clock_, {}), output_, tails_);
  JsonLog two(options(clock_, {}), output_, tails_);
  one.on_event(ExtensionOutput{.name = "x", .bytes = "half of "});
  one.on_event(ExtensionOutput{.name = "y", .bytes = "whole\n"});
  two.on_event(ExtensionOutput{.name = "x", .bytes = "another\n"});
  one.on_event(ExtensionOutput{.name = "x", .bytes = "a line\nlast words"});
  EXPECT_EQ(written(), "whole\nanother\nhalf of a line\n");
  two.on_event(kExited);
  EXPECT_EQ(written(), "");
  one.on_event(kExited);
  EXPECT_EQ(written(), "last words");
}

TEST_F(JsonLogsTest, LeaveOutLinesOfTheirOwn) {
  JsonLog one(options(clock_, LogLevel::kInfo), output_, tails_);
  JsonLog two(options(clock_, LogLevel::kInfo), output_, tails_);
  EXPECT_EQ(print(one, kDebugLine.substr(0, 20)), "");
  EXPECT_EQ(print(two, kErrorLine.substr(0, 20)), "");
  EXPECT_EQ(print(one, kDebugLine.substr(20)), "");
  EXPECT_EQ(print(two, kErrorLine.substr(20)), kErrorLine);
}

}  // namespace
}  // namespace thimble::emulator
