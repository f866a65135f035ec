#include "thimble/base/base64.h"

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace thimble {
namespace {

// RFC 4648 section 10.
constexpr std::pair<std::string_view, std::string_view> kVectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

TEST(Base64, ReadsAndWritesTheVectorsOfItsStandard) {
  for (const auto& [bytes, text] : kVectors) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text).value(), bytes);
  }
}

TEST(Base64, UsesTheStandardAlphabet) {
  EXPECT_EQ(base64_encode("\xfb\xff\xbf"), "+/+/");
  EXPECT_EQ(base64_decode("+/+/").value(), "\xfb\xff\xbf");
  EXPECT_FALSE(base64_decode("-_-_")) << "that is the alphabet for URLs";
}

TEST(Base64, ReadsBackEveryByteAtEveryPlace) {
  for (std::size_t size = 1; size <= 4; ++size) {
    for (int value = 0; value < 256; ++value) {
      const std::string bytes(size, static_cast<char>(value));
      ASSERT_EQ(base64_decode(base64_encode(bytes)).value(), bytes);
    }
  }
}

TEST(Base64, RefusesWhatIsNotBase64) {
  for (const std::string_view text :
       {"=",    "==",   "===",  "====",     "A",        "AA",       "AAA",       "AAAAA",
        "Zg=",  "Zg=a", "Z===", "Zg==Zg==", "=Zg=",     "Zm8=Zm8=", "Zm9v=",     "Zm9v====",
        "Zm9!", "Zm9 ", " m9v", "Zm9v\n",   "Zm9v\r\n", "Zm\n9v",   "Z\xc3\xa4g"}) {
    EXPECT_FALSE(base64_decode(text)) << "'" << text << "'";
  }
  EXPECT_FALSE(base64_decode(std::string_view("Zm9\0", 4)));
}

// Else two texts would mean the same bytes: RFC 4648 section 3.5.
TEST(Base64, RefusesSpareBitsThatAreNotZero) {
  for (const std::string_view text : {"Zh==", "Zk==", "Zv==", "Zm9=", "Zm+=", "Zm/="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

TEST(Base64, NamesTheFirstWrongByte) {
  EXPECT_EQ(base64_decode("Zm9v!m9v").error().message, "illegal base64 data at input byte 4");
  EXPECT_EQ(base64_decode("Zm9vZg").error().message, "illegal base64 data at input byte 6");
  EXPECT_EQ(base64_decode("A===").error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace thimble
