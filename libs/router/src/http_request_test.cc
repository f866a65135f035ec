#include <thimble/router/http_request.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <thimble/events/batch_response.h>

namespace thimble::router {
namespace {

TEST(HttpRequest, DecodesTheQueryString) {
  events::ApiGatewayV2Request event;
  event.raw_query_string = "a=1&b=x+y%26z&&a=2&flag&=odd&e=&c=1=2";
  const HttpRequest request(event, "/", {});
  EXPECT_EQ(request.query("a"), "2");
  EXPECT_EQ(request.query_all("a"), (std::vector<std::string_view>{"1", "2"}));
  EXPECT_EQ(request.query("b"), "x y&z");
  EXPECT_EQ(request.query("flag"), "");
  EXPECT_EQ(request.query(""), "odd");
  EXPECT_EQ(request.query("e"), "");
  EXPECT_EQ(request.query("c"), "1=2");
  EXPECT_EQ(request.query("A"), std::nullopt);
  EXPECT_TRUE(request.query_all("A").empty());
}

TEST(HttpRequest, ShowsWhatTheEventHas) {
  events::ApiGatewayV2Request event;
  event.request_context.http.method = "PUT";
  event.headers = {{"content-type", "text/plain"}};
  const HttpRequest request(event, "/a%20b", {{"name", "Zoë"}});
  EXPECT_EQ(request.method(), "PUT");
  EXPECT_EQ(request.path(), "/a%20b");
  EXPECT_EQ(request.header("Content-Type"), "text/plain");
  EXPECT_EQ(request.param("name"), "Zoë");
  EXPECT_EQ(request.param("other"), "");
  EXPECT_EQ(&request.event(), &event);
}

TEST(HttpRequest, ReadsItsBodyAsAType) {
  events::ApiGatewayV2Request event;
  event.body = R"({"batchItemFailures":[{"itemIdentifier":"17"}]})";
  const HttpRequest request(event, "/", {});
  EXPECT_EQ(request.json<events::BatchResponse>()->batch_item_failures.at(0).item_identifier, "17");
  event.body = "eyJiYXRjaEl0ZW1GYWlsdXJlcyI6W119";
  event.is_base64_encoded = true;
  EXPECT_EQ(request.body().value(), R"({"batchItemFailures":[]})");
  EXPECT_TRUE(request.json<events::BatchResponse>());
  event.body = "!";
  EXPECT_EQ(request.json<events::BatchResponse>().error().message,
            "illegal base64 data at input byte 0");
  event.is_base64_encoded = false;
  EXPECT_EQ(request.json<events::BatchResponse>().error().message, "expected a value at byte 0");
}

}  // namespace
}  // namespace thimble::router
