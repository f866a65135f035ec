#include "thimble/http/address.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble::http {
namespace {

struct Good {
  std::string_view text;
  std::string_view host;
  std::uint16_t port;
  std::string_view written;  // by text()
};

constexpr Good kGood[] = {
    {"127.0.0.1:8080", "127.0.0.1", 8080, "127.0.0.1:8080"},
    {"localhost:0", "localhost", 0, "localhost:0"},
    {":8080", "", 8080, ":8080"},
    {"0.0.0.0:65535", "0.0.0.0", 65535, "0.0.0.0:65535"},
    {"[::1]:9001", "::1", 9001, "[::1]:9001"},
    {"[::]:80", "::", 80, "[::]:80"},
    {"[]:80", "", 80, ":80"},
    {"[127.0.0.1]:80", "127.0.0.1", 80, "127.0.0.1:80"},
};

TEST(Address, ReadsHostAndPort) {
  for (const Good& good : kGood) {
    const auto address = parse_address(good.text);
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(address->host, good.host);
    EXPECT_EQ(address->port, good.port);
    EXPECT_EQ(address->text(), good.written);
  }
}

struct Bad {
  std::string_view text;
  std::string_view why;
};

constexpr Bad kBad[] = {
    {"", "the port is missing"},
    {"localhost", "the port is missing"},
    {"localhost:", "port '' is not in 0..65535"},
    {"localhost:65536", "port '65536' is not in 0..65535"},
    {"localhost:-1", "port '-1' is not in 0..65535"},
    {"localhost:+1", "port '+1' is not in 0..65535"},
    {"localhost: 1", "port ' 1' is not in 0..65535"},
    {"localhost:http", "port 'http' is not in 0..65535"},
    {"localhost:99999999999999999999", "port '99999999999999999999' is not in 0..65535"},
    {"::1:8080", "put brackets around an IPv6 address"},
    {"[::1", "put brackets around an IPv6 address"},
    {"[::1]", "put brackets around an IPv6 address"},
    {"a:b:1", "put brackets around an IPv6 address"},
    {"[[a]]:1", "brackets belong around an IPv6 address"},
    {"[a:1", "brackets belong around an IPv6 address"},
    {"[::1]]:1", "brackets belong around an IPv6 address"},
};

TEST(Address, SaysWhatIsWrongWithAnAddress) {
  for (const Bad& bad : kBad) {
    const auto address = parse_address(bad.text);
    ASSERT_FALSE(address) << bad.text;
    EXPECT_EQ(address.error().code, ErrorCode::kInvalid);
    const std::string expected =
        "'" + std::string(bad.text) + "' is not host:port (" + std::string(bad.why) + ")";
    EXPECT_EQ(address.error().message, expected);
  }
}

}  // namespace
}  // namespace thimble::http
