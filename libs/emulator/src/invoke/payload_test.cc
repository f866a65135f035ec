#include "invoke/payload.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

TEST(MediaType, MayBeJsonIfNothingElseIsSaid) {
  for (const std::string_view type :
       {"", "application/json", "application/json; charset=utf-8", "APPLICATION/JSON ;charset=x",
        "application/vnd.api+json", "application/cloudevents+json; charset=UTF-8", "text/json",
        "application/octet-stream", "binary/octet-stream", "application/x-amz-json-1.1",
        "application/x-www-form-urlencoded", "text/plain;charset=UTF-8"}) {
    EXPECT_TRUE(may_be_json(type)) << type;
  }
}

TEST(MediaType, IsNotJsonIfItSaysSo) {
  for (const std::string_view type :
       {"text/html", "application/xml", "multipart/form-data; boundary=json", "image/png",
        "application/jsonp", "application/x-json-stream; a=application/json", "json"}) {
    EXPECT_FALSE(may_be_json(type)) << type;
  }
}

TEST(Payload, IsOneJsonValueOrNothing) {
  for (const std::string_view payload :
       {"", "{}", "null", "1e400", " [1] \r\n", R"("\ud800")", "\"\xc3\xa4\""}) {
    EXPECT_TRUE(check_payload(payload).has_value()) << payload;
  }
  EXPECT_TRUE(check_payload(std::string(1000, '[') + std::string(1000, ']')).has_value());
}

TEST(Payload, IsNothingElse) {
  for (const std::string_view payload : {" ", "{oops", "hello", "{} {}", "[1,]", "\"\xff\"", "'a'"})
    EXPECT_FALSE(check_payload(payload).has_value()) << payload;
  EXPECT_EQ(check_payload("{\"a\":1,}").error().message, "trailing comma at byte 6");
}

}  // namespace
}  // namespace thimble::emulator
