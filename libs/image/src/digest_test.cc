#include "thimble/image/digest.h"

#include <gtest/gtest.h>

namespace thimble::image {
namespace {

TEST(Digest, OfBytesIsTheirSha256) {
  EXPECT_EQ(Digest::of("").str(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, IsReadAsItIsWritten) {
  const Digest digest = Digest::of("x");
  const auto read = Digest::parse(digest.str());
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, digest);
  EXPECT_EQ(read->hex().size(), 64U);
}

class DigestRefuses : public testing::TestWithParam<std::string> {};

TEST_P(DigestRefuses, WhatIsNoDigest) {
  const auto read = Digest::parse(GetParam());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kInvalid);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, DigestRefuses,
    testing::Values("", "sha256", "sha256:", "sha256:" + std::string(63, 'a'),
                    "sha256:" + std::string(65, 'a'), "sha256:" + std::string(64, 'A'),
                    "sha256:" + std::string(64, 'g'), "sha512:" + std::string(64, 'a'),
                    "SHA256:" + std::string(64, 'a'), " sha256:" + std::string(64, 'a'),
                    "sha256:../../" + std::string(58, 'a'),
                    "sha256:" + std::string(63, 'a') + std::string(1, '\0')));

}  // namespace
}  // namespace thimble::image
