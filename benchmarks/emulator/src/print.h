#pragma once
// How every report here writes sizes, memory and JSON.

#include <cstdint>
#include <cstdio>
#include <string>

#include "support.h"

namespace thimble::bench {

// Decimal megabytes, as the promises count them.
double megabytes(std::int64_t kib);

// "100 B", "100 KB", "6 MB".
std::string size_name(std::size_t bytes);

// A JSON string; control characters become spaces.
std::string quoted(const std::string& text);

// `"name": {"median": ...}` and then `end`.
void json_spread(std::FILE* out, const char* name, const Spread& s, const char* end);

}  // namespace thimble::bench
