#pragma once
// Says where in a text an error is, in words of the text itself.

#include <cstddef>
#include <string>
#include <string_view>

#include <thimble/json/reader.h>

namespace thimble::json {

// The way from the outermost value to the one that is at, or begins before, byte `offset`:
// `Records[2].messageId`, empty for the outermost value itself. A key that is no plain word is
// written as `["odd key"]`; a long one is cut. Right behind a value it is the way to what holds
// that.
//
// Reads `text` from its beginning, up to `offset` or to what is no JSON: for error messages. A
// `Reader` is asked in the same way, so `path_at(text, in.offset())` names the value it refused.
[[nodiscard]] std::string path_at(std::string_view text, std::size_t offset,
                                  ReaderOptions options = {});

}  // namespace thimble::json
