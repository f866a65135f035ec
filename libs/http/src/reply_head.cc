#include "reply_head.h"

#include <charconv>
#include <cstdio>
#include <ctime>

namespace thimble::http {
namespace {

// A value that came from outside may not add lines or talk to a terminal.
void append_value(std::string& out, std::string_view value) {
  const std::size_t begin = out.size();
  out += value;
  for (char* c = out.data() + begin; c != out.data() + out.size(); ++c) {
    const auto byte = static_cast<unsigned char>(*c);
    if ((byte < 0x20 && *c != '\t') || byte == 0x7f) *c = ' ';
  }
}

void append_number(std::string& out, std::size_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end.ptr);
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Request Entity Too Large";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

std::string_view DateText::now() {
  const auto second = std::chrono::duration_cast<Seconds>(clock_.wall().time_since_epoch());
  if (second != written_) {
    written_ = second;
    const std::time_t time = second.count();
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::snprintf(text_, sizeof text_, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                  kDays[parts.tm_wday % 7], parts.tm_mday % 100, kMonths[parts.tm_mon % 12],
                  (parts.tm_year + 1900) % 10000, parts.tm_hour % 100, parts.tm_min % 100,
                  parts.tm_sec % 100);
  }
  return text_;
}

void append_reply_head(std::string& out, const Reply& reply, std::size_t content_length, bool close,
                       std::string_view date, Framing framing) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(reply.status));
  out += ' ';
  out += reason_phrase(reply.status);
  if (!reply.content_type.empty()) {
    out += "\r\nContent-Type: ";
    append_value(out, reply.content_type);
  }
  for (const Header& header : reply.headers) {
    out += "\r\n";
    append_value(out, header.name);
    out += ": ";
    append_value(out, header.value);
  }
  out += "\r\nDate: ";
  out += date;
  if (framing == Framing::kChunks) {
    out += "\r\nTransfer-Encoding: chunked";
  } else if (framing == Framing::kLength && reply.status != 204) {
    out += "\r\nContent-Length: ";
    append_number(out, content_length);
  }
  if (close) out += "\r\nConnection: close";
  out += "\r\n\r\n";
}

}  // namespace thimble::http
