#include "answer.h"

#include <gtest/gtest.h>

namespace thimble::registry {
namespace {

using std::chrono::seconds;

constexpr std::string_view kEcr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

fetch::Response answered(int status, std::string body = {},
                         std::vector<fetch::Header> headers = {}) {
  return {.status = status,
          .headers = std::move(headers),
          .body = std::move(body),
          .url = "https://host/v2/app/manifests/v1?signature=secret"};
}

std::string message(const fetch::Response& response, std::string_view registry = "host") {
  return describe(response, {"PUT", registry, "team/app"}).message;
}

TEST(Answer, NamesTheRegistrysOwnCodeAndWords) {
  EXPECT_EQ(
      message(answered(404, R"({"errors":[{"code":"X","message":"not here"},{"code":"Y"}]})")),
      "PUT https://host/v2/app/manifests/v1: 404 X (not here)");
  EXPECT_EQ(message(answered(400, "just text\n")),
            "PUT https://host/v2/app/manifests/v1: 400 (just text)");
  EXPECT_EQ(message(answered(400, "<html>no</html>")), "PUT https://host/v2/app/manifests/v1: 400");
}

TEST(Answer, SaysWhatMayHelp) {
  EXPECT_TRUE(message(answered(401)).ends_with("; run: docker login host"));
  EXPECT_TRUE(message(answered(401), kEcr).find("AWS credentials") != std::string::npos);
  EXPECT_TRUE(message(answered(404, R"({"errors":[{"code":"NAME_UNKNOWN"}]})"), kEcr)
                  .ends_with("; run: aws ecr create-repository --repository-name team/app "
                             "--region eu-west-1"));
  EXPECT_FALSE(message(answered(404, R"({"errors":[{"code":"NAME_UNKNOWN"}]})")).find("aws") !=
               std::string::npos);
}

TEST(Answer, HasACodeToBranchOn) {
  const auto code = [](int status) { return describe(answered(status), {"GET", "host", ""}).code; };
  EXPECT_EQ(code(401), ErrorCode::kPermission);
  EXPECT_EQ(code(403), ErrorCode::kPermission);
  EXPECT_EQ(code(404), ErrorCode::kNotFound);
  EXPECT_EQ(code(429), ErrorCode::kBusy);
  EXPECT_EQ(code(500), ErrorCode::kIo);
  EXPECT_EQ(code(400), ErrorCode::kInvalid);
}

TEST(Answer, FindsAnyOfSeveralErrors) {
  const auto response = answered(404, R"({"errors":[{"code":"A"},{"code":"B"}]})");
  EXPECT_TRUE(has_error(response, "A"));
  EXPECT_TRUE(has_error(response, "B"));
  EXPECT_FALSE(has_error(response, "C"));
  EXPECT_FALSE(has_error(answered(404, R"({"errors":[{"code":"A"}])"), "A"));
}

TEST(Answer, ReadsRetryAfterInSeconds) {
  const auto after = [](std::string value) {
    return retry_after(answered(429, {}, {{"Retry-After", std::move(value)}}));
  };
  EXPECT_EQ(after("0"), seconds(0));
  EXPECT_EQ(after("120"), seconds(120));
  EXPECT_EQ(after("99999999999999999999"), seconds(1'000'000'000));
  for (const char* value : {"", "-1", "1.5", "soon", "Fri, 31 Dec 1999 23:59:59 GMT"}) {
    EXPECT_EQ(after(value), std::nullopt) << value;
  }
}

}  // namespace
}  // namespace thimble::registry
