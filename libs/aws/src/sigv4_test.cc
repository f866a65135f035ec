#include "thimble/aws/sigv4.h"

#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include <thimble/base/file.h>

namespace thimble::aws {
namespace {

// The keys and the time of AWS's own examples.
const Credentials kKeys = {.access_key_id = "AKIDEXAMPLE",
                           .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
const WallTime kTime{std::chrono::seconds(1440938160)};  // 2015-08-30T12:36:00Z

Signing signing(std::string_view service, const Credentials& keys = kKeys) {
  return {.service = service, .region = "us-east-1", .credentials = keys, .time = kTime};
}

std::string header(const fetch::Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "(none)";
}

// The signature of a request signed for "service".
std::string signature(fetch::Request request, std::string_view service = "service") {
  const auto signed_now = sign(request, signing(service));
  EXPECT_TRUE(signed_now) << signed_now.error().message;
  const std::string text = header(request, "Authorization");
  return text.substr(text.rfind('=') + 1);
}

TEST(SigV4, SignsTheExampleOfTheDocumentation) {
  fetch::Request request{
      .url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
      .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}}};
  ASSERT_TRUE(sign(request, signing("iam")));
  EXPECT_EQ(header(request, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
  EXPECT_EQ(header(request, "X-Amz-Date"), "20150830T123600Z");
}

// The names are those of AWS's published test suite, and so are the signatures.
TEST(SigV4, GetVanilla) {
  EXPECT_EQ(signature({.url = "https://example.amazonaws.com/"}),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(SigV4, GetVanillaQueryOrderKeyCase) {
  EXPECT_EQ(signature({.url = "https://example.amazonaws.com/?Param2=value2&Param1=value1"}),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(SigV4, PostVanilla) {
  EXPECT_EQ(signature({.method = "POST", .url = "https://example.amazonaws.com/"}),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST(SigV4, APathMeansTheSameWithDotsAndEmptySegments) {
  const std::string plain = signature({.url = "https://example.amazonaws.com/"});
  for (const std::string path : {"", "/", "//", "/./", "/example/..", "/a/b/../.."}) {
    EXPECT_EQ(signature({.url = "https://example.amazonaws.com" + path}), plain) << path;
  }
}

TEST(SigV4, ForS3APathIsWhatItIs) {
  const std::string plain = signature({.url = "https://s3.amazonaws.com/a"}, "s3");
  EXPECT_NE(signature({.url = "https://s3.amazonaws.com//a"}, "s3"), plain);
  EXPECT_NE(signature({.url = "https://s3.amazonaws.com/./a"}, "s3"), plain);
  EXPECT_EQ(signature({.url = "https://s3.amazonaws.com"}, "s3"),
            signature({.url = "https://s3.amazonaws.com/"}, "s3"));
}

TEST(SigV4, AQueryMeansTheSameInAnyOrderAndSpelling) {
  const std::string plain = signature({.url = "https://h.amazonaws.com/?a=x%3Ay&b=&b=%20&c="});
  for (const std::string query : {"c&b=%20&b&a=x:y", "&b=&&c=&a=%78%3ay&b=%20&"}) {
    EXPECT_EQ(signature({.url = "https://h.amazonaws.com/?" + query}), plain) << query;
  }
}

TEST(SigV4, TheDefaultPortAndTheCaseOfTheHostDoNotCount) {
  const std::string plain = signature({.url = "https://h.amazonaws.com/"});
  EXPECT_EQ(signature({.url = "HTTPS://H.AmazonAWS.com:443/"}), plain);
  EXPECT_NE(signature({.url = "https://h.amazonaws.com:8443/"}), plain);
}

TEST(SigV4, ReplacesWhatAnEarlierSignatureLeft) {
  Credentials keys = kKeys;
  keys.session_token = "token";
  fetch::Request once{.url = "https://h.amazonaws.com/"};
  ASSERT_TRUE(sign(once, signing("s3", keys)));
  fetch::Request twice = once;
  ASSERT_TRUE(sign(twice, signing("s3", keys)));
  EXPECT_EQ(twice.headers.size(), once.headers.size());
  EXPECT_EQ(header(twice, "Authorization"), header(once, "Authorization"));
  EXPECT_EQ(header(once, "X-Amz-Security-Token"), "token");
}

TEST(SigV4, HashesTheSaidPartOfAFile) {
  const auto path =
      std::filesystem::temp_directory_path() / ("thimble-sigv4-" + std::to_string(::getpid()));
  ASSERT_TRUE(write_file(path, "before-body-after"));
  const std::string of_file =
      signature({.method = "PUT",
                 .url = "https://h.amazonaws.com/",
                 .body = fetch::FileBody{.path = path, .offset = 7, .length = 4}},
                "s3");
  EXPECT_EQ(
      of_file,
      signature({.method = "PUT", .url = "https://h.amazonaws.com/", .body = std::string("body")},
                "s3"));
  fetch::Request beyond{.url = "https://h.amazonaws.com/",
                        .body = fetch::FileBody{.path = path, .offset = 7, .length = 400}};
  EXPECT_EQ(sign(beyond, signing("s3")).error().code, ErrorCode::kIo);
  std::filesystem::remove(path);
  EXPECT_EQ(sign(beyond, signing("s3")).error().code, ErrorCode::kNotFound);
}

TEST(SigV4, RefusesWhatIsNoUrlWithoutShowingIt) {
  for (const std::string url :
       {"", "h.amazonaws.com/secret", "ftp://u:secret@h/", "https:///?secret",
        "https://h:99999/?secret", "https://h/?secret secret"}) {
    fetch::Request request{.url = url};
    const auto refused = sign(request, signing("ecr"));
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
  }
}

// The example of "Authenticating Requests: Using Query Parameters" of the S3 documentation.
TEST(SigV4, PresignsTheExampleOfTheDocumentation) {
  const Credentials keys = {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                            .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  const auto url = presign({.url = "https://examplebucket.s3.amazonaws.com/test.txt"},
                           {.service = "s3",
                            .region = "us-east-1",
                            .credentials = keys,
                            .time = WallTime(std::chrono::seconds(1369353600))},
                           Seconds(86400));
  ASSERT_TRUE(url);
  EXPECT_EQ(*url,
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

}  // namespace
}  // namespace thimble::aws
