#include "thimble/hash/sha1.h"

#include <gtest/gtest.h>

namespace thimble::hash {
namespace {

// FIPS 180-4's examples.
TEST(Sha1, IsThatOfTheStandard) {
  EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

}  // namespace
}  // namespace thimble::hash
