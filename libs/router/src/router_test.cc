#include <thimble/router/router.h>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <thimble/events/batch_response.h>
#include <thimble/ric/handler.h>

namespace thimble::router {
namespace {

events::ApiGatewayV2Request request(std::string_view method, std::string_view path) {
  events::ApiGatewayV2Request event;
  event.request_context.http.method = method;
  event.request_context.stage = "$default";
  event.request_context.domain_name = "a1b2c3.lambda-url.eu-west-1.on.aws";
  event.raw_path = path;
  return event;
}

// A router whose routes answer with their own name and parameters.
class RouterTest : public testing::Test {
 protected:
  void add(RouteKey key, std::string name) {
    app_.on(key, [name](const HttpRequest& request) {
      std::string body = name;
      for (const std::string_view parameter : {"name", "rest"}) {
        if (!request.param(parameter).empty()) {
          body += ' ';
          body += request.param(parameter);
        }
      }
      return body;
    });
  }

  HttpResponse answer(const events::ApiGatewayV2Request& event) {
    HttpResult result = app_(event, {});
    if (result) return std::move(*result);
    ADD_FAILURE() << result.error().message;
    return {};
  }
  std::string body(std::string_view method, std::string_view path) {
    return answer(request(method, path)).body;
  }

  Router app_;
};

constexpr std::string_view kNotFound = R"({"message":"Not Found"})";

TEST_F(RouterTest, FindsARouteByMethodAndPath) {
  add("GET /hello/{name}", "hello");
  add("POST /hello/{name}", "posted");
  add("GET /", "root");
  EXPECT_EQ(body("GET", "/hello/zoe"), "hello zoe");
  EXPECT_EQ(body("POST", "/hello/zoe"), "posted zoe");
  EXPECT_EQ(body("GET", "/"), "root");
  EXPECT_EQ(body("GET", ""), "root");
  for (const char* path :
       {"/hello", "/hello//", "/hello/a/b", "/Hello/a", "/hell/a", "//hello/a", "//"}) {
    EXPECT_EQ(body("GET", path), kNotFound) << path;
  }
}

TEST_F(RouterTest, DecodesSegmentsAfterTheyAreTakenApart) {
  add("GET /hello/{name}", "hello");
  add("GET /files/{rest+}", "file");
  EXPECT_EQ(body("GET", "/hello/Zo%C3%AB%2Fx+y"), "hello Zoë/x+y");
  EXPECT_EQ(body("GET", "/h%65llo/a"), "hello a");
  EXPECT_EQ(body("GET", "/hello%2Fa"), kNotFound);
  EXPECT_EQ(body("GET", "/files/a/b%20c//d"), "file a/b c//d");
  EXPECT_EQ(body("GET", "/files"), kNotFound);
  EXPECT_EQ(body("GET", "/files/"), kNotFound);
}

TEST_F(RouterTest, IgnoresOneSlashAtTheEnd) {
  add("GET /a", "a");
  add("GET /b/", "b");
  EXPECT_EQ(body("GET", "/a/"), "a");
  EXPECT_EQ(body("GET", "/b"), "b");
  EXPECT_EQ(body("GET", "/b/"), "b");
  EXPECT_EQ(body("GET", "/a//"), kNotFound);
}

TEST_F(RouterTest, PrefersWhatIsMoreSpecific) {
  add("GET /{rest+}", "rest");
  add("GET /{name}/b", "parameter");
  add("GET /a/{rest+}", "text and rest");
  add("ANY /a/b", "any");
  add("GET /a/b", "text");
  add("GET /a/b", "later");
  EXPECT_EQ(body("GET", "/a/b"), "text");
  EXPECT_EQ(body("PUT", "/a/b"), "any");
  EXPECT_EQ(body("GET", "/a/c"), "text and rest c");
  EXPECT_EQ(body("GET", "/x/b"), "parameter x");
  EXPECT_EQ(body("GET", "/x/c"), "rest x/c");
}

TEST_F(RouterTest, TakesTheRouteThatHasTheMethod) {
  add("GET /a/b", "text");
  add("POST /a/{name}", "parameter");
  EXPECT_EQ(body("POST", "/a/b"), "parameter b");
}

TEST_F(RouterTest, SaysWhichMethodsThereAre) {
  add("GET /a/{name}", "get");
  add("POST /a/b", "post");
  add("HEAD /a/b", "head");
  add("PUT /c", "put");
  const HttpResponse response = answer(request("DELETE", "/a/b"));
  EXPECT_EQ(response.status_code, 405);
  EXPECT_EQ(response.headers.get("Allow"), "GET, HEAD, POST");
  EXPECT_EQ(response.headers.get("content-type"), "application/json");
  EXPECT_EQ(response.body, R"({"message":"Method Not Allowed"})");
}

TEST_F(RouterTest, AnswersHeadAsGetWithoutTheBody) {
  add("GET /a", "get");
  add("POST /b", "post");
  const HttpResponse response = answer(request("HEAD", "/a"));
  EXPECT_EQ(response.status_code, 200);
  EXPECT_EQ(response.headers.get("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(answer(request("HEAD", "/b")).status_code, 405);
  EXPECT_EQ(answer(request("HEAD", "/c")).status_code, 404);
  EXPECT_EQ(body("HEAD", "/c"), "");
}

TEST_F(RouterTest, TakesTheStageFromThePathWhereItIs) {
  add("GET /hello", "hello");
  add("GET /live/hello", "with stage");
  auto event = request("GET", "/live/hello");
  event.request_context.api_id = "q7wert8yui";
  event.request_context.domain_prefix = "q7wert8yui";
  event.request_context.stage = "live";
  EXPECT_EQ(answer(event).body, "hello");
  event.request_context.domain_prefix = "api";
  EXPECT_EQ(answer(event).body, "with stage");
  event.request_context.domain_prefix = "q7wert8yui";
  event.raw_path = "/livehello";
  EXPECT_EQ(answer(event).status_code, 404);
}

TEST_F(RouterTest, DoesNotDecodeWhatAnHttpApiHasDecoded) {
  add("GET /files/{name}", "file");
  auto event = request("GET", "/files/%41 é");
  event.request_context.domain_name = "q7wert8yui.execute-api.eu-west-1.amazonaws.com";
  EXPECT_EQ(answer(event).body, "file %41 é");
}

TEST_F(RouterTest, TakesItsBasePathHoweverItIsWritten) {
  for (const char* base : {"/v1", "/v1/", "v1", "v1//"}) {
    app_ = Router({.base_path = base});
    add("GET /hello", "hello");
    EXPECT_EQ(body("GET", "/v1/hello"), "hello") << base;
  }
}

TEST_F(RouterTest, TakesItsBasePathFromThePath) {
  app_ = Router({.base_path = "/v1"});
  add("GET /hello", "hello");
  add("GET /", "root");
  EXPECT_EQ(body("GET", "/v1/hello"), "hello");
  EXPECT_EQ(body("GET", "/v1"), "root");
  EXPECT_EQ(body("GET", "/hello"), "hello");
  EXPECT_EQ(body("GET", "/v11/hello"), kNotFound);
}

TEST_F(RouterTest, TakesHandlersThatReturnWhatTheyLike) {
  app_.on("GET /text", [](const HttpRequest&) { return std::string("x"); })
      .on("GET /view", [](const HttpRequest&) { return std::string_view("x"); })
      .on("GET /literal", [](const HttpRequest&) { return "x"; })
      .on("GET /no-text",
          [](const HttpRequest&) -> std::expected<std::string, std::string> {
            return std::unexpected("no");
          })
      .on("GET /type", [](const HttpRequest&) { return events::BatchResponse(); })
      .on("GET /response", [](const HttpRequest&) { return error(418, "tea"); })
      .on("GET /context", [](const HttpRequest&, const ric::Context& context) {
        return std::string(context.request_id);
      });
  for (const char* path : {"/text", "/view", "/literal"}) EXPECT_EQ(body("GET", path), "x");
  EXPECT_EQ(app_(request("GET", "/no-text"), {}).error().message, "no");
  EXPECT_EQ(body("GET", "/type"), R"({"batchItemFailures":[]})");
  EXPECT_EQ(answer(request("GET", "/response")).status_code, 418);
  EXPECT_EQ(app_(request("GET", "/context"), {.request_id = "17"})->body, "17");
}

TEST_F(RouterTest, FailsTheInvocationOfAHandlerThatFails) {
  app_.on("GET /error",
          [](const HttpRequest&) -> Result<std::string> { return fail(ErrorCode::kIo, "no disk"); })
      .on("GET /handler-error",
          [](const HttpRequest&) -> HttpResult {
            return std::unexpected(ric::HandlerError{.type = "NoTable", .message = "no table"});
          })
      .on("GET /fine", [](const HttpRequest&) -> Result<std::string> { return "fine"; });
  EXPECT_EQ(app_(request("GET", "/error"), {}).error().message, "no disk");
  EXPECT_EQ(app_(request("GET", "/handler-error"), {}).error().type, "NoTable");
  EXPECT_EQ(body("GET", "/fine"), "fine");
}

TEST_F(RouterTest, IsAHandlerOfTheRuntimeInterfaceClient) {
  add("GET /hello/{name}", "hello");
  const ric::detail::Handler handler = ric::detail::make_handler(app_);
  const ric::Context context;
  ric::detail::Call call{
      .event = R"({"rawPath":"/hello/zoe","requestContext":{"http":{"method":"GET"}}})",
      .context = context};
  handler.call(handler.object, call);
  EXPECT_EQ(call.error.has_value(), false);
  EXPECT_EQ(call.body,
            R"({"statusCode":200,"headers":{"content-type":"text/plain; charset=utf-8"},)"
            R"("body":"hello zoe","isBase64Encoded":false})");
}

TEST(RouteKey, HasAMethodAndAPath) {
  constexpr RouteKey key("PATCH /a/{b}/{c+}");
  EXPECT_EQ(key.method(), "PATCH");
  EXPECT_EQ(key.path(), "/a/{b}/{c+}");
  EXPECT_EQ(RouteKey("ANY /").path(), "");
  EXPECT_EQ(RouteKey("GET /a/").path(), "/a");
}

}  // namespace
}  // namespace thimble::router
