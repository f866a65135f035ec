#include "service.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include <thimble/json/query.h>

namespace {

using thimble::events::ApiGatewayV2Request;

std::string file(const char* name) {
  std::ifstream in(std::string("events/") + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

thimble::router::HttpResponse get(const char* path, const char* query = "") {
  ApiGatewayV2Request request;
  request.raw_path = path;
  request.raw_query_string = query;
  request.request_context.http.method = "GET";
  request.request_context.stage = "$default";
  const auto service =
      hello::make_service([] { return std::chrono::sys_days{} + std::chrono::days(20780); });
  return service(request, {}).value();
}

std::string message(const thimble::router::HttpResponse& response) {
  return thimble::json::find_string(response.body, "message").value().value();
}

TEST(Service, GreetsWhomTheUrlNames) {
  EXPECT_EQ(message(get("/hello", "name=Chris")), "Hello, Chris!");
  EXPECT_EQ(message(get("/goodbye", "name=Chris")), "Goodbye, Chris!");
  EXPECT_EQ(message(get("/hello", "name=J%C3%BCrgen%20%22J%22+M%C3%BCller")),
            "Hello, Jürgen \"J\" Müller!");
}

TEST(Service, GreetsTheWorldOtherwise) {
  EXPECT_EQ(message(get("/hello")), "Hello, World!");
  EXPECT_EQ(message(get("/goodbye", "name=")), "Goodbye, World!");
}

TEST(Service, TellsTheTime) {
  const auto body = get("/hello").body;
  EXPECT_EQ(thimble::json::find_string(body, "timestamp").value(), "2026-11-23T00:00:00Z");
}

TEST(Service, IsNowhereElse) {
  EXPECT_EQ(get("/").status_code, 404);
  EXPECT_EQ(get("/Hello").status_code, 404);
}

TEST(Service, AnswersTheEventOfTheExample) {
  const auto request = ApiGatewayV2Request::from_json(file("hello.json"));
  ASSERT_TRUE(request) << request.error().message;
  const auto service = hello::make_service(&std::chrono::system_clock::now);
  const auto response = service(*request, {}).value();
  EXPECT_EQ(response.status_code, 200);
  EXPECT_EQ(response.headers.get("content-type"), "application/json");
  EXPECT_EQ(message(response), "Hello, Chris!");
}

}  // namespace
