#include "printable.h"

#include <gtest/gtest.h>

namespace thimble::registry {
namespace {

TEST(Printable, LetsNothingThroughThatATerminalObeys) {
  EXPECT_EQ(printable("a\x1b[31mb\x07\x7f\x9bz"), "a?[31mb???z");
  EXPECT_EQ(printable(" two\r\n\tlines  "), "two lines");
  EXPECT_EQ(printable("caf\xc3\xa9"), "caf??");
  EXPECT_EQ(printable(std::string(1000, 'x')).size(), 303U);
}

TEST(Printable, KeepsOtherLettersInTextsOfOurOwn) {
  EXPECT_EQ(without_controls("/srv/j\xc3\xb6rg: \x1b[1m \xc2\x9b"
                             "2J\n"),
            "/srv/j\xc3\xb6rg: ?[1m ?2J?");
}

}  // namespace
}  // namespace thimble::registry
