#include "thimble/image/image_config.h"

#include <gtest/gtest.h>

namespace thimble::image {
namespace {

const std::string kDigest = Digest::of("").str();

const std::string kFull =
    R"({"created":"2024-01-01T00:00:00Z","author":"a","architecture":"arm64","os":"linux",)"
    R"("os.version":"1","variant":"v8","config":{"User":"1000","ExposedPorts":{"80/tcp":{}},)"
    R"("Env":["PATH=/bin","A=b=c","EMPTY="],"Entrypoint":["/e","é\n"],"Cmd":[],)"
    R"("Volumes":{"/data":{}},"WorkingDir":"/w","Labels":{"l":"v"},"StopSignal":"SIGINT",)"
    R"("Healthcheck":{"Test":["CMD","x"],"Interval":30000000000},"OnBuild":null,"Shell":["/s"]},)"
    R"("rootfs":{"type":"layers","diff_ids":[")" +
    kDigest +
    R"("]},"history":[{"created":"2024-01-01T00:00:00Z","author":"h","created_by":"x",)"
    R"("comment":"c"},{"created_by":"ENV","empty_layer":true}]})";

TEST(ImageConfig, IsReadAsItIsWritten) {
  const auto config = ImageConfig::parse(kFull);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->platform.str(), "linux/arm64/v8");
  EXPECT_EQ(config->user, "1000");
  EXPECT_EQ(config->entrypoint, (std::vector<std::string>{"/e", "é\n"}));
  ASSERT_TRUE(config->cmd);
  EXPECT_TRUE(config->cmd->empty());
  EXPECT_EQ(config->exposed_ports, std::vector<std::string>{"80/tcp"});
  EXPECT_EQ(config->diff_ids, std::vector{Digest::of("")});
  ASSERT_EQ(config->history.size(), 2U);
  EXPECT_TRUE(config->history[1].empty_layer);
  const std::string text = config->serialize();
  const auto again = ImageConfig::parse(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->serialize(), text);
  EXPECT_EQ(again->history, config->history);
}

TEST(ImageConfig, KeepsMembersThatItDoesNotKnow) {
  const auto config = ImageConfig::parse(kFull);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->other.at("Healthcheck"), R"({"Test":["CMD","x"],"Interval":30000000000})");
  EXPECT_NE(config->serialize().find(R"("Shell":["/s"])"), std::string::npos);
  EXPECT_FALSE(config->other.contains("OnBuild"));
}

TEST(ImageConfig, TellsAnEmptyListFromNone) {
  const auto none = ImageConfig::parse(R"({"config":{"Entrypoint":null}})");
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->entrypoint);
  EXPECT_FALSE(none->cmd);
  EXPECT_EQ(none->serialize().find("Cmd"), std::string::npos);
}

TEST(ImageConfig, TakesNullsAsGoWritesThem) {
  EXPECT_TRUE(ImageConfig::parse(
      R"({"config":null,"rootfs":{"type":"layers","diff_ids":null},"history":null})"));
}

TEST(ImageConfig, RefusesWhatIsNone) {
  for (const char* text :
       {"", "[]", "{", R"({"os":1})", R"({"config":[]})", R"({"config":{"Env":"A=b"}})",
        R"({"config":{"Env":[1]}})", R"({"rootfs":{"diff_ids":["sha256:x"]}})", R"({"history":{}})",
        R"({"history":[{"empty_layer":"yes"}]})", "{}x"}) {
    EXPECT_FALSE(ImageConfig::parse(text)) << text;
  }
}

TEST(ImageConfig, ReplacesAVariableOrAddsIt) {
  ImageConfig config;
  config.env = {"A=1", "AB=2"};
  config.set_env("A", "3");
  config.set_env("C", "=");
  EXPECT_EQ(config.env, (std::vector<std::string>{"A=3", "AB=2", "C=="}));
  EXPECT_EQ(config.find_env("A"), "3");
  EXPECT_EQ(config.find_env("C"), "=");
  EXPECT_FALSE(config.find_env("B"));
}

}  // namespace
}  // namespace thimble::image
