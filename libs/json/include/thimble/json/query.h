#pragma once
// Answers single questions about JSON text, where writing a loop over a Reader would be too much.

#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/result.h>
#include <thimble/json/reader.h>

namespace thimble::json {

// Whether `text` is one JSON value, with white space around it at most.
[[nodiscard]] bool valid(std::string_view text, ReaderOptions options = {});

// The bytes of the value of member `key` of the object that `text` is, wherever its escapes hide
// it; nothing without such a member. Of duplicates the last one counts, so the whole text is read,
// and an answer means that it is valid.
//
//   auto body = json::find_member(event, "body");  // of {"body": {"a": 1}}: {"a": 1}
//
// The view points into `text` and lives as long.
[[nodiscard]] Result<std::optional<std::string_view>> find_member(std::string_view text,
                                                                  std::string_view key);

// The same for a member that is a string, decoded; fails if it is anything else.
[[nodiscard]] Result<std::optional<std::string>> find_string(std::string_view text,
                                                             std::string_view key);

}  // namespace thimble::json
