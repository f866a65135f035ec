#include "telemetry_api.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "fake_exchange.h"
#include "telemetry_fixture.h"

namespace thimble::emulator {
namespace {

constexpr std::string_view kIdentifier = "a1b2c3d4-5678-90ab-cdef-0123456789ab";
constexpr std::string_view kBody =
    R"({"schemaVersion":"2022-07-01","types":["platform"],)"
    R"("destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:4243"}})";
constexpr std::string_view kLogsBody = R"({"schemaVersion":"2021-03-18","types":["platform"],)"
                                       R"("destination":{"protocol":"TCP","port":4243}})";

class FakeDirectory final : public ExtensionDirectory {
 public:
  std::optional<std::string_view> extension_name(std::string_view identifier) const override {
    if (identifier != kIdentifier) return std::nullopt;
    return "ext";
  }
  bool is_initializing() const override { return initializing; }
  bool initializing = true;
};

class TelemetryApiTest : public TelemetryTest {
 protected:
  TelemetryApiTest() { service_.on_event(InitStarted{.is_during_invoke = false}); }

  FakeExchange put(SubscriptionApi api, std::string_view body,
                   std::optional<std::string_view> identifier = kIdentifier) {
    FakeExchange exchange("PUT", "", {}, body);
    if (identifier) exchange.add_header("lambda-extension-identifier", *identifier);
    api_.on_request(exchange, api);
    return exchange;
  }

  FakeDirectory directory_;
  TelemetryService service_{
      {.loop = *loop_, .function_name = "f", .function_version = "1", .memory_size_mb = "128"}};
  ReservedPorts reserved_ports_;
  TelemetryApi api_{directory_, service_, reserved_ports_};
};

constexpr auto kTelemetry = SubscriptionApi::kTelemetry;
constexpr auto kLogs = SubscriptionApi::kLogs;

std::string error(std::string_view type, std::string_view message) {
  return R"({"errorMessage":")" + std::string(message) + R"(","errorType":")" + std::string(type) +
         "\"}\n";
}

TEST_F(TelemetryApiTest, KnowsItsPaths) {
  EXPECT_EQ(TelemetryApi::find("/2022-07-01/telemetry"), kTelemetry);
  EXPECT_EQ(TelemetryApi::find("/2022-07-01/telemetry/"), kTelemetry);
  EXPECT_EQ(TelemetryApi::find("/2020-08-15/logs"), kLogs);
  EXPECT_EQ(TelemetryApi::find("/2020-08-15/telemetry"), std::nullopt);
  EXPECT_EQ(TelemetryApi::find("/"), std::nullopt);
}

TEST_F(TelemetryApiTest, Subscribes) {
  const FakeExchange exchange = put(kTelemetry, kBody);
  EXPECT_EQ(exchange.status, 200);
  EXPECT_EQ(exchange.answer, "\"OK\"");
  EXPECT_EQ(exchange.content_type, "application/json");
  EXPECT_TRUE(service_.has_subscriptions());
}

TEST_F(TelemetryApiTest, SubscribesToLogs) {
  EXPECT_EQ(put(kLogs, kLogsBody).status, 200);
  EXPECT_TRUE(service_.has_subscriptions());
}

TEST_F(TelemetryApiTest, SubscribesTwiceWithOneApiOnly) {
  EXPECT_EQ(put(kTelemetry, kBody).status, 200);
  EXPECT_EQ(put(kTelemetry, kBody).status, 200);
  const FakeExchange exchange = put(kLogs, kLogsBody);
  EXPECT_EQ(exchange.status, 400);
  EXPECT_EQ(exchange.answer, error("Logs.ValidationError",
                                   "the extension has subscribed with the Telemetry API already"));
}

TEST_F(TelemetryApiTest, TakesNoOtherMethod) {
  for (const char* method : {"GET", "POST", "DELETE"}) {
    FakeExchange exchange(method, "");
    api_.on_request(exchange, kTelemetry);
    EXPECT_EQ(exchange.status, 405);
    EXPECT_EQ(exchange.headers, (FakeExchange::Headers{{"Allow", "PUT"}}));
    EXPECT_EQ(exchange.answer, "");
  }
}

TEST_F(TelemetryApiTest, WantsToKnowWhoAsks) {
  const FakeExchange missing = put(kTelemetry, kBody, std::nullopt);
  EXPECT_EQ(missing.status, 403);
  EXPECT_EQ(missing.answer, error("Extension.MissingExtensionIdentifier",
                                  "Missing Lambda-Extension-Identifier header"));
  for (const char* wrong :
       {"x", "a1b2c3d4-5678-90ab-cdef-0123456789aX", "a1b2c3d4x5678-90ab-cdef-0123456789ab"}) {
    const FakeExchange invalid = put(kTelemetry, kBody, wrong);
    EXPECT_EQ(invalid.status, 403);
    EXPECT_EQ(invalid.answer,
              error("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"));
  }
  const FakeExchange unknown = put(kTelemetry, kBody, "b1b2c3d4-5678-90ab-cdef-0123456789ab");
  EXPECT_EQ(unknown.status, 403);
  EXPECT_EQ(unknown.answer, error("Extension.UnknownExtensionIdentifier",
                                  "Unknown extension b1b2c3d4-5678-90ab-cdef-0123456789ab"));
  EXPECT_FALSE(service_.has_subscriptions());
}

TEST_F(TelemetryApiTest, TakesSubscriptionsDuringInitOnly) {
  directory_.initializing = false;
  const FakeExchange telemetry = put(kTelemetry, kBody);
  EXPECT_EQ(telemetry.status, 403);
  EXPECT_EQ(telemetry.answer,
            error("Telemetry.SubscriptionClosed", "Telemetry API subscription is closed already"));
  const FakeExchange logs = put(kLogs, kLogsBody);
  EXPECT_EQ(logs.status, 403);
  EXPECT_EQ(logs.answer,
            error("Logs.SubscriptionClosed", "Logs API subscription is closed already"));
}

TEST_F(TelemetryApiTest, SaysWhatIsWrong) {
  const FakeExchange telemetry = put(kTelemetry, "{}");
  EXPECT_EQ(telemetry.status, 400);
  EXPECT_EQ(telemetry.content_type, "application/json");
  EXPECT_EQ(telemetry.answer, error("ValidationError",
                                    "schemaVersion is not provided; destination is not provided; "
                                    "types should not be empty"));
  EXPECT_EQ(
      put(kLogs, "{}").answer,
      error("Logs.ValidationError", "destination is not provided; types should not be empty"));
}

TEST_F(TelemetryApiTest, RefusesItsOwnPorts) {
  reserved_ports_.push_back(4243);
  EXPECT_EQ(put(kTelemetry, kBody).answer, error("ValidationError", "port 4243 is reserved"));
}

TEST_F(TelemetryApiTest, RefusesABodyThatIsTooLarge) {
  FakeExchange exchange("PUT", "");
  exchange.add_header("Lambda-Extension-Identifier", kIdentifier);
  exchange.is_too_large = true;
  api_.on_request(exchange, kTelemetry);
  EXPECT_EQ(exchange.status, 413);
}

}  // namespace
}  // namespace thimble::emulator
