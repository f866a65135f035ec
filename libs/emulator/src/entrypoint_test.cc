#include "thimble/emulator/entrypoint.h"

#include <array>
#include <cstdlib>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

TEST(Entrypoint, IsAskedForByTheLastPartOfTheProgramsName) {
  for (const char* program : {"lambda-entrypoint", "/lambda-entrypoint", "./lambda-entrypoint",
                              "/usr/local/bin/lambda-entrypoint"}) {
    EXPECT_TRUE(is_entrypoint(program)) << program;
  }
}

TEST(Entrypoint, IsNotAskedForByAnotherName) {
  EXPECT_FALSE(is_entrypoint(nullptr));
  for (const char* program :
       {"", "/", "aws-lambda-rie", "lambda-entrypoint/", "lambda-entrypoint.sh", "lambda-entrypoin",
        "my-lambda-entrypoint", "/lambda-entrypoint/aws-lambda-rie", "Lambda-Entrypoint"}) {
    EXPECT_FALSE(is_entrypoint(program)) << program;
  }
}

Error exec(const char* program) {
  const std::array<char*, 2> arguments{const_cast<char*>(program), nullptr};
  const std::array<char*, 1> environment{nullptr};
  return exec_handler(arguments.data(), environment.data());
}

TEST(Entrypoint, SaysWhyTheHandlerCannotRun) {
  EXPECT_EQ(exec("/no/such/file").message, "exec \"/no/such/file\": no such file or directory");
  EXPECT_EQ(exec("/no/such/file").code, ErrorCode::kNotFound);
  EXPECT_EQ(exec("/proc/version").message, "exec \"/proc/version\": permission denied");
  EXPECT_EQ(exec("no-such-tool-here").message,
            "exec \"no-such-tool-here\": executable file not found in $PATH");
}

TEST(Entrypoint, BecomesTheHandlerWithItsArgumentsAndEnvironment) {
  const auto become_shell = [] {
    char name[] = "sh";
    char flag[] = "-c";
    char script[] = "test \"$0$1$MINE\" = abc && exit 7";
    char zero[] = "a";
    char one[] = "b";
    char mine[] = "MINE=c";
    const std::array<char*, 6> arguments{name, flag, script, zero, one, nullptr};
    const std::array<char*, 2> environment{mine, nullptr};
    (void)exec_handler(arguments.data(), environment.data());
    std::_Exit(1);
  };
  EXPECT_EXIT(become_shell(), testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace thimble::emulator
