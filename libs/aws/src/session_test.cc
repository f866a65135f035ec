#include "thimble/aws/session.h"

#include <gtest/gtest.h>

#include "fake_world.h"

namespace thimble::aws {
namespace {

class Sessions : public FakeWorld {
 protected:
  Sessions() {
    env.set("AWS_ACCESS_KEY_ID", "id");
    env.set("AWS_SECRET_ACCESS_KEY", "the secret key");
    env.set("AWS_SESSION_TOKEN", "the session token");
    env.set("AWS_REGION", "eu-west-1");
  }
  const Call kCall = json_call("ecr", "Api_V1.DoIt", R"({"a": 1})");

  // The error of a call that is answered with this.
  std::string refusal(int status, std::string text, std::vector<fetch::Header> headers = {}) {
    answers.clear();
    requests.clear();
    answer(status, std::move(text), std::move(headers));
    auto asked = session();
    const auto body = asked.call_body(kCall);
    return body ? "success" : body.error().message;
  }
};

TEST_F(Sessions, ACallIsSignedAndSentToItsRegion) {
  answer(200, "{}");
  auto asked = session();
  const auto got = asked.call(kCall);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, "{}");
  EXPECT_FALSE(got->error);
  EXPECT_EQ(requests.at(0).url, "https://api.ecr.eu-west-1.amazonaws.com/");
  EXPECT_EQ(header(requests.at(0), "X-Amz-Target"), "Api_V1.DoIt");
  EXPECT_NE(header(requests.at(0), "Authorization").find("Credential=id/20150830/eu-west-1/ecr/"),
            std::string::npos);
  EXPECT_EQ(header(requests.at(0), "X-Amz-Security-Token"), "the session token");
}

TEST_F(Sessions, ARestCallHasItsPathAndQuery) {
  answer(200, "{}");
  auto call = rest_call("lambda", "Invoke", "PUT", "/2015-03-31/functions/a%3Ab/code", "{}");
  call.query = "Qualifier=live";
  call.region = "us-gov-west-1";
  auto asked = session();
  ASSERT_TRUE(asked.call(call));
  EXPECT_EQ(requests.at(0).method, "PUT");
  EXPECT_EQ(requests.at(0).url,
            "https://lambda.us-gov-west-1.amazonaws.com/2015-03-31/functions/a%3Ab/code"
            "?Qualifier=live");
}

TEST_F(Sessions, WithoutARegionSaysHowToSetOne) {
  env.erase("AWS_REGION");
  auto asked = session();
  EXPECT_EQ(asked.call(kCall).error().message,
            "no AWS region: set AWS_REGION, or `aws configure set region eu-west-1 --profile "
            "default`");
}

TEST_F(Sessions, AnErrorIsReadInEveryProtocol) {
  const std::string expected = "ecr DoIt: NotThereException: no such thing (request r-1)";
  const std::vector<fetch::Header> id = {{"x-amzn-RequestId", "r-1"}};
  EXPECT_EQ(
      refusal(400, R"({"__type": "com.amazon#NotThereException", "message": "no such thing"})", id),
      expected);
  EXPECT_EQ(refusal(404, R"({"Message": "no such thing", "Type": "User"})",
                    {{"x-amzn-RequestId", "r-1"},
                     {"X-Amzn-ErrorType", "NotThereException:http://internal.amazon.com/"}}),
            expected);
  EXPECT_EQ(
      refusal(400, R"({"__type": "New", "message": "no such thing"})",
              {{"x-amzn-RequestId", "r-1"}, {"x-amzn-query-error", "NotThereException;Sender"}}),
      expected);
  EXPECT_EQ(refusal(400,
                    "<ErrorResponse xmlns=\"u\"><Error><Type>Sender</Type><Code>NotThereException"
                    "</Code><Message>no such thing</Message></Error><RequestId>r-1</RequestId>"
                    "</ErrorResponse>"),
            expected);
  EXPECT_EQ(refusal(404,
                    "<Error><Code>NotThereException</Code><Message>no such\x1b[1mthing</Message>"
                    "<RequestId>r-1</RequestId></Error>"),
            "ecr DoIt: NotThereException: no such [1mthing (request r-1)");
  EXPECT_EQ(refusal(400, "<html>gateway</html>"), "ecr DoIt: status 400");
  EXPECT_EQ(refusal(403, "{\"message\": broken"), "ecr DoIt: status 403");
}

TEST_F(Sessions, AnErrorHasTheCodeThatACallerMayBranchOn) {
  const auto code = [](int status, std::string name) {
    return to_error(Call{}, {.status = status, .code = std::move(name)}).code;
  };
  EXPECT_EQ(code(400, "RepositoryNotFoundException"), ErrorCode::kNotFound);
  EXPECT_EQ(code(400, "AccessDeniedException"), ErrorCode::kPermission);
  EXPECT_EQ(code(403, ""), ErrorCode::kPermission);
  EXPECT_EQ(code(400, "ThrottlingException"), ErrorCode::kLimit);
  EXPECT_EQ(code(400, "RepositoryAlreadyExistsException"), ErrorCode::kBusy);
  EXPECT_EQ(code(500, "InternalFailure"), ErrorCode::kIo);
  EXPECT_EQ(code(400, "ValidationException"), ErrorCode::kInvalid);
}

TEST_F(Sessions, NoErrorShowsASecret) {
  const std::string text = refusal(
      403,
      R"({"__type": "InvalidSignatureException", "message": "The request signature we calculated does not match.\n\nThe Canonical String was\n'POST\n/\n\nx-amz-security-token:the session token'"})");
  EXPECT_EQ(text,
            "ecr DoIt: InvalidSignatureException: The request signature we calculated does not "
            "match.");
  EXPECT_EQ(
      refusal(400, R"({"__type": "X", "message": "bad 'the session token' or 'the secret key'"})"),
      "ecr DoIt: X: bad '***' or '***'");
}

TEST_F(Sessions, AWrongClockIsNamed) {
  const std::string body = R"({"__type": "InvalidSignatureException", "message": "expired"})";
  EXPECT_EQ(refusal(403, body, {{"Date", "Sun, 30 Aug 2015 12:56:30 GMT"}}),
            "ecr DoIt: InvalidSignatureException: expired; this machine's clock is 20 minutes "
            "behind: `timedatectl set-ntp true` sets it");
  EXPECT_EQ(refusal(403, body, {{"Date", "Sun, 30 Aug 2015 12:36:30 GMT"}}),
            "ecr DoIt: InvalidSignatureException: expired");
}

TEST_F(Sessions, ABusyServiceIsAskedAgain) {
  answer(400, R"({"__type": "ThrottlingException"})");
  answer(Error{ErrorCode::kIo, "reset"});
  answer(200, "{}");
  auto asked = session();
  EXPECT_EQ(asked.call_body(kCall), "{}");
  ASSERT_EQ(waits.size(), 2U);
  EXPECT_LE(waits[0], Milliseconds(1000));
  EXPECT_LE(waits[1], Milliseconds(2000));
}

TEST_F(Sessions, ThreeTimesOrAsConfigured) {
  for (int i = 0; i < 20; ++i) answer(503, "");
  auto asked = session();
  EXPECT_EQ(asked.call_body(kCall).error().message, "ecr DoIt: status 503");
  EXPECT_EQ(requests.size(), 3U);
  env.set("AWS_MAX_ATTEMPTS", "1");
  auto once = session();
  EXPECT_FALSE(once.call_body(kCall));
  EXPECT_EQ(requests.size(), 4U);
}

TEST_F(Sessions, WhatCannotBeSentIsNotSentAgain) {
  answer(Error{ErrorCode::kPermission, "plain HTTP"});
  auto asked = session();
  EXPECT_EQ(asked.call_body(kCall).error().message, "ecr DoIt: plain HTTP");
  EXPECT_EQ(requests.size(), 1U);
}

TEST_F(Sessions, CredentialsAreLookedForAgainBeforeTheyExpire) {
  env.erase("AWS_ACCESS_KEY_ID");
  env.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  answer(200,
         R"({"AccessKeyId": "one", "SecretAccessKey": "s", "Expiration": "2015-08-30T13:36:00Z"})");
  answer(200, R"({"AccessKeyId": "two", "SecretAccessKey": "s"})");
  auto asked = session();
  EXPECT_EQ(asked.credentials()->access_key_id, "one");
  clock.advance(std::chrono::minutes(54));
  EXPECT_EQ(asked.credentials()->access_key_id, "one");
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(asked.credentials()->access_key_id, "two");
  clock.advance(std::chrono::hours(100));
  EXPECT_EQ(asked.credentials()->access_key_id, "two");
}

}  // namespace
}  // namespace thimble::aws
