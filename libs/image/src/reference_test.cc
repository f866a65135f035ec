#include "thimble/image/reference.h"

#include <gtest/gtest.h>

namespace thimble::image {
namespace {

const std::string kDigest = Digest::of("").str();

struct Row {
  std::string text;
  std::string whole;  // Completed.
};

class ReferenceTakes : public testing::TestWithParam<Row> {};

TEST_P(ReferenceTakes, AndCompletesIt) {
  const auto reference = Reference::parse(GetParam().text);
  ASSERT_TRUE(reference) << reference.error().message;
  EXPECT_EQ(reference->str(), GetParam().whole);
  EXPECT_EQ(Reference::parse(reference->str()), *reference);
}

INSTANTIATE_TEST_SUITE_P(
    Names, ReferenceTakes,
    testing::Values(
        Row{"debian", "docker.io/library/debian:latest"},
        Row{"debian:12", "docker.io/library/debian:12"},
        Row{"team/app", "docker.io/team/app:latest"},
        Row{"docker.io/debian", "docker.io/library/debian:latest"},
        Row{"docker.io/library/debian", "docker.io/library/debian:latest"},
        Row{"index.docker.io/debian", "docker.io/library/debian:latest"},
        Row{"localhost/app", "localhost/app:latest"},
        Row{"localhost:5000/app", "localhost:5000/app:latest"},
        Row{"localhost:5000/app:v1", "localhost:5000/app:v1"},
        Row{"localhost:5000/a/b/c/d:v1", "localhost:5000/a/b/c/d:v1"},
        Row{"127.0.0.1:5000/app", "127.0.0.1:5000/app:latest"},
        Row{"[::1]:5000/app", "[::1]:5000/app:latest"}, Row{"[::1]/app", "[::1]/app:latest"},
        Row{"ghcr.io/owner/app", "ghcr.io/owner/app:latest"}, Row{"Host/app", "Host/app:latest"},
        Row{"123456789012.dkr.ecr.eu-west-1.amazonaws.com/hello",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hello:latest"},
        Row{"public.ecr.aws/lambda/python:3.11", "public.ecr.aws/lambda/python:3.11"},
        Row{"a.b/c.d_e__f-g---h", "a.b/c.d_e__f-g---h:latest"},
        Row{"app:V1.2_3-x", "docker.io/library/app:V1.2_3-x"},
        Row{"app:_x", "docker.io/library/app:_x"},
        Row{"app:" + std::string(128, 'x'), "docker.io/library/app:" + std::string(128, 'x')},
        Row{"app@" + kDigest, "docker.io/library/app@" + kDigest},
        Row{"app:v1@" + kDigest, "docker.io/library/app:v1@" + kDigest},
        Row{"localhost:5000/app@" + kDigest, "localhost:5000/app@" + kDigest},
        Row{"0/0", "docker.io/0/0:latest"}));

class ReferenceRefuses : public testing::TestWithParam<std::string> {};

TEST_P(ReferenceRefuses, WhatIsNoName) {
  const auto reference = Reference::parse(GetParam());
  ASSERT_FALSE(reference) << reference->str();
  EXPECT_EQ(reference.error().code, ErrorCode::kInvalid);
}

INSTANTIATE_TEST_SUITE_P(
    Names, ReferenceRefuses,
    testing::Values("", "/", ":", "@", "app:", "app@", ":v1", "App", "team/App", "app//b", "/app",
                    "app/", "a/../b", "./app", "..", "app name", "app\n", "app:v 1", "app:.v",
                    "app:-v", "app:" + std::string(129, 'x'), "app:v1:v2", "app@sha256:abc",
                    "app@" + kDigest + "x", "app@" + kDigest + "@" + kDigest, "-app", "app-",
                    "_app", "app_", "a___b", "a..b", "a._b", ".app", "localhost:/app",
                    "localhost:99999/app", "localhost:x/app", "-host.io/app", "host-.io/app",
                    "host..io/app", "[::1/app", "[]/app", "[xyz]/app", "[::1]x/app",
                    "https://ghcr.io/app", "docker.io/" + std::string(256, 'a'),
                    std::string("app\0", 4), "caf\xc3\xa9", "host.io/", "user@host.io/app"));

TEST(Reference, IsAskedForByDigestIfThereIsOne) {
  EXPECT_EQ(Reference::parse("app:v1@" + kDigest)->tag_or_digest(), kDigest);
  EXPECT_EQ(Reference::parse("app:v1")->tag_or_digest(), "v1");
}

}  // namespace
}  // namespace thimble::image
