#include "reply_head.h"

#include <array>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "thimble/base/manual_clock.h"

namespace thimble::http {
namespace {

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

std::string head_of(const Reply& reply, std::size_t content_length, bool close = false) {
  std::string out;
  append_reply_head(out, reply, content_length, close, kDate);
  return out;
}

TEST(ReplyHead, WritesStatusHeadersAndLength) {
  const std::array<Header, 2> headers{{{"X-One", "1"}, {"X-Empty", ""}}};
  EXPECT_EQ(head_of({.status = 200, .content_type = "application/json", .headers = headers}, 12),
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: application/json\r\n"
            "X-One: 1\r\n"
            "X-Empty: \r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Length: 12\r\n"
            "\r\n");
}

TEST(ReplyHead, LeavesOutTheContentTypeThatThereIsNot) {
  EXPECT_EQ(head_of({.status = 404}, 0),
            "HTTP/1.1 404 Not Found\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Length: 0\r\n"
            "\r\n");
}

TEST(ReplyHead, SaysThatTheConnectionEnds) {
  EXPECT_TRUE(head_of({}, 1, true).ends_with("Content-Length: 1\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(head_of({}, 1, false).find("Connection"), std::string::npos);
}

// RFC 9110 section 8.6: a 204 must not have one.
TEST(ReplyHead, GivesNoContentNoLength) {
  EXPECT_EQ(head_of({.status = 204}, 0),
            "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
}

TEST(ReplyHead, AppendsToWhatIsThere) {
  std::string out = "before";
  append_reply_head(out, {}, 0, false, kDate);
  EXPECT_TRUE(out.starts_with("beforeHTTP/1.1 200 OK\r\n"));
}

TEST(ReplyHead, LetsNobodyAddLines) {
  const std::array<Header, 3> headers{{
      {"X-Value", "a\r\nSet-Cookie: b=c\r\n\r\n<html>"},
      {"X-Name\r\nX-Other", "d"},
      {"X-Rest", std::string_view("\0\x1b[31m\x7f\n\tend", 12)},
  }};
  const std::string head =
      head_of({.content_type = "text/plain\r\nX-Type: e", .headers = headers}, 3);
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\n"
            "Content-Type: text/plain  X-Type: e\r\n"
            "X-Value: a  Set-Cookie: b=c    <html>\r\n"
            "X-Name  X-Other: d\r\n"
            "X-Rest:   [31m  \tend\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Length: 3\r\n"
            "\r\n");
}

TEST(ReplyHead, KeepsBytesAboveAscii) {
  const std::array<Header, 1> headers{{{"X-Name", "\xc3\xa4\xff"}}};
  EXPECT_NE(head_of({.headers = headers}, 0).find("X-Name: \xc3\xa4\xff\r\n"), std::string::npos);
}

TEST(ReasonPhrase, HasAWordForEveryStatus) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(reason_phrase(299), "Status");
}

WallTime at(std::chrono::sys_seconds time) {
  return time;
}

TEST(DateText, WritesTheExampleOfItsStandard) {
  using namespace std::chrono;
  ManualClock clock;
  clock.set_wall(at(sys_days(1994y / November / 6) + 8h + 49min + 37s));
  DateText date(clock);
  EXPECT_EQ(date.now(), kDate);
}

TEST(DateText, GoesOnWithTheClock) {
  using namespace std::chrono;
  ManualClock clock;
  clock.set_wall(at(sys_days(2023y / December / 31) + 23h + 59min + 59s));
  DateText date(clock);
  EXPECT_EQ(date.now(), "Sun, 31 Dec 2023 23:59:59 GMT");
  clock.advance(999ms);
  EXPECT_EQ(date.now(), "Sun, 31 Dec 2023 23:59:59 GMT");
  clock.advance(1ms);
  EXPECT_EQ(date.now(), "Mon, 01 Jan 2024 00:00:00 GMT");
  clock.set_wall(at(sys_days(2024y / February / 29)));
  EXPECT_EQ(date.now(), "Thu, 29 Feb 2024 00:00:00 GMT") << "also when it is set back or forth";
}

}  // namespace
}  // namespace thimble::http
