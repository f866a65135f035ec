#include "metadata.h"

#include <array>
#include <string>

#include "thimble/json/writer.h"
#include "thimble/wire/metadata_api.h"

#include "plain_replies.h"

namespace thimble::emulator {
namespace {

constexpr std::string_view kScheme = "Bearer ";

bool is_authorized(const http::Request& request, std::string_view token) {
  const std::string_view given = request.header("Authorization").value_or("");
  return given.starts_with(kScheme) && given.substr(kScheme.size()) == token;
}

}  // namespace

void reply_metadata(http::Exchange& exchange, const Function& function, bool is_before_snapshot) {
  const http::Request& request = exchange.request();
  if (request.method != "GET") return reply_method_not_allowed(exchange, "GET");
  if (!is_authorized(request, function.metadata_token)) {
    static constexpr std::array<http::Header, 1> kChallenge{{{"WWW-Authenticate", "Bearer"}}};
    return exchange.reply(
        {.status = 401, .content_type = "text/plain; charset=utf-8", .headers = kChallenge},
        "Unauthorized\n");
  }
  std::string text;
  json::Writer(text)
      .begin_object()
      .key(wire::kAvailabilityZoneId)
      .string(function.availability_zone_id)
      .end_object();
  const std::array<http::Header, 1> headers{
      {{"Cache-Control",
        is_before_snapshot ? wire::kMetadataCachingBeforeSnapshot : wire::kMetadataCaching}}};
  exchange.reply({.content_type = "application/json", .headers = headers}, text);
}

}  // namespace thimble::emulator
