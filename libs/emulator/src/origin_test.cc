#include "origin.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

constexpr std::string_view kLoopback[] = {
    "http://localhost",     "http://localhost:3000",      "https://LOCALHOST:8443",
    "http://127.0.0.1",     "http://127.0.0.1:8080",      "http://127.255.255.254:1",
    "http://[::1]",         "http://[::1]:3000",          "http://app.localhost:3000",
    "http://a.b.localhost", "vscode-webview://localhost",
};

constexpr std::string_view kForeign[] = {
    "",
    "null",
    "localhost",
    "http://",
    "http://example.com",
    "http://localhost.example.com",
    "http://localhost.",
    "http://localhostx",
    "http://xlocalhost",
    "http://.localhost.example.com",
    "http://127.0.0.1.example.com",
    "http://127.0.0.1x",
    "http://127.0.0",
    "http://127.0.0.256",
    "http://127.0.0.1.1",
    "http://127.0.0.-1",
    "http://127..0.1",
    "http://128.0.0.1",
    "http://0.0.0.0",
    "http://10.0.0.1",
    "http://192.168.0.1:8080",
    "http://[::2]",
    "http://[::1",
    "http://[::1]x",
    "http://[::ffff:127.0.0.1]",
    "file://",
    // No browser sends these; what follows the host could be the host.
    "http://localhost:x",
    "http://localhost:80@evil.example",
    "http://[::1]:80@evil.example",
    "http://evil.example/.localhost",
    "http://evil.example#.localhost",
    "http://evil.example\\.localhost",
    "http://evil.example?@app.localhost",
    "http://\x92.localhost",
};

TEST(Origin, IsLoopbackOnlyForThisMachinesNames) {
  for (const std::string_view origin : kLoopback) EXPECT_TRUE(is_loopback_origin(origin)) << origin;
  for (const std::string_view origin : kForeign) EXPECT_FALSE(is_loopback_origin(origin)) << origin;
}

http::Request request_with(std::vector<http::Header> headers) {
  http::Request request;
  request.headers = std::move(headers);
  return request;
}

TEST(OriginPolicy, LetsProgramsThroughWhichSendNeitherHeader) {
  EXPECT_FALSE(OriginPolicy({}).is_foreign(request_with({{"Host", "example.com"}})));
}

TEST(OriginPolicy, LetsPagesOfThisMachineThrough) {
  const OriginPolicy policy({});
  for (const std::string_view origin : kLoopback) {
    EXPECT_FALSE(policy.is_foreign(request_with({{"origin", origin}}))) << origin;
  }
  for (const std::string_view origin : kForeign) {
    EXPECT_TRUE(policy.is_foreign(request_with({{"origin", origin}}))) << "'" << origin << "'";
  }
}

TEST(OriginPolicy, NeverComparesWithHostWhichAReboundNameControls) {
  EXPECT_TRUE(OriginPolicy({}).is_foreign(
      request_with({{"Host", "evil.example:8080"}, {"Origin", "http://evil.example:8080"}})));
}

TEST(OriginPolicy, LetsTheOriginsThroughThatTheUserNamed) {
  const OriginPolicy policy({"https://app.example", "http://b:1"});
  EXPECT_FALSE(policy.is_foreign(request_with({{"Origin", "https://app.example"}})));
  EXPECT_FALSE(policy.is_foreign(request_with({{"Origin", "HTTPS://APP.example"}})));
  EXPECT_FALSE(policy.is_foreign(request_with({{"Origin", "http://b:1"}})));
  for (const std::string_view other :
       {"http://app.example", "https://app.example:8443", "https://app.example.org",
        "https://x.app.example", "http://b", "null"}) {
    EXPECT_TRUE(policy.is_foreign(request_with({{"Origin", other}}))) << other;
  }
}

TEST(OriginPolicy, LetsEverybodyThroughWithAStar) {
  const OriginPolicy policy({"*"});
  EXPECT_FALSE(policy.is_foreign(request_with({{"Origin", "http://example.com"}})));
  EXPECT_FALSE(policy.is_foreign(request_with({{"Origin", "null"}})));
}

TEST(OriginPolicy, NeedsEveryOriginToBeAllowed) {
  EXPECT_TRUE(OriginPolicy({}).is_foreign(
      request_with({{"Origin", "http://localhost"}, {"Origin", "http://evil.example"}})));
}

// Browsers send no Origin with some requests, images among them.
TEST(OriginPolicy, BelievesSecFetchSiteWhereThereIsNoOrigin) {
  const OriginPolicy policy({});
  EXPECT_TRUE(policy.is_foreign(request_with({{"Sec-Fetch-Site", "cross-site"}})));
  EXPECT_TRUE(policy.is_foreign(request_with({{"sec-fetch-site", "Cross-Site"}})));
  for (const std::string_view site : {"none", "same-origin", "same-site"}) {
    EXPECT_FALSE(policy.is_foreign(request_with({{"Sec-Fetch-Site", site}}))) << site;
  }
  EXPECT_FALSE(policy.is_foreign(
      request_with({{"Origin", "http://localhost:3000"}, {"Sec-Fetch-Site", "cross-site"}})));
}

}  // namespace
}  // namespace thimble::emulator
