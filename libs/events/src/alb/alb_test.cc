#include <thimble/events/alb.h>

#include <gtest/gtest.h>

#include "../fixture.h"

namespace thimble::events {
namespace {

TEST(Alb, ReadsARequest) {
  const auto event = read_fixture<AlbRequest>("alb/request_fixture.json");
  EXPECT_EQ(
      event.request_context.elb.target_group_arn,
      "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/hello/0a1b2c3d4e5f6071");
  EXPECT_EQ(event.http_method, "GET");
  EXPECT_EQ(event.path, "/hello");
  EXPECT_EQ(event.query_string_parameters, (StringMap{{"name", "Zo%C3%AB"}}));
  EXPECT_EQ(event.multi_value_query_string_parameters, (StringsMap{{"name", {"a", "Zo%C3%AB"}}}));
  EXPECT_EQ(event.headers,
            (Headers{{"host", "hello.example.com"},
                     {"x-amzn-trace-id", "Root=1-67c65d4b-0a1b2c3d4e5f60718293a4b5"}}));
  EXPECT_EQ(event.multi_value_headers,
            (MultiValueHeaders{{"accept", {"text/html", "text/plain"}}}));
  EXPECT_EQ(event.body, "körper");
  EXPECT_FALSE(event.is_base64_encoded);
}

TEST(Alb, ReadsAResponse) {
  const auto event = read_fixture<AlbResponse>("alb/response_fixture.json");
  EXPECT_EQ(event.status_code, 200);
  EXPECT_EQ(event.status_description, "200 OK");
  EXPECT_EQ(event.headers, (Headers{{"Content-Type", "text/html"}}));
  EXPECT_EQ(event.multi_value_headers, (MultiValueHeaders{{"Set-Cookie", {"a=1", "b=2"}}}));
  EXPECT_EQ(event.body, "<h1>héllo</h1>");
  EXPECT_FALSE(event.is_base64_encoded);
}

TEST(Alb, WritesNoDescriptionOfItsOwn) {
  EXPECT_EQ(written(AlbResponse{.status_code = 204}),
            R"({"statusCode":204,"body":"","isBase64Encoded":false})");
}

}  // namespace
}  // namespace thimble::events
