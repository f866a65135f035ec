#include "telemetry/emulator_log.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "log_fixture.h"

namespace thimble::emulator {
namespace {

class EmulatorLogTest : public LogTest {
 protected:
  EmulatorLogTest() { set_level(LogLevel::kTrace); }
  void set_level(LogLevel level, LogFormat format = LogFormat::kText) {
    log_ = std::make_unique<EmulatorLog>(
        EmulatorLog::Options{.clock = clock_, .level = level, .format = format, .env = env_},
        output_);
  }

  // Without the time that is the same for all.
  std::string err(const PlatformEvent& event) {
    log_->on_event(event);
    std::string text = written();
    constexpr std::string_view kTime = "09 Feb 2024 03:04:05,067 ";
    for (std::size_t at = 0; (at = text.find(kTime, at)) != std::string::npos;) {
      text.erase(at, kTime.size());
    }
    return text;
  }
  void say(std::string_view message) {
    log_->on_event(Notice{.level = Notice::Level::kInfo, .message = message});
  }

  Env env_;
  std::unique_ptr<EmulatorLog> log_;
};

TEST_F(EmulatorLogTest, StampsItsLinesWithTheTimeInUtc) {
  say("a");
  clock_.advance(Milliseconds(932));
  say("b");
  clock_.advance(Milliseconds(1));
  say("c");
  EXPECT_EQ(written(),
            "09 Feb 2024 03:04:05,067 [INFO] (rapid) a\n"
            "09 Feb 2024 03:04:05,999 [INFO] (rapid) b\n"
            "09 Feb 2024 03:04:06,000 [INFO] (rapid) c\n");
}

TEST_F(EmulatorLogTest, WritesTheWordsOfThePublicEmulator) {
  EXPECT_EQ(err(CommandGiven{.file = "bootstrap", .working_directory = "/app", .handler = "h"}),
            "[INFO] (rapid) exec 'bootstrap' (cwd=/app, handler=h)\n");
  EXPECT_EQ(err(InitStarted{.is_during_invoke = false}),
            "[INFO] (rapid) INIT START(type: on-demand, phase: init)\n");
  EXPECT_EQ(err(InitStarted{.is_during_invoke = true}),
            "[INFO] (rapid) INIT START(type: on-demand, phase: invoke)\n");
  EXPECT_EQ(err(RuntimeStarting{.missing_credentials = {"A", "B"}}),
            "[INFO] (rapid) Starting runtime without A, B , Expected?: false\n");
  EXPECT_EQ(err(RuntimeStarting{}), "");
  EXPECT_EQ(err(InitEnded{.is_success = true, .error_type = "", .duration = Milliseconds(1)}),
            "[INFO] (rapid) INIT RTDONE(status: success)\n"
            "[INFO] (rapid) INIT REPORT(durationMs: 1.000000)\n");
  EXPECT_EQ(err(InitEnded{.is_success = false, .error_type = "x", .duration = Nanoseconds(1)}),
            "[INFO] (rapid) INIT RTDONE(status: error)\n"
            "[INFO] (rapid) INIT REPORT(durationMs: 0.000001)\n");
  EXPECT_EQ(err(InitFailed{.error_type = "", .reason = "r"}),
            "[ERROR] (rapid) Init failed error=r InvokeID=\n");
  EXPECT_EQ(err(InitFailed{.error_type = "Runtime.Unknown", .reason = "r"}),
            "[WARNING] (rapid) First fatal error stored in appctx: Runtime.Unknown\n"
            "[ERROR] (rapid) Init failed error=r InvokeID=\n");
  EXPECT_EQ(err(InvokeStarted{.request_id = "id", .version = "1", .trace_id = "t"}),
            "[INFO] (rapid) INVOKE START(requestId: id)\n");
  EXPECT_EQ(
      err(InvokeRuntimeDone{.request_id = "id", .produced_bytes = 12, .duration = Milliseconds(3)}),
      "[INFO] (rapid) INVOKE RTDONE(status: success, produced bytes: 12, duration: "
      "3.000000ms)\n");
  EXPECT_EQ(err(InvokeRuntimeDone{.request_id = "id",
                                  .produced_bytes = 4,
                                  .duration = Milliseconds(3),
                                  .error_type = "Runtime.TruncatedResponse"}),
            "[INFO] (rapid) INVOKE RTDONE(status: error, produced bytes: 4, duration: "
            "3.000000ms)\n");
  EXPECT_EQ(err(InvokeResponded{.request_id = "id", .produced_bytes = 1, .is_error = false}), "");
  EXPECT_EQ(err(InvokeFailed{.request_id = "id",
                             .error_type = "Runtime.ExitError",
                             .reason = "exit status 1",
                             .is_timeout = false}),
            "[ERROR] (rapid) Invoke failed error=exit status 1 InvokeID=id\n"
            "[ERROR] (rapid) Invoke DONE failed: Runtime.ExitError\n");
  EXPECT_EQ(err(InvokeFailed{.request_id = "id",
                             .error_type = "Sandbox.Timedout",
                             .reason = "Task timed out",
                             .is_timeout = true}),
            "[ERROR] (rapid) Invoke failed error=errResetReceived InvokeID=id\n"
            "[ERROR] (rapid) Invoke DONE failed: Sandbox.Timedout\n");
  EXPECT_EQ(err(ProcessExited{.name = "runtime-1", .how = "signal: killed", .error_type = ""}),
            "[WARNING] (rapid) Process runtime-1 exited: signal: killed\n");
  EXPECT_EQ(err(ProcessExited{
                .name = "runtime-1", .how = "exit status 1", .error_type = "Runtime.ExitError"}),
            "[WARNING] (rapid) First fatal error stored in appctx: Runtime.ExitError\n"
            "[WARNING] (rapid) Process runtime-1 exited: exit status 1\n");
  EXPECT_EQ(err(ProcessKilled{.name = "runtime-1", .pid = 42}),
            "[INFO] (rapid) Sending SIGKILL to runtime-1(42).\n");
  EXPECT_EQ(err(ResetStarted{.reason = "Timeout"}), "[WARNING] (rapid) Reset initiated: Timeout\n");
  EXPECT_EQ(err(ResetWaiting{}),
            "[INFO] (rapid) Waiting for runtime domain processes termination\n");
  EXPECT_EQ(err(SignalReceived{.name = "terminated"}),
            "[INFO] (rapid) Received signal signal=terminated\n"
            "[INFO] (rapid) Shutting down...\n");
  EXPECT_EQ(err(Notice{.level = Notice::Level::kWarning, .message = "w"}), "[WARNING] (rapid) w\n");
  EXPECT_EQ(err(Notice{.level = Notice::Level::kError, .message = "e"}), "[ERROR] (rapid) e\n");
}

TEST_F(EmulatorLogTest, WritesOnlyWhatIsUrgentEnough) {
  const Notice info{.level = Notice::Level::kInfo, .message = "i"};
  const Notice warning{.level = Notice::Level::kWarning, .message = "w"};
  const Notice error{.level = Notice::Level::kError, .message = "e"};
  set_level(LogLevel::kWarning);
  EXPECT_EQ(err(info) + err(warning) + err(error), "[WARNING] (rapid) w\n[ERROR] (rapid) e\n");
  set_level(LogLevel::kError);
  EXPECT_EQ(err(info) + err(warning) + err(error), "[ERROR] (rapid) e\n");
  set_level(LogLevel::kFatal);
  EXPECT_EQ(err(info) + err(warning) + err(error), "");
}

TEST_F(EmulatorLogTest, LetsNobodyAddLinesOrTalkToTheTerminal) {
  EXPECT_EQ(err(Notice{.level = Notice::Level::kInfo, .message = "a\nb\r\x1b[2Jc\x7f\t"}),
            "[INFO] (rapid) a b  [2Jc  \n");
}

TEST_F(EmulatorLogTest, WritesNoSecretsOfTheEnvironment) {
  env_.set("DB_PASSWORD", "hunter22");
  EXPECT_EQ(err(CommandGiven{.file = "f", .working_directory = "/", .handler = "--p=hunter22"}),
            "[INFO] (rapid) exec 'f' (cwd=/, handler=--p=***)\n");
  EXPECT_EQ(err(Notice{.level = Notice::Level::kInfo, .message = "hunter22"}),
            "[INFO] (rapid) ***\n");
  EXPECT_EQ(err(InitFailed{.error_type = {}, .reason = "exec hunter22"}),
            "[ERROR] (rapid) Init failed error=exec *** InvokeID=\n");
}

TEST_F(EmulatorLogTest, WritesJsonObjectsWhereThatIsTheFormat) {
  set_level(LogLevel::kInfo, LogFormat::kJson);
  EXPECT_EQ(err(ResetStarted{.reason = "Timeout"}),
            R"({"timestamp":"2024-02-09T03:04:05.067Z","level":"WARN",)"
            "\"message\":\"Reset initiated: Timeout\"}\n");
  clock_.advance(Milliseconds(933));
  EXPECT_EQ(err(Notice{.level = Notice::Level::kError, .message = "a\n\"b\"\x1b"}),
            R"({"timestamp":"2024-02-09T03:04:06.000Z","level":"ERROR",)"
            R"("message":"a\n\"b\"\u001b"})"
            "\n");
}

TEST_F(EmulatorLogTest, WritesOnlyWhatIsUrgentEnoughInJsonToo) {
  set_level(LogLevel::kError, LogFormat::kJson);
  EXPECT_EQ(err(ResetStarted{.reason = "Timeout"}), "");
  EXPECT_NE(err(InitFailed{.error_type = {}, .reason = "r"}), "");
}

}  // namespace
}  // namespace thimble::emulator
