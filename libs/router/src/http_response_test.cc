#include <thimble/router/http_response.h>

#include <gtest/gtest.h>

#include <thimble/events/batch_response.h>

namespace thimble::router {
namespace {

TEST(HttpResponse, SaysWhatItIs) {
  EXPECT_EQ(text("x"), (HttpResponse{.headers = {{"content-type", "text/plain; charset=utf-8"}},
                                     .body = "x"}));
  EXPECT_EQ(content("text/html", "<p>", 201),
            (HttpResponse{
                .status_code = 201, .headers = {{"content-type", "text/html"}}, .body = "<p>"}));
  EXPECT_EQ(json(events::BatchResponse(), 202),
            (HttpResponse{.status_code = 202,
                          .headers = {{"content-type", "application/json"}},
                          .body = R"({"batchItemFailures":[]})"}));
  EXPECT_EQ(
      binary("image/png", "\xFF"),
      (HttpResponse{
          .headers = {{"content-type", "image/png"}}, .body = "/w==", .is_base64_encoded = true}));
  EXPECT_EQ(error(400, "no \"name\""),
            (HttpResponse{.status_code = 400,
                          .headers = {{"content-type", "application/json"}},
                          .body = R"({"message":"no \"name\""})"}));
  EXPECT_EQ(no_content(), (HttpResponse{.status_code = 204}));
  EXPECT_EQ(redirect("/b", 303),
            (HttpResponse{.status_code = 303, .headers = {{"location", "/b"}}}));
}

}  // namespace
}  // namespace thimble::router
