#include "telemetry/text_log.h"

#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "thimble/base/manual_clock.h"

namespace thimble::emulator {
namespace {

// A file in memory.
class Target {
 public:
  Target() : fd_(::memfd_create("log", MFD_CLOEXEC)) {}
  [[nodiscard]] int fd() const { return fd_.number(); }
  // What has been written since the last call.
  std::string take() {
    std::string text(64 * 1024, '\0');
    const ssize_t got = ::pread(fd(), text.data(), text.size(), read_);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    read_ += static_cast<long>(text.size());
    return text;
  }

 private:
  Fd fd_;
  long read_ = 0;
};

class TextLogTest : public testing::Test {
 protected:
  TextLogTest()
      : loop_(EventLoop::create(clock_).value()),
        out_(*loop_, out_file_.fd()),
        err_(*loop_, err_file_.fd()) {
    using namespace std::chrono;
    clock_.set_wall(sys_days(2024y / February / 9) + 3h + 4min + 5s + 67ms);
    set_level(LogLevel::kTrace);
  }
  void set_level(LogLevel level) { log_ = std::make_unique<TextLog>(clock_, level, out_, err_); }

  std::string out(const PlatformEvent& event) {
    publish(event);
    return out_file_.take();
  }
  // Without the time that is the same for all.
  std::string err(const PlatformEvent& event) {
    publish(event);
    std::string text = err_file_.take();
    constexpr std::string_view kTime = "09 Feb 2024 03:04:05,067 ";
    for (std::size_t at = 0; (at = text.find(kTime, at)) != std::string::npos;) {
      text.erase(at, kTime.size());
    }
    return text;
  }
  void publish(const PlatformEvent& event) {
    log_->on_event(event);
    out_.flush();
    err_.flush();
  }

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_;
  Target out_file_;
  Target err_file_;
  Output out_;
  Output err_;
  std::unique_ptr<TextLog> log_;
};

TEST_F(TextLogTest, StampsItsLinesWithTheTimeInUtc) {
  publish(Notice{.level = Notice::Level::kInfo, .message = "a"});
  clock_.advance(Milliseconds(932));
  publish(Notice{.level = Notice::Level::kInfo, .message = "b"});
  clock_.advance(Milliseconds(1));
  publish(Notice{.level = Notice::Level::kInfo, .message = "c"});
  EXPECT_EQ(err_file_.take(),
            "09 Feb 2024 03:04:05,067 [INFO] (rapid) a\n"
            "09 Feb 2024 03:04:05,999 [INFO] (rapid) b\n"
            "09 Feb 2024 03:04:06,000 [INFO] (rapid) c\n");
}

TEST_F(TextLogTest, WritesStartAndReportToStdout) {
  EXPECT_EQ(out(InvokeStarted{.request_id = "id", .version = "$LATEST", .trace_id = "t"}),
            "START RequestId: id Version: $LATEST\n");
  EXPECT_EQ(out(InvokeReported{.request_id = "id",
                               .init_duration = std::chrono::microseconds(12'340),
                               .duration = std::chrono::microseconds(5'678),
                               .memory_size_mb = "128",
                               .max_memory_used_bytes = 3 * 1024 * 1024 + 1}),
            "END RequestId: id\n"
            "REPORT RequestId: id\tInit Duration: 12.34 ms\tDuration: 5.68 ms\t"
            "Billed Duration: 6 ms\tMemory Size: 128 MB\tMax Memory Used: 4 MB\t\n");
  EXPECT_EQ(out(InvokeReported{.request_id = "id",
                               .init_duration = std::nullopt,
                               .duration = Milliseconds(2),
                               .memory_size_mb = "3008",
                               .max_memory_used_bytes = 1024 * 1024}),
            "END RequestId: id\n"
            "REPORT RequestId: id\tDuration: 2.00 ms\tBilled Duration: 2 ms\t"
            "Memory Size: 3008 MB\tMax Memory Used: 1 MB\t\n");
}

TEST_F(TextLogTest, PassesFunctionOutputOnUnchanged) {
  const std::string bytes("no end of line \x1b[31m\0\xff\r\n partial", 31);
  EXPECT_EQ(out(FunctionOutput{.bytes = bytes}), bytes);
  EXPECT_EQ(err_file_.take(), "");
}

TEST_F(TextLogTest, WritesTheWordsOfThePublicEmulatorToStderr) {
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

TEST_F(TextLogTest, WritesOnlyWhatIsUrgentEnough) {
  const Notice info{.level = Notice::Level::kInfo, .message = "i"};
  const Notice warning{.level = Notice::Level::kWarning, .message = "w"};
  const Notice error{.level = Notice::Level::kError, .message = "e"};
  set_level(LogLevel::kWarning);
  EXPECT_EQ(err(info) + err(warning) + err(error), "[WARNING] (rapid) w\n[ERROR] (rapid) e\n");
  set_level(LogLevel::kError);
  EXPECT_EQ(err(info) + err(warning) + err(error), "[ERROR] (rapid) e\n");
  set_level(LogLevel::kFatal);
  EXPECT_EQ(err(info) + err(warning) + err(error), "");
  EXPECT_EQ(out(InvokeStarted{.request_id = "id", .version = "1", .trace_id = ""}),
            "START RequestId: id Version: 1\n")
      << "stdout has no level";
}

TEST_F(TextLogTest, LetsNobodyAddLinesOrTalkToTheTerminal) {
  EXPECT_EQ(err(Notice{.level = Notice::Level::kInfo, .message = "a\nb\r\x1b[2Jc\x7f\t"}),
            "[INFO] (rapid) a b  [2Jc  \n");
  EXPECT_EQ(out(InvokeStarted{.request_id = "id", .version = "1\nEND", .trace_id = ""}),
            "START RequestId: id Version: 1 END\n");
}

}  // namespace
}  // namespace thimble::emulator
