#include <string>

#include <gtest/gtest.h>

#include "thimble/fetch/client.h"

#include "scripted_server.h"

namespace thimble::fetch {
namespace {

Reply redirect(std::string_view to, std::string_view status = "307 Temporary Redirect") {
  return answer(status, "elsewhere", "Location: " + std::string(to) + "\r\n");
}

Result<Response> get(const std::string& url, int max_redirects = 5, std::string method = "GET") {
  auto client = Client::open();
  return client->send(
      {.method = std::move(method),
       .url = url,
       .headers = {{"Authorization", "Basic c2VjcmV0"}, {"cookie", "a=b"}, {"Range", "bytes=5-"}},
       .max_redirects = max_redirects});
}

TEST(Redirect, IsAnAnswerLikeAnyOtherUnlessFollowed) {
  ScriptedServer server([](const Received&) { return redirect("/b"); });
  EXPECT_EQ(get(server.url("/a"), 0)->status, 307);
}

TEST(Redirect, ToTheSameServerKeepsAllHeaders) {
  for (const char* status : {"301 Moved", "302 Found", "303 See Other", "307 T", "308 P"}) {
    ScriptedServer server([status](const Received& request) {
      return request.has("GET /a") ? redirect("b?c", status) : answer("200 OK", "here");
    });
    const auto response = get(server.url("/a"));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "here");
    EXPECT_EQ(response->url, server.url("/b?c"));
    EXPECT_TRUE(server.received().at(1).has("Authorization: Basic c2VjcmV0\r\n"));
    EXPECT_TRUE(server.received().at(1).has("cookie: a=b\r\n"));
  }
}

TEST(Redirect, ToAnotherPortLosesTheCredentialsForGood) {
  ScriptedServer* first = nullptr;
  ScriptedServer other([&first](const Received&) { return redirect(first->url("/back")); });
  ScriptedServer server([&other](const Received& request) {
    return request.has("/back") ? answer("200 OK", "") : redirect(other.url("/b"));
  });
  first = &server;
  ASSERT_TRUE(get(server.url("/a")));
  for (const Received& request : {other.received().at(0), server.received().at(1)}) {
    EXPECT_FALSE(request.has("uthorization"));
    EXPECT_FALSE(request.has("ookie"));
    EXPECT_TRUE(request.has("Range: bytes=5-\r\n"));
  }
}

TEST(Redirect, ToAnotherNameOfTheSameServerLosesTheCredentials) {
  ScriptedServer* self = nullptr;
  ScriptedServer server([&self](const Received& request) {
    if (request.has("GET /b")) return answer("200 OK", "");
    return redirect("http://localhost:" + std::to_string(self->port()) + "/b");
  });
  self = &server;
  ASSERT_TRUE(get(server.url("/a")));
  EXPECT_FALSE(server.received().at(1).has("uthorization"));
}

TEST(Redirect, LoopEnds) {
  ScriptedServer server([](const Received&) { return redirect("/a"); });
  const auto response = get(server.url("/a"), 3);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kLimit);
  EXPECT_EQ(server.received().size(), 4U);
}

TEST(Redirect, IsNotFollowedToPlainHttpElsewhereNorToOtherSchemes) {
  for (const char* to : {"http://example.invalid/", "file:///etc/passwd", "ftp://127.0.0.1/",
                         "http://user:password@127.0.0.1/", "/a b", "http://[::2]/"}) {
    ScriptedServer server([to](const Received&) { return redirect(to); });
    const auto response = get(server.url("/a"));
    ASSERT_FALSE(response) << to;
    EXPECT_NE(response.error().code, ErrorCode::kIo) << to;
  }
}

TEST(Redirect, OfAnythingButGetAndHeadIsNotFollowed) {
  ScriptedServer server([](const Received&) { return redirect("/b"); });
  EXPECT_EQ(get(server.url("/a"), 5, "POST")->status, 307);
  EXPECT_EQ(server.received().size(), 1U);
}

TEST(Redirect, WithoutLocationIsAnAnswer) {
  ScriptedServer server([](const Received&) { return answer("302 Found", "where?"); });
  EXPECT_EQ(get(server.url("/a"))->body, "where?");
}

}  // namespace
}  // namespace thimble::fetch
