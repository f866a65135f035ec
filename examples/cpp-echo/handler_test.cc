#include "handler.h"

#include <gtest/gtest.h>

TEST(Echo, IsTheEvent) {
  EXPECT_EQ(echo::handle(R"({"name": "J\u00fcrgen"})", {}), R"({"name": "J\u00fcrgen"})");
  EXPECT_EQ(echo::handle("", {}), "");
}
