#include "thimble/base/subprocess.h"

#include <string>

#include <gtest/gtest.h>

namespace thimble {
namespace {

TEST(Subprocess, GivesOutputAndExitCode) {
  const auto done = run({.argv = {"sh", "-c", "echo out; echo err >&2; exit 3"}});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->out, "out\n");
  EXPECT_EQ(done->err, "err\n");
  EXPECT_EQ(done->exit_code, 3);
}

TEST(Subprocess, ReadsMoreThanAnyBufferHolds) {
  const std::string input(std::size_t{3} << 20, 'x');
  const auto done = run({.argv = {"cat"}, .input = input});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->out, input);
}

TEST(Subprocess, SurvivesAProgramThatDoesNotReadItsInput) {
  const auto done = run({.argv = {"true"}, .input = std::string(std::size_t{3} << 20, 'x')});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->exit_code, 0);
}

TEST(Subprocess, HasTheFolderAndTheEnvironmentGiven) {
  const auto done = run({.argv = {"/bin/sh", "-c", "pwd; echo $NAME"},
                         .directory = "/usr",
                         .environment = std::vector<std::string>{"NAME=value"}});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->out, "/usr\nvalue\n");
}

TEST(Subprocess, MergesBothStreamsInOrder) {
  const auto done = run({.argv = {"sh", "-c", "echo 1; echo 2 >&2; echo 3"}, .merge_stderr = true});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->out, "1\n2\n3\n");
}

TEST(Subprocess, SaysThatThereIsNoSuchProgram) {
  EXPECT_EQ(run({.argv = {"no-such-program"}}).error().code, ErrorCode::kNotFound);
}

TEST(Subprocess, TellsASignalFromAnExitCode) {
  EXPECT_EQ(run({.argv = {"sh", "-c", "kill -TERM $$"}}).value().exit_code, 128 + 15);
}

TEST(Subprocess, KillsWhatTakesTooLong) {
  const auto done = run({.argv = {"sleep", "600"}, .timeout = std::chrono::milliseconds(20)});
  EXPECT_EQ(done.error().code, ErrorCode::kLimit);
}

TEST(Subprocess, StopsReadingWhatIsTooMuch) {
  const auto done = run({.argv = {"cat", "/dev/zero"}, .max_output = 1000});
  EXPECT_EQ(done.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace thimble
