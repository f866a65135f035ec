#include "thimble/http/endpoint.h"

#include <gtest/gtest.h>

namespace thimble::http {
namespace {

TEST(Endpoint, TakesAnAddressAsItIs) {
  const auto four = Endpoint::look_up({"127.0.0.1", 8080});
  ASSERT_TRUE(four) << four.error().message;
  EXPECT_EQ(four->address().text(), "127.0.0.1:8080");
  EXPECT_EQ(four->socket_addresses().size(), 1U);
  const auto six = Endpoint::look_up({"::1", 8080});
  ASSERT_TRUE(six) << six.error().message;
  EXPECT_GT(six->socket_addresses()[0].size(), four->socket_addresses()[0].size());
}

TEST(Endpoint, SaysWhichNameIsUnknown) {
  const auto unknown = Endpoint::look_up({"no name at all", 1});
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().message.starts_with("no name at all:1: ")) << unknown.error().message;
}

}  // namespace
}  // namespace thimble::http
