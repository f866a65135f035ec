#include "service_error.h"

#include <chrono>
#include <cstdlib>
#include <optional>

#include <thimble/aws/xml.h>
#include <thimble/json/reader.h>

#include "text.h"
#include "timestamp.h"

namespace thimble::aws {
namespace {

constexpr std::size_t kMaxMessage = 500;
constexpr Seconds kMuchSkew{240};  // AWS takes five minutes.

// The code without the namespace before it and the address behind it:
// "com.amazonaws.ecr#RepositoryNotFoundException:http://internal..."
std::string bare_code(std::string_view code) {
  code = code.substr(0, code.find_first_of(":,;"));
  code = code.substr(code.rfind('#') + 1);
  return printable(trim(code));
}

std::string first_header(const fetch::Response& response,
                         std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto value = response.header(name)) return printable(*value);
  }
  return {};
}

void read_json(std::string_view body, ServiceError& error) {
  std::string type;
  std::string code;
  std::string scratch;
  json::Reader in(body, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    std::string* const wanted = *key == "__type"                   ? &type
                                : *key == "code" || *key == "Code" ? &code
                                : *key == "message" || *key == "Message" || *key == "errorMessage"
                                    ? &error.message
                                    : nullptr;
    if (wanted != nullptr && in.peek() == json::Token::kString) *wanted = in.read_string();
  }
  if (!in.finish()) error.message.clear();
  if (error.code.empty()) error.code = bare_code(type.empty() ? code : type);
}

void read_xml(std::string_view body, ServiceError& error) {
  if (error.code.empty()) error.code = bare_code(xml_text(body, {"Error", "Code"}).value_or(""));
  error.message = xml_text(body, {"Error", "Message"}).value_or("");
  if (!error.request_id.empty()) return;
  for (const std::string_view name : {"RequestId", "RequestID"}) {
    if (const auto id = xml_text(body, {name})) error.request_id = printable(*id);
  }
}

bool is_about_time(const ServiceError& error) {
  return error.code == "RequestTimeTooSkewed" || error.code == "RequestExpired" ||
         error.code == "RequestInTheFuture" || error.code == "AuthFailure" ||
         error.code.find("Signature") != std::string::npos;
}

// What the service's clock says against ours; nothing if they agree or it did not say.
std::string skew_hint(const fetch::Response& response, WallTime now) {
  const auto date = response.header("date");
  const auto theirs = date ? parse_http_date(*date) : std::nullopt;
  if (!theirs) return {};
  const auto skew = std::chrono::duration_cast<Seconds>(now - *theirs);
  if (std::chrono::abs(skew) < kMuchSkew) return {};
  const auto minutes = std::chrono::abs(skew).count() / 60;
  return "; this machine's clock is " + std::to_string(minutes) + " minutes " +
         (skew.count() > 0 ? "ahead" : "behind") + ": `timedatectl set-ntp true` sets it";
}

}  // namespace

std::string printable(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (line.size() == kMaxMessage) return line + "...";
    const bool is_control = static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    line += is_control ? ' ' : c;
  }
  return line;
}

ServiceError read_service_error(const fetch::Response& response, WallTime now) {
  ServiceError error{.status = response.status};
  error.request_id =
      first_header(response, {"x-amzn-requestid", "x-amz-request-id", "x-amz-requestid"});
  // Services that changed their protocol still say the old code here.
  error.code = bare_code(first_header(response, {"x-amzn-query-error", "x-amzn-errortype"}));
  const std::string_view body = trim(response.body);
  if (body.starts_with('{')) read_json(body, error);
  if (body.starts_with('<')) read_xml(body, error);
  if (error.code.find("Signature") != std::string::npos) {
    // Behind the first line is the request, with all its headers.
    error.message = error.message.substr(0, error.message.find('\n'));
    error.message = error.message.substr(0, error.message.find("The Canonical String"));
  }
  error.message = printable(trim(error.message));
  if (is_about_time(error)) error.message += skew_hint(response, now);
  return error;
}

}  // namespace thimble::aws
