#include "supervisor/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "supervisor/memory.h"
#include "supervisor/signals.h"

namespace thimble::emulator {
namespace {

constexpr Seconds kDeadline{60};

// Remembers what a process does.
class Witness final : public ProcessListener {
 public:
  bool takes_more = true;
  int outputs = 0;
  std::string output;
  std::string output_at_exit;
  std::optional<Exit> exit;
  int exits = 0;

 private:
  bool on_output(std::string_view bytes) override {
    ++outputs;
    output += bytes;
    return takes_more;
  }
  void on_exit(const Exit& how) override {
    exit = how;
    output_at_exit = output;
    ++exits;
  }
};

bool is_alive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

// It may be another process's to collect, and be a zombie until then.
bool has_ended(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[512] = {};
  if (!file.is_open() || ::read(file.number(), text, sizeof text - 1) <= 0) return true;
  return std::string_view(text).find(") Z ") != std::string_view::npos;
}

// A script that does not end by itself.
constexpr const char* kForEver = "echo ready; while :; do sleep 60; done";

class ProcessTest : public testing::Test {
 protected:
  ProcessTest() : loop_(EventLoop::create(clock_).value()), children_(*loop_) {
    ::getrlimit(RLIMIT_NOFILE, &inherited_.open_files);
    ::sigemptyset(&inherited_.signal_mask);
  }

  // The next test finds no child of this one's.
  ~ProcessTest() override {
    process_.reset();
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
  }

  SpawnOptions shell(std::string script) const {
    return {.file = "/bin/sh",
            .argv = {"sh", "-c", std::move(script)},
            .env = {"PATH=/usr/local/bin:/usr/bin:/bin"},
            .working_directory = "/",
            .inherited = inherited_};
  }
  [[nodiscard]] bool start(SpawnOptions options) {
    auto started = Process::start(*loop_, children_, std::move(options), witness_);
    if (!started) {
      error_ = started.error();
      return false;
    }
    process_ = std::move(*started);
    return true;
  }
  [[nodiscard]] bool eventually(const std::function<bool()>& condition) {
    const SteadyTime end = clock_.now() + kDeadline;
    while (!condition()) {
      if (clock_.now() > end) return false;
      loop_->run_once(Milliseconds(5));
      children_.collect();  // as SIGCHLD would make the emulator do
    }
    return true;
  }
  // Runs a script to its end and returns what it wrote.
  std::string output_of(SpawnOptions options) {
    witness_ = Witness();
    EXPECT_TRUE(start(std::move(options))) << error_.message;
    EXPECT_TRUE(eventually([this] { return witness_.exit.has_value(); }));
    return witness_.output_at_exit;
  }
  std::string how(std::string script) {
    (void)output_of(shell(std::move(script)));
    return witness_.exit ? witness_.exit->text() : "";
  }

