// A handler that can be called in two ways, neither of which is for bytes.

#include <thimble/ric.h>

using thimble::ric::Context;
using thimble::ric::ResponseStream;

struct Unknown {};

#ifdef WRONG
struct {
  std::string operator()(int) const { return {}; }
  std::string operator()(double) const { return {}; }
} handle;
#else
const auto handle = [](const auto& event) { return std::string(event); };
#endif

int main() {
  return thimble::ric::run(handle);
}
