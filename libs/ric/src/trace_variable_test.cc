#include "trace_variable.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

namespace thimble::ric {
namespace {

std::string value() {
  const char* const value = std::getenv("_X_AMZN_TRACE_ID");
  return value == nullptr ? "(none)" : value;
}

// How often the variable stands in the environment.
int entries() {
  int count = 0;
  for (char** one = environ; *one != nullptr; ++one) {
    if (std::string_view(*one).starts_with("_X_AMZN_TRACE_ID=")) ++count;
  }
  return count;
}

class TraceVariable : public testing::Test {
 protected:
  void TearDown() override { set_trace_variable(""); }
};

TEST_F(TraceVariable, IsSetAndRemoved) {
  set_trace_variable("Root=1-a");
  EXPECT_EQ(value(), "Root=1-a");
  set_trace_variable("Root=1-bcd;Sampled=1");
  EXPECT_EQ(value(), "Root=1-bcd;Sampled=1");
  set_trace_variable("x");
  EXPECT_EQ(value(), "x");
  EXPECT_EQ(entries(), 1);
  set_trace_variable("");
  EXPECT_EQ(value(), "(none)");
  set_trace_variable("");
  set_trace_variable("again");
  EXPECT_EQ(value(), "again");
  EXPECT_EQ(entries(), 1);
}

TEST_F(TraceVariable, WhatWasThereBeforeIsReplaced) {
  ::setenv("_X_AMZN_TRACE_ID", "from before", 1);
  set_trace_variable("Root=1-a");
  EXPECT_EQ(value(), "Root=1-a");
  EXPECT_EQ(entries(), 1);
  ::setenv("_X_AMZN_TRACE_ID", "the handler's", 1);
  set_trace_variable("Root=1-b");
  EXPECT_EQ(value(), "Root=1-b");
  ::unsetenv("_X_AMZN_TRACE_ID");
  set_trace_variable("Root=1-c");
  EXPECT_EQ(value(), "Root=1-c");
  ::setenv("_X_AMZN_TRACE_ID", "the handler's", 1);
  set_trace_variable("");
  EXPECT_EQ(value(), "(none)");
  EXPECT_EQ(entries(), 0);
}

TEST_F(TraceVariable, IsRemovedRatherThanCut) {
  set_trace_variable(std::string(2048 - 18, 'x'));
  EXPECT_EQ(value(), std::string(2048 - 18, 'x'));
  set_trace_variable(std::string(2048 - 17, 'x'));
  EXPECT_EQ(value(), "(none)");
}

}  // namespace
}  // namespace thimble::ric
