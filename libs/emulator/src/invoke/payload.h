#pragma once
// What Lambda takes as a payload. docs/decisions/0004-what-lambda-refuses.md has the evidence.

#include <string_view>

#include "thimble/base/result.h"

namespace thimble::emulator {

// What a function gets when the caller sent nothing.
inline constexpr std::string_view kEmptyPayload = "{}";

// False for a Content-Type that says it is something else: text/html, multipart/form-data, image/*
// and so on. True without one, for JSON of any kind, for bytes as the SDKs send them, and for what
// curl and browsers say of any text.
[[nodiscard]] bool may_be_json(std::string_view content_type);

// Fails if `payload` is neither empty nor one JSON value.
[[nodiscard]] Result<void> check_payload(std::string_view payload);

}  // namespace thimble::emulator
