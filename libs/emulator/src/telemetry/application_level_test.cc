#include "telemetry/application_level.h"

#include <string>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

// A line with this level, and what else it needs for it to count.
std::string with_level(const std::string& level) {
  return R"({"timestamp":"2024-11-02T16:51:31.587199Z","level":)" + level + "}";
}

TEST(ApplicationLevel, IsNamedInAnyCase) {
  EXPECT_EQ(application_level("TRACE"), LogLevel::kTrace);
  EXPECT_EQ(application_level("debug"), LogLevel::kDebug);
  EXPECT_EQ(application_level("Info"), LogLevel::kInfo);
  EXPECT_EQ(application_level("WARN"), LogLevel::kWarning);
  EXPECT_EQ(application_level("error"), LogLevel::kError);
  EXPECT_EQ(application_level("FATAL"), LogLevel::kFatal);
  for (const char* other : {"", "WARNING", "NOTICE", "WAR", "ERRORS", "FATALFATALFATAL"}) {
    EXPECT_EQ(application_level(other), std::nullopt) << other;
  }
}

TEST(ApplicationLevel, OfALineIsItsMembers) {
  EXPECT_EQ(level_of_line(with_level(R"("DEBUG")")), LogLevel::kDebug);
  EXPECT_EQ(level_of_line(with_level(R"("error")") + "\n"), LogLevel::kError);
  EXPECT_EQ(level_of_line(" \t" + with_level(R"("\u0046ATAL")")), LogLevel::kFatal);
  EXPECT_EQ(level_of_line(R"({"level":"WARN","a":{"level":"TRACE"},"b":["level"],)"
                          R"("time":"2024-11-02T16:51:31Z"})"),
            LogLevel::kWarning);
}

TEST(ApplicationLevel, OfALineWithoutOneIsInfo) {
  for (const std::string& line :
       {std::string(), std::string("\n"), std::string("plain text"), std::string("[ERROR] text"),
        std::string(R"({"timestamp":"2024-11-02T16:51:31Z"})"), with_level("3"), with_level("null"),
        with_level(R"("NOTICE")"), with_level(R"("ERROR")") + "}",
        std::string(R"({"timestamp":"2024-11-02T16:51:31Z","level":"ERROR")"),
        std::string(R"(["level","ERROR"])"), std::string(R"("ERROR")")}) {
    EXPECT_EQ(level_of_line(line), LogLevel::kInfo) << line;
  }
}

TEST(ApplicationLevel, OfALineWithoutAValidTimestampIsInfo) {
  const auto level_at = [](const std::string& member) {
    return level_of_line(R"({"level":"ERROR")" + member + "}");
  };
  for (const char* time :
       {"2024-11-02T16:51:31Z", "2024-11-02T16:51:31.5Z", "2024-11-02T16:51:31.587199Z",
        "2024-11-02T16:51:31+01:00", "2024-11-02T16:51:31.587-05:30", "2024-11-02t16:51:31z"}) {
    for (const char* key : {"timestamp", "time", "@timestamp"}) {
      EXPECT_EQ(level_at(",\"" + std::string(key) + "\":\"" + time + "\""), LogLevel::kError)
          << key << time;
    }
  }
  EXPECT_EQ(level_at(""), LogLevel::kInfo);
  EXPECT_EQ(level_at(R"(,"timestamp":1730566291)"), LogLevel::kInfo);
  EXPECT_EQ(level_at(R"(,"date":"2024-11-02T16:51:31Z")"), LogLevel::kInfo);
  for (const char* wrong :
       {"", "2024-11-02", "2024-11-02 16:51:31Z", "2024-11-02T16:51:31", "2024-11-02T16:51:31.Z",
        "2024-11-02T16:51:31+0100", "2024-11-02T16:51:31Zx", "2024-11-02T16:51:31,587+0000"}) {
    EXPECT_EQ(level_at(std::string(R"(,"timestamp":")") + wrong + "\""), LogLevel::kInfo) << wrong;
  }
}

}  // namespace
}  // namespace thimble::emulator
