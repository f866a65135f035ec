#include "plain_replies.h"

#include <array>

namespace thimble::emulator {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

}  // namespace

void reply_not_found(http::Exchange& exchange) {
  static constexpr std::array<http::Header, 1> kHeaders{{{"X-Content-Type-Options", "nosniff"}}};
  exchange.reply({.status = 404, .content_type = kText, .headers = kHeaders},
                 "404 page not found\n");
}

void reply_method_not_allowed(http::Exchange& exchange, std::string_view allowed) {
  const std::array<http::Header, 1> headers{{{"Allow", allowed}}};
  exchange.reply({.status = 405, .headers = headers}, "");
}

void reply_foreign_origin(http::Exchange& exchange) {
  exchange.reply({.status = 403, .content_type = kText},
                 "403 this web page may not call the emulator; allow its origin with --cors\n");
}

}  // namespace thimble::emulator
