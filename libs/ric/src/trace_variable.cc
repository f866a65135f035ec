#include "trace_variable.h"

#include <cstdlib>
#include <cstring>

namespace thimble::ric {
namespace {

// The variable as it stands in the environment, which refers to it. Lambda's own are under 200
// bytes; a longer one is left out rather than cut.
constexpr std::string_view kName = "_X_AMZN_TRACE_ID";
constexpr std::size_t kRoom = 2048;
char entry[kRoom];

}  // namespace

void set_trace_variable(std::string_view trace_id) {
  if (trace_id.empty() || kName.size() + 1 + trace_id.size() >= kRoom) {
    // Also what was set before the program began.
    ::unsetenv(kName.data());
    return;
  }
  std::memcpy(entry, kName.data(), kName.size());
  entry[kName.size()] = '=';
  char* const value = entry + kName.size() + 1;
  std::memcpy(value, trace_id.data(), trace_id.size());
  value[trace_id.size()] = '\0';
  // The handler may have put another one in its place.
  if (::getenv(kName.data()) != value) ::putenv(entry);
}

}  // namespace thimble::ric
