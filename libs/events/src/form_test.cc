#include <thimble/events/form.h>

#include <gtest/gtest.h>

namespace thimble::events {
namespace {

TEST(Form, DecodesPlusAndPercent) {
  EXPECT_EQ(decode_form("red+flower%21%2b"), "red flower!+");
  EXPECT_EQ(decode_form("Zo%C3%aB"), "Zoë");
  EXPECT_EQ(decode_percent("a+b%20c%2F"), "a+b c/");
}

TEST(Form, KeepsAPercentSignThatMeansNothing) {
  for (const char* text : {"%", "%4", "100%", "%zz", "%4g", "%%"}) {
    EXPECT_EQ(decode_form(text), text);
  }
  EXPECT_EQ(decode_form("%%41"), "%A");
}

}  // namespace
}  // namespace thimble::events
