#include "settings.h"

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

namespace thimble::ric {
namespace {

constexpr const char* kNames[] = {
    "AWS_LAMBDA_RUNTIME_API",      "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_LOG_GROUP_NAME",   "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",  "AWS_LAMBDA_INITIALIZATION_TYPE",
};

class SettingsTest : public testing::Test {
 protected:
  void SetUp() override { TearDown(); }
  void TearDown() override {
    for (const char* name : kNames) ::unsetenv(name);
  }
};

TEST_F(SettingsTest, AreEmptyWithoutAnEnvironment) {
  const Settings settings = Settings::from_environment();
  EXPECT_EQ(settings.runtime_api + settings.function_name + settings.function_version +
                settings.log_group_name + settings.log_stream_name,
            "");
  EXPECT_EQ(settings.memory_limit_mb, 0);
  EXPECT_EQ(settings.concurrency, 1);
  EXPECT_FALSE(settings.is_snap_start);
}

TEST_F(SettingsTest, AreThoseOfTheEnvironment) {
  ::setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001", 1);
  ::setenv("AWS_LAMBDA_FUNCTION_NAME", "hello", 1);
  ::setenv("AWS_LAMBDA_FUNCTION_VERSION", "7", 1);
  ::setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "10240", 1);
  ::setenv("AWS_LAMBDA_LOG_GROUP_NAME", "group", 1);
  ::setenv("AWS_LAMBDA_LOG_STREAM_NAME", "stream", 1);
  ::setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start", 1);
  const Settings settings = Settings::from_environment();
  EXPECT_EQ(settings.runtime_api, "127.0.0.1:9001");
  EXPECT_EQ(settings.function_name, "hello");
  EXPECT_EQ(settings.function_version, "7");
  EXPECT_EQ(settings.memory_limit_mb, 10240);
  EXPECT_EQ(settings.log_group_name, "group");
  EXPECT_EQ(settings.log_stream_name, "stream");
  EXPECT_TRUE(settings.is_snap_start);
}

TEST_F(SettingsTest, ConcurrencyIsAtLeastOneAndNotBeyondAllMeasure) {
  for (const auto& [text, expected] : {std::pair{"4", 4},
                                       {"1", 1},
                                       {"0", 1},
                                       {"-3", 1},
                                       {"", 1},
                                       {"x", 1},
                                       {"4 ", 1},
                                       {"1024", 1024},
                                       {"1025", 1024},
                                       {"99999999999", 1}}) {
    ::setenv("AWS_LAMBDA_MAX_CONCURRENCY", text, 1);
    EXPECT_EQ(Settings::from_environment().concurrency, expected) << text;
  }
}

}  // namespace
}  // namespace thimble::ric
