#include "telemetry/output.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/base/manual_clock.h"

namespace thimble::emulator {
namespace {

constexpr std::size_t kFull = 64 * 1024;

// The two ends of a pipe or a socket. Ours blocks, as stdout does.
struct Ends {
  Fd reader;
  Fd writer;
};

Ends pipe_ends() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {Fd(ends[0]), Fd(ends[1])};
}

Ends socket_ends() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {Fd(ends[0]), Fd(ends[1])};
}

std::string read_all(const Fd& from) {
  std::string all;
  char bytes[4096];
  ssize_t got = 0;
  while ((got = ::read(from.number(), bytes, sizeof bytes)) > 0) {
    all.append(bytes, static_cast<std::size_t>(got));
  }
  return all;
}

// Bytes that are not the same everywhere.
std::string pattern(std::size_t size) {
  std::string text;
  text.reserve(size + 8);
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i);
  text.resize(size);
  return text;
}

class OutputTest : public testing::Test {
 protected:
  OutputTest() : loop_(EventLoop::create(clock_).value()) {
    previous_ = ::signal(SIGPIPE, SIG_IGN);  // as the emulator does
  }
  ~OutputTest() override { ::signal(SIGPIPE, previous_); }

  void turn() { loop_->run_once(Milliseconds(0)); }

  ManualClock clock_;
  std::unique_ptr<EventLoop> loop_;
  void (*previous_)(int) = SIG_DFL;
};

TEST_F(OutputTest, WritesAtTheEndOfTheLoopsTurn) {
  const Ends ends = pipe_ends();
  Output output(*loop_, ends.writer.number());
  output.append("a");
  output.append("");
  output.append("b\n");
  EXPECT_EQ(read_all(ends.reader), "");
  turn();
  EXPECT_EQ(read_all(ends.reader), "ab\n");
  output.append("c");
  output.flush();
  EXPECT_EQ(read_all(ends.reader), "c") << "flush() does not wait";
  turn();
  EXPECT_EQ(read_all(ends.reader), "");
}

