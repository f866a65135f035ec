#pragma once
// What a runtime is answered, in the public emulator's words.

#include <cstddef>
#include <string>
#include <string_view>

#include "thimble/http/exchange.h"
#include "thimble/wire/error_types.h"

#include "json_error.h"

namespace thimble::emulator::runtime_reply {

inline constexpr std::string_view kJson = "application/json";

inline void accept(http::Exchange& exchange) {
  exchange.reply({.status = 202, .content_type = kJson}, "{\"status\":\"OK\"}\n");
}

inline void refuse(http::Exchange& exchange, int status, std::string_view type,
                   std::string_view message) {
  exchange.reply({.status = status, .content_type = kJson}, runtime_api_error(type, message));
}

inline void refuse_too_large(http::Exchange& exchange, std::size_t limit) {
  refuse(exchange, 413, wire::kRequestEntityTooLarge,
         "Exceeded maximum allowed payload size (" + std::to_string(limit) + " bytes).");
}

}  // namespace thimble::emulator::runtime_reply
