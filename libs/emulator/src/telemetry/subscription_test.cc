#include "subscription.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

constexpr std::array<std::uint16_t, 2> kReserved{8080, 9555};

constexpr std::string_view kGood =
    R"({"schemaVersion":"2022-12-13","types":["platform","function","extension"],)"
    R"("buffering":{"maxItems":1000,"maxBytes":262145,"timeoutMs":25},)"
    R"("destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:4243/a/b?c"}})";

// kGood with `from` replaced.
std::string with(std::string_view from, std::string_view to) {
  std::string text(kGood);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Result<Subscription> parse(std::string_view body,
                           SubscriptionApi api = SubscriptionApi::kTelemetry) {
  return parse_subscription(api, body, kReserved);
}

std::string problem(std::string_view body, SubscriptionApi api = SubscriptionApi::kTelemetry) {
  const auto subscription = parse(body, api);
  return subscription ? "" : subscription.error().message;
}

TEST(Subscription, IsReadWhole) {
  const Subscription subscription = parse(kGood).value();
  EXPECT_EQ(subscription.schema, SchemaVersion::kTelemetry20221213);
  EXPECT_EQ(subscription.api(), SubscriptionApi::kTelemetry);
  EXPECT_TRUE(subscription.wants(RecordType::kPlatform));
  EXPECT_TRUE(subscription.wants(RecordType::kFunction));
  EXPECT_TRUE(subscription.wants(RecordType::kExtension));
  EXPECT_EQ(subscription.destination.protocol, Destination::Protocol::kHttp);
  EXPECT_EQ(subscription.destination.host, "sandbox.localdomain");
  EXPECT_EQ(subscription.destination.port, 4243);
  EXPECT_EQ(subscription.destination.target, "/a/b?c");
  EXPECT_EQ(subscription.destination.method, "POST");
  EXPECT_EQ(subscription.buffering,
            (Buffering{.max_items = 1000, .max_bytes = 262145, .timeout = Milliseconds(25)}));
}

TEST(Subscription, HasLambdasDefaults) {
  const Subscription subscription =
      parse(R"({"schemaVersion":"2025-01-29","types":["platform"],"buffering":{"timeoutMs":null},)"
            R"("destination":{"protocol":"TCP","port":4243}})")
          .value();
  EXPECT_EQ(subscription.schema, SchemaVersion::kTelemetry20250129);
  EXPECT_EQ(subscription.types, std::vector{RecordType::kPlatform});
  EXPECT_EQ(subscription.destination.protocol, Destination::Protocol::kTcp);
  EXPECT_EQ(subscription.buffering,
            (Buffering{.max_items = 10000, .max_bytes = 262144, .timeout = Milliseconds(1000)}));
}

TEST(Subscription, KeepsTypesInTheirOrderAndOnce) {
  const auto subscription =
      parse(with(R"("platform","function","extension")", R"("function","platform","function")"));
  EXPECT_EQ(subscription.value().types,
            (std::vector{RecordType::kFunction, RecordType::kPlatform}));
}

TEST(Subscription, KnowsWhichSchemaIsOfWhichApi) {
  const auto schema = [](SubscriptionApi api, std::string_view version) {
    return parse(with("2022-12-13", version), api).has_value();
  };
  for (const char* version : {"2022-07-01", "2022-12-13", "2025-01-29"}) {
    EXPECT_TRUE(schema(SubscriptionApi::kTelemetry, version)) << version;
    EXPECT_FALSE(schema(SubscriptionApi::kLogs, version)) << version;
  }
  for (const char* version : {"2020-08-15", "2021-03-18"}) {
    EXPECT_FALSE(schema(SubscriptionApi::kTelemetry, version)) << version;
    EXPECT_TRUE(schema(SubscriptionApi::kLogs, version)) << version;
  }
}

TEST(Subscription, NeedsNoSchemaForTheLogsApi) {
  const std::string body = with(R"("schemaVersion":"2022-12-13",)", "");
  EXPECT_EQ(parse(body, SubscriptionApi::kLogs).value().schema, SchemaVersion::kLogs20200815);
  EXPECT_EQ(problem(body), "schemaVersion is not provided");
}

TEST(Subscription, TakesEveryNameOfThisMachineAsItsHost) {
  for (const char* host : {"sandbox", "sandbox.localdomain", "localhost", "127.0.0.1"}) {
    EXPECT_EQ(parse(with("sandbox.localdomain", host)).value().destination.host, host);
  }
  EXPECT_EQ(problem(with("sandbox.localdomain", "example.com")),
            "URI host 'example.com' is not sandbox.localdomain");
  EXPECT_EQ(problem(with("sandbox.localdomain", "me@sandbox")),
            "URI host 'me@sandbox' is not sandbox.localdomain");
}

TEST(Subscription, TakesAUriWithoutAPath) {
  EXPECT_EQ(parse(with("/a/b?c", "")).value().destination.target, "/");
  EXPECT_EQ(parse(with("/a/b?c", "?c")).value().destination.target, "/?c");
  EXPECT_EQ(parse(with("/a/b?c", "/a#b")).value().destination.target, "/a");
}

TEST(Subscription, SaysEverythingThatIsWrong) {
  EXPECT_EQ(
      problem("{}"),
      "schemaVersion is not provided; destination is not provided; types should not be empty");
  EXPECT_EQ(problem(R"({"types":[],"destination":{"protocol":"HTTP","URI":"http://sandbox"}})",
                    SubscriptionApi::kLogs),
            "URI port is not provided; types should not be empty");
}

TEST(Subscription, RefusesWhatIsNotSupported) {
  EXPECT_EQ(problem(with("2022-12-13", "2022-07-02")),
            "schemaVersion '2022-07-02' is not supported");
  EXPECT_EQ(problem(with(R"("extension")", R"("metrics")")),
            "type 'metrics' is not one of platform, function, extension");
  EXPECT_EQ(problem(with(R"("HTTP")", R"("UDP")")), "protocol 'UDP' is not HTTP or TCP");
  EXPECT_EQ(problem(with(R"("HTTP")", R"("TCP")")), "destination port is not provided");
  EXPECT_EQ(problem(with("http:", "https:")), "URI should start with http://");
  EXPECT_EQ(problem(with("/a/b?c", "/a b")), "URI has characters that must be encoded");
  EXPECT_EQ(problem(with("/a/b?c", R"(/\r\nX: y)")), "URI has characters that must be encoded");
}

TEST(Subscription, RefusesPortsThatAreTaken) {
  EXPECT_EQ(problem(with("4243", "9001")), "port 9001 is reserved");
  EXPECT_EQ(problem(with("4243", "8080")), "port 8080 is reserved");
  EXPECT_EQ(problem(with("4243", "9555")), "port 9555 is reserved");
  EXPECT_EQ(problem(with("4243", "0")), "port 0 is not in 1..65535");
  EXPECT_EQ(problem(with("4243", "65536")), "port 65536 is not in 1..65535");
  EXPECT_EQ(problem(with("4243", "-1")), "URI port is not a number");
  EXPECT_EQ(problem(with(":4243", ":")), "URI port is not provided");
}

TEST(Subscription, RefusesBuffersThatAreTooSmallOrTooLarge) {
  EXPECT_EQ(problem(with("1000", "999")), "maxItems 999 is not in 1000..10000");
  EXPECT_EQ(problem(with("1000", "10001")), "maxItems 10001 is not in 1000..10000");
  EXPECT_EQ(problem(with("262145", "262143")), "maxBytes 262143 is not in 262144..1048576");
  EXPECT_EQ(problem(with("262145", "1048577")), "maxBytes 1048577 is not in 262144..1048576");
  EXPECT_EQ(problem(with(":25", ":24")), "timeoutMs 24 is not in 25..30000");
  EXPECT_EQ(problem(with(":25", ":30001")), "timeoutMs 30001 is not in 25..30000");
}

TEST(Subscription, LetsTheLogsApiChooseItsMethod) {
  const auto body = [](std::string_view method) {
    std::string text = with("2022-12-13", "2020-08-15");
    return text.insert(text.find(R"("URI")"), R"("method":")" + std::string(method) + R"(",)");
  };
  EXPECT_EQ(parse(body("PUT"), SubscriptionApi::kLogs).value().destination.method, "PUT");
  EXPECT_EQ(problem(body("GET"), SubscriptionApi::kLogs), "method 'GET' is not POST or PUT");
}

TEST(Subscription, SaysWhereABodyStopsBeingOne) {
  EXPECT_TRUE(problem("").starts_with("request body: ")) << problem("");
  EXPECT_TRUE(problem("[]").starts_with("request body: ")) << problem("[]");
  EXPECT_TRUE(problem(with("1000", "\"1000\"")).starts_with("request body: "));
  EXPECT_TRUE(problem(std::string(kGood) + "x").starts_with("request body: "));
}

}  // namespace
}  // namespace thimble::emulator