  SystemClock clock_;
  std::unique_ptr<EventLoop> loop_;
  Children children_;
  InheritedState inherited_;
  Witness witness_;
  std::unique_ptr<Process> process_;
  Error error_;
};

// --- How it ends

TEST_F(ProcessTest, TellsHowItEnded) {
  EXPECT_EQ(how("exit 0"), "exit status 0");
  EXPECT_TRUE(witness_.exit->is_clean());
  EXPECT_EQ(how("exit 7"), "exit status 7");
  EXPECT_FALSE(witness_.exit->is_clean());
  EXPECT_EQ(how("exit 255"), "exit status 255");
  EXPECT_EQ(how("kill -KILL $$"), "signal: killed");
  EXPECT_EQ(how("kill -TERM $$"), "signal: terminated");
  EXPECT_EQ(how("kill -HUP $$"), "signal: hangup");
  EXPECT_EQ(how("kill -INT $$"), "signal: interrupt");
  EXPECT_EQ(how("kill -PIPE $$"), "signal: broken pipe");
  EXPECT_EQ(how("kill -ALRM $$"), "signal: alarm clock");
}

TEST(Exit, IsToldInTheWordsOfGo) {
  EXPECT_EQ((Exit{.status = 0}).text(), "exit status 0");
  EXPECT_EQ((Exit{.status = 3 << 8}).text(), "exit status 3");
  const std::pair<int, const char*> signals[] = {{SIGQUIT, "quit"},
                                                 {SIGILL, "illegal instruction"},
                                                 {SIGTRAP, "trace/breakpoint trap"},
                                                 {SIGABRT, "aborted"},
                                                 {SIGBUS, "bus error"},
                                                 {SIGFPE, "floating point exception"},
                                                 {SIGSEGV, "segmentation fault"},
                                                 {SIGUSR1, "signal 10"}};
  for (const auto& [number, name] : signals) {
    EXPECT_EQ((Exit{.status = number}).text(), "signal: " + std::string(name));
    EXPECT_FALSE((Exit{.status = number}).is_clean());
  }
  EXPECT_EQ((Exit{.status = SIGSEGV | 0x80}).text(), "signal: segmentation fault (core dumped)");
}

TEST_F(ProcessTest, ReadsItsOutputToTheEndBeforeItTellsOfTheEnd) {
  const std::string output =
      output_of(shell("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; "
                      "echo error >&2; printf 'no end'"));
  EXPECT_TRUE(output.starts_with("line 0\nline 1\n"));
  EXPECT_TRUE(output.ends_with("line 2999\nerror\nno end")) << output.substr(output.size() - 40);
  EXPECT_EQ(witness_.exits, 1);
}

TEST_F(ProcessTest, ReadsWhatIsLeftEvenWhileItIsHeldBack) {
  witness_.takes_more = false;
  // More than one read takes, less than the pipe holds, and somebody keeps the pipe open.
  ASSERT_TRUE(
      start(shell("sh -c 'while :; do sleep 60; done' & "
                  "i=0; while [ $i -lt 4000 ]; do echo 123456789; i=$((i+1)); done")));
  ASSERT_TRUE(eventually([this] { return witness_.exit.has_value(); }));
  EXPECT_EQ(witness_.output_at_exit.size(), 40'000U);
}

TEST_F(ProcessTest, HoldsItsOutputBackUntilToldToGoOn) {
  witness_.takes_more = false;
  ASSERT_TRUE(start(shell("echo first; read wait </dev/null; while :; do echo more; done")));
  ASSERT_TRUE(eventually([this] { return witness_.outputs == 1; }));
  for (int i = 0; i < 5; ++i) loop_->run_once(Milliseconds(0));
  EXPECT_EQ(witness_.outputs, 1);
  witness_.takes_more = true;
  process_->resume_output();
  EXPECT_TRUE(eventually([this] { return witness_.outputs > 5; })) << "nothing was lost";
}

// --- What is killed

TEST_F(ProcessTest, KillsItsWholeGroupGrandchildrenToo) {
  // The grandchild says its number, and would hold the pipe open for ever.
  ASSERT_TRUE(start(shell("sh -c 'echo $$; while :; do sleep 60; done' & wait")));
  ASSERT_TRUE(eventually([this] { return witness_.output.ends_with("\n"); }));
  const pid_t grandchild = std::stoi(witness_.output);
  ASSERT_TRUE(is_alive(grandchild));
  process_->kill();
  ASSERT_TRUE(eventually([this] { return witness_.exit.has_value(); }));
  EXPECT_EQ(witness_.exit->text(), "signal: killed");
  EXPECT_TRUE(eventually([grandchild] { return has_ended(grandchild); }));
}

TEST_F(ProcessTest, KillsWhatALeaderLeavesBehind) {
  ASSERT_TRUE(start(shell("sh -c 'while :; do sleep 60; done' & echo $!; exit 3")));
  ASSERT_TRUE(eventually([this] { return witness_.exit.has_value(); }));
  EXPECT_EQ(witness_.exit->text(), "exit status 3");
  ASSERT_FALSE(witness_.output.empty());
  const pid_t grandchild = std::stoi(witness_.output);
  EXPECT_TRUE(eventually([grandchild] { return has_ended(grandchild); }));
}

TEST_F(ProcessTest, IsKilledWithItsObjectAndThenNotToldOf) {
  ASSERT_TRUE(start(shell(kForEver)));
  ASSERT_TRUE(eventually([this] { return witness_.output == "ready\n"; }));
  const pid_t pid = process_->pid();
  process_.reset();
  EXPECT_TRUE(eventually([pid] { return !is_alive(pid); })) << "killed and collected";
  EXPECT_EQ(witness_.exits, 0);
}

TEST_F(ProcessTest, CanBeDestroyedWhenItHasEnded) {
  ASSERT_TRUE(start(shell("exit 0")));
  ASSERT_TRUE(eventually([this] { return witness_.exit.has_value(); }));
  process_.reset();
  EXPECT_EQ(witness_.exits, 1);
}

// --- What cannot start

TEST_F(ProcessTest, SaysWhichFileCannotRunAndWhy) {
  SpawnOptions options = shell("");
  options.file = "/no/such/bootstrap";
  EXPECT_FALSE(start(options));
  EXPECT_EQ(error_.code, ErrorCode::kNotFound);
  EXPECT_EQ(error_.message, "fork/exec /no/such/bootstrap: no such file or directory");
  options.file = "/proc/version";
  EXPECT_FALSE(start(options));
  EXPECT_EQ(error_.code, ErrorCode::kPermission);
  EXPECT_EQ(error_.message, "fork/exec /proc/version: permission denied");
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "nothing is left to collect";
}

TEST_F(ProcessTest, SaysWhichFolderIsMissing) {
  SpawnOptions options = shell("");
  options.working_directory = "/no/such/folder";
  EXPECT_FALSE(start(options));
  EXPECT_EQ(error_.message, "the working directory doesn't exist: /no/such/folder");
}

// --- What it inherits

TEST_F(ProcessTest, RunsWithItsArgumentsEnvironmentAndFolder) {
  SpawnOptions options = shell("echo \"$0|$1|$MINE|$(pwd)\"");
  options.argv.insert(options.argv.end(), {"zero", "one two"});
  options.env = {"MINE=a=b", "PATH=/usr/bin:/bin"};
  options.working_directory = "/proc";
  EXPECT_EQ(output_of(options), "zero|one two|a=b|/proc\n");
}

TEST_F(ProcessTest, GetsExactlyTheEnvironmentItIsGiven) {
  SpawnOptions options = shell("");
  options.file = "/usr/bin/env";
  options.argv = {"env"};
  options.env = {"B=2", "A="};
  EXPECT_EQ(output_of(options), "B=2\nA=\n");
}

TEST_F(ProcessTest, LeadsAGroupOfItsOwn) {
  // Fields 1 and 5 of proc(5)'s stat: the process and its group.
  const std::string output =
      output_of(shell("read -r pid name state parent group rest </proc/self/stat; echo $group $$"));
  EXPECT_EQ(output, std::to_string(process_->pid()) + " " + std::to_string(process_->pid()) + "\n");
}

TEST_F(ProcessTest, ReadsNothingFromStdin) {
  EXPECT_EQ(output_of(shell("cat; readlink /proc/self/fd/0")), "/dev/null\n");
}

TEST_F(ProcessTest, InheritsNoOtherDescriptor) {
  // Somebody who started the emulator may have left these open.
  const int left_open = ::dup(STDERR_FILENO);
  const int far_away = ::fcntl(STDERR_FILENO, F_DUPFD, 50);
  const std::string output = output_of(shell("exec ls /proc/self/fd"));
  ::close(left_open);
  ::close(far_away);
  EXPECT_EQ(output, "0\n1\n2\n3\n") << "3 is the folder that ls reads";
}

TEST_F(ProcessTest, StartsWithSignalsAsTheEmulatorFoundThem) {
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigaddset(&blocked, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  void (*const previous)(int) = ::signal(SIGPIPE, SIG_IGN);
  SpawnOptions options = shell("");  // no shell, which has its own mind about signals
  options.file = "/bin/grep";
  options.argv = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"};
  const std::string output = output_of(options);
  ::signal(SIGPIPE, previous);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_NE(output.find("SigBlk:\t0000000000000000\n"), std::string::npos) << output;
  const std::size_t ignored = output.find("SigIgn:\t");
  ASSERT_NE(ignored, std::string::npos);
  const auto bits = std::stoull(output.substr(ignored + 8), nullptr, 16);
  EXPECT_EQ(bits >> (SIGPIPE - 1) & 1, 0U) << "SIGPIPE is not ignored";
}

TEST_F(ProcessTest, StartsWithTheLimitOfOpenFilesTheEmulatorFound) {
  inherited_.open_files.rlim_cur = 123;
  EXPECT_EQ(output_of(shell("ulimit -n")), "123\n");
}

// --- What it enters and gives up

TEST_F(ProcessTest, JoinsAGroupOfItsOwnAccord) {
  std::string path = "/tmp/thimble-procs-XXXXXX";
  const Fd procs(::mkstemp(path.data()));
  ::unlink(path.c_str());
  SpawnOptions options = shell("exit 0");
  options.confinement.memory_group = procs.number();
  (void)output_of(options);
  char text[8] = {};
  EXPECT_EQ(::pread(procs.number(), text, sizeof text, 0), 1);
  EXPECT_STREQ(text, "0") << "which means: who writes this";
}

TEST_F(ProcessTest, HasNoMoreDataThanItMay) {
  SpawnOptions options = shell("ulimit -Sd; ulimit -Hd");
  options.confinement.data_bytes = std::size_t{100} << 20;
  EXPECT_EQ(output_of(options), "102400\n102400\n");
}

TEST_F(ProcessTest, BecomesAnotherUserWithoutGroupsWhoMayReopenItsOutput) {
  SpawnOptions options = shell("id -u; id -g; id -G; echo more >/dev/stdout");
  options.confinement.user = {.uid = 993, .gid = 990};
  if (!start(options)) {
    EXPECT_EQ(error_.message, "become the user of /bin/sh: operation not permitted");
    return;
  }
  EXPECT_TRUE(eventually([this] { return witness_.exit.has_value(); }));
  EXPECT_EQ(witness_.output_at_exit, "993\n990\n990\nmore\n");
}

TEST_F(ProcessTest, OfAnotherUserIsKilledWithTheEmulatorToo) {
  SpawnOptions options = shell(kForEver);
  options.confinement.user = {.uid = 993, .gid = 990};
  options.inherited = inherited_;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t emulator = ::fork();
  if (emulator == 0) {
    ::close(ends[0]);
    const Fd output(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    options.output = output.number();
    const auto spawned = spawn(options);
    const pid_t pid = spawned ? spawned->pid : 0;
    ::_exit(::write(ends[1], &pid, sizeof pid) == sizeof pid ? 0 : 1);
  }
  ::close(ends[1]);
  pid_t pid = 0;
  ASSERT_EQ(::read(ends[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  ::close(ends[0]);
  if (pid == 0) return;  // this machine does not let us become others
  EXPECT_TRUE(eventually([pid] { return has_ended(pid); }));
}

TEST_F(ProcessTest, SaysWhatItCannotEnter) {
  const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  SpawnOptions options = shell("");
  options.confinement = {.memory_group = nothing.number()};
  EXPECT_FALSE(start(options));
  EXPECT_EQ(error_.message, "limit the memory of /bin/sh: bad file descriptor");
  options.confinement = {.network = nothing.number()};
  EXPECT_FALSE(start(options));
  EXPECT_EQ(error_.message, "enter the network of /bin/sh: invalid argument");
  options.confinement = {.mounts = nothing.number()};
  EXPECT_FALSE(start(options));
  EXPECT_EQ(error_.message, "enter the mounts of /bin/sh: invalid argument");
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "nothing is left to collect";
}

// --- Memory

TEST_F(ProcessTest, TellsHowMuchMemoryItUsed) {
  ASSERT_TRUE(start(shell(kForEver)));
  ASSERT_TRUE(eventually([this] { return witness_.output == "ready\n"; }));
  EXPECT_GT(process_->max_memory_bytes(), 100U * 1024);
  process_->kill();
  ASSERT_TRUE(eventually([this] { return witness_.exit.has_value(); }));
  EXPECT_GT(process_->max_memory_bytes(), 100U * 1024) << "also when it has gone";
  EXPECT_GT(witness_.exit->max_memory_bytes, 100U * 1024);
}

TEST(MemoryOfTree, CountsProcessesThatLive) {
  const std::size_t own = memory_of_tree(::getpid());
  EXPECT_GT(own, 500U * 1024);
  EXPECT_EQ(memory_of_tree(0x7ffffff0), 0U) << "there is no such process";
}

TEST_F(ProcessTest, AddsUpTheMemoryOfItsDescendants) {
  ASSERT_TRUE(
      start(shell("sh -c 'sh -c \"echo x; while :; do sleep 60; done\" & wait' & "
                  "wait")));
  ASSERT_TRUE(eventually([this] { return witness_.output == "x\n"; }));
  const pid_t leader = process_->pid();
  std::size_t alone = 0;
  {
    const Fd status(
        ::open(("/proc/" + std::to_string(leader) + "/status").c_str(), O_RDONLY | O_CLOEXEC));
    char text[4096] = {};
    ASSERT_GT(::read(status.number(), text, sizeof text - 1), 0);
    const std::string_view all(text);
    alone = static_cast<std::size_t>(std::stoul(std::string(all.substr(all.find("VmHWM:") + 6)))) *
            1024;
  }
  EXPECT_GT(alone, 0U);
  EXPECT_GT(memory_of_tree(leader), 2 * alone) << "of three shells";
}

// --- Children and signals

TEST_F(ProcessTest, CollectsOrphansThatNobodyWatches) {
  const pid_t orphan = ::fork();
  ASSERT_GE(orphan, 0);
  if (orphan == 0) ::_exit(5);
  EXPECT_TRUE(eventually([orphan] { return !is_alive(orphan); }));
}

TEST(SignalsTest, BecomeCallsOnTheLoop) {
  // In a process of its own: this changes signal masks for good.
  const auto run = [] {
    const SystemClock clock;
    const auto loop = EventLoop::create(clock).value();
    std::vector<int> seen;
    const auto signals = Signals::take_over(*loop, [&seen](int number) { seen.push_back(number); });
    if (!signals) std::_Exit(1);
    ::raise(SIGTERM);
    ::raise(SIGINT);
    ::raise(SIGPIPE);
    const SteadyTime end = clock.now() + kDeadline;
    while (seen.size() < 2 && clock.now() < end) loop->run_once(Milliseconds(5));
    if (seen != std::vector<int>{SIGINT, SIGTERM}) std::_Exit(2);  // the lower number first
    sigset_t now;
    ::sigprocmask(SIG_SETMASK, nullptr, &now);
    if (::sigismember(&now, SIGCHLD) != 1) std::_Exit(3);
    if (::sigismember(&(*signals)->inherited().signal_mask, SIGTERM) != 0) std::_Exit(4);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur != limit.rlim_max) std::_Exit(5);
    std::_Exit(42);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace thimble::emulator
