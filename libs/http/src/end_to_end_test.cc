#include "thimble/http/end_to_end.h"

#include <string>

#include <gtest/gtest.h>

namespace thimble::http {
namespace {

std::string kept(std::vector<Header> headers) {
  std::string text;
  for (const auto& [name, value] : end_to_end(headers))
    text.append(name).append(":").append(value).append(" ");
  return text;
}

TEST(EndToEnd, KeepsEveryOtherHeaderAsItIs) {
  EXPECT_EQ(kept({{"X-B", "1"}, {"x-a", "2"}, {"X-B", ""}, {"Host", "h"}}),
            "X-B:1 x-a:2 X-B: Host:h ");
}

TEST(EndToEnd, LeavesOutWhatIsOfTheHop) {
  EXPECT_EQ(kept({{"connection", "close"},
                  {"CONTENT-LENGTH", "5"},
                  {"Transfer-Encoding", "chunked"},
                  {"TE", "trailers"},
                  {"Trailer", "t"},
                  {"Expect", "100-continue"},
                  {"Upgrade", "h2c"},
                  {"Keep-Alive", "5"},
                  {"Proxy-Authorization", "x"}}),
            "");
}

TEST(EndToEnd, LeavesOutWhatConnectionNames) {
  EXPECT_EQ(kept({{"X-Hop", "1"}, {"Connection", "keep-alive ,\tx-hop,"}, {"X-Hopper", "2"}}),
            "X-Hopper:2 ");
}

}  // namespace
}  // namespace thimble::http