TEST_F(OutputTest, LosesNothingAndNeverBlocksWhenTheReaderIsSlow) {
  for (const bool is_socket : {false, true}) {
    const Ends ends = is_socket ? socket_ends() : pipe_ends();
    Output output(*loop_, ends.writer.number());
    int rooms = 0;
    output.on_room([&rooms] { ++rooms; });
    const std::string expected = pattern(1'000'000);
    for (std::size_t at = 0; at < expected.size(); at += 10'000) {
      output.append(std::string_view(expected).substr(at, 10'000));
      turn();
    }
    EXPECT_TRUE(output.is_full());
    EXPECT_EQ(rooms, 0);
    std::string received;
    for (int i = 0; i < 2000 && received.size() < expected.size(); ++i) {
      received += read_all(ends.reader);
      turn();
    }
    EXPECT_TRUE(received == expected) << received.size();
    EXPECT_FALSE(output.is_full());
    EXPECT_EQ(rooms, 1);
    output.append("more");
    turn();
    EXPECT_EQ(read_all(ends.reader), "more");
  }
}

TEST_F(OutputTest, IsFullAbove64KiB) {
  const Ends ends = pipe_ends();
  Output output(*loop_, ends.writer.number());
  output.append(std::string(kFull, 'a'));
  EXPECT_FALSE(output.is_full());
  output.append("b");
  EXPECT_TRUE(output.is_full());
}

TEST_F(OutputTest, LeavesTheFlagsOfTheSharedDescriptorAlone) {
  for (const bool is_socket : {false, true}) {
    const Ends ends = is_socket ? socket_ends() : pipe_ends();
    const int before = ::fcntl(ends.writer.number(), F_GETFL);
    {
      Output output(*loop_, ends.writer.number());
      output.append(std::string(500'000, 'a'));
      turn();
      EXPECT_EQ(::fcntl(ends.writer.number(), F_GETFL), before);
    }
    EXPECT_EQ(::fcntl(ends.writer.number(), F_GETFL), before);
    EXPECT_EQ(before & O_NONBLOCK, 0);
  }
}

TEST_F(OutputTest, ThrowsAwayWhatNobodyReadsAnyMore) {
  for (const bool is_socket : {false, true}) {
    Ends ends = is_socket ? socket_ends() : pipe_ends();
    Output output(*loop_, ends.writer.number());
    bool has_room = false;
    output.on_room([&has_room] { has_room = true; });
    output.append(std::string(1'000'000, 'a'));
    turn();
    EXPECT_TRUE(output.is_full());
    ends.reader.reset();
    for (int i = 0; i < 10 && output.is_full(); ++i) turn();
    EXPECT_FALSE(output.is_full());
    EXPECT_TRUE(has_room) << "who waits is not left waiting";
    output.append(std::string(1'000'000, 'b'));
    EXPECT_FALSE(output.is_full());
    turn();
  }
}

TEST_F(OutputTest, ThrowsAwayWhatADiskHasNoRoomFor) {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full.is_open());
  Output output(*loop_, full.number());
  output.append(std::string(100'000, 'a'));
  turn();
  EXPECT_FALSE(output.is_full());
}

// A limit on the size of files stands for the size of the disk, since it can be lifted.
TEST_F(OutputTest, TellsOnceWhatAFullDiskLosesAndGoesOnWhenThereIsRoom) {
  struct sigaction ignore{};
  struct sigaction before{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGXFSZ, &ignore, &before);
  rlimit lifted{};
  ::getrlimit(RLIMIT_FSIZE, &lifted);
  rlimit limited = lifted;
  limited.rlim_cur = 1000;

  char path[] = "/tmp/thimble-output-XXXXXX";
  const Fd file(::mkstemp(path));
  ::unlink(path);
  std::vector<std::string> told;
  Output output(*loop_, file.number());
  output.on_loss([&told](const std::string& what) { told.push_back(what); });
  ::setrlimit(RLIMIT_FSIZE, &limited);
  for (int i = 0; i < 3; ++i) {
    output.append(std::string(900, 'a'));
    turn();
  }
  EXPECT_EQ(told, std::vector<std::string>{"File too large, output is lost"});

  ::setrlimit(RLIMIT_FSIZE, &lifted);
  ::sigaction(SIGXFSZ, &before, nullptr);
  for (int i = 0; i < 3; ++i) {
    output.append("b");
    turn();
  }
  EXPECT_EQ(told.size(), 2U);
  EXPECT_EQ(told.back(), "there is room again, 1700 bytes of output were lost");
  ASSERT_EQ(::lseek(file.number(), 0, SEEK_SET), 0);
  EXPECT_EQ(read_all(file), std::string(1000, 'a') + "bbb");
}

TEST_F(OutputTest, KeepsAMegabyteButNotEverythingForAReaderWhoDoesNotRead) {
  const Ends ends = pipe_ends();
  Output output(*loop_, ends.writer.number());
  std::vector<std::string> told;
  output.on_loss([&told](const std::string& what) { told.push_back(what); });
  const std::string megabyte(1024 * 1024, 'a');
  for (int i = 0; i < 70; ++i) {
    output.append(megabyte);
    turn();
  }
  EXPECT_EQ(told, std::vector<std::string>{"No buffer space available, output is lost"});
  std::size_t received = 0;
  for (int i = 0; i < 100'000 && output.is_full(); ++i) {
    received += read_all(ends.reader).size();
    turn();
  }
  for (std::size_t more = 1; more > 0; received += more) {
    more = read_all(ends.reader).size();
    turn();
  }
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told.back(), "there is room again, " + std::to_string(70 * megabyte.size() - received) +
                             " bytes of output were lost");
}

TEST_F(OutputTest, TakesADescriptorThatIsNotOpenForAReaderThatHasGone) {
  Output output(*loop_, -1);
  output.append(std::string(100'000, 'a'));
  EXPECT_FALSE(output.is_full());
  turn();
}

TEST_F(OutputTest, WritesToAFileAtOnce) {
  const Fd file(::memfd_create("output", MFD_CLOEXEC));
  Output output(*loop_, file.number());
  const std::string expected = pattern(1'000'000);
  output.append(expected);
  turn();
  EXPECT_FALSE(output.is_full());
  ASSERT_EQ(::lseek(file.number(), 0, SEEK_SET), 0);
  EXPECT_TRUE(read_all(file) == expected);
}

TEST_F(OutputTest, WritesEverythingAtTheEndOfTheProgram) {
  const SystemClock real;
  const auto loop = EventLoop::create(real).value();
  const Ends ends = pipe_ends();
  Output output(*loop, ends.writer.number());
  const std::string expected = pattern(60'000);
  output.append(expected);
  output.finish(Seconds(10));
  EXPECT_TRUE(read_all(ends.reader) == expected);
}

TEST_F(OutputTest, GivesUpAtTheEndOfTheProgramIfNobodyReads) {
  const SystemClock real;
  const auto loop = EventLoop::create(real).value();
  const Ends ends = pipe_ends();
  Output output(*loop, ends.writer.number());
  output.append(std::string(1'000'000, 'a'));
  const SteadyTime start = real.now();
  output.finish(Milliseconds(5));
  EXPECT_GE(real.now() - start, Milliseconds(5));
  EXPECT_LT(real.now() - start, Seconds(10));
}

}  // namespace
}  // namespace thimble::emulator
