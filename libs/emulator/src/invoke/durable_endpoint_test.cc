#include "durable_endpoint.h"

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

TEST(DurableEndpoint, IsAHostAndAPortAndNothingElse) {
  EXPECT_EQ(parse_durable_endpoint("http://engine:9014/").value().text(), "engine:9014");
  EXPECT_EQ(parse_durable_endpoint("http://[::1]:9014").value().host, "::1");
  for (const char* text :
       {"", "http://", "engine:9014", "http://engine", "http://engine:", "http://engine:0",
        "http://engine:65536", "http://:9014", "http://engine:9014/x", "http://engine:9014//",
        "http://me@engine:9014", "http://engine:9014?x", "HTTP://engine:9014", "http://::1:9014",
        "http://en gine:9014", "http://engine\r\n:9014", "ftp://engine:9014"}) {
    EXPECT_FALSE(parse_durable_endpoint(text)) << text;
  }
}

}  // namespace
}  // namespace thimble::emulator
