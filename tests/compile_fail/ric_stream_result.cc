// A handler that streams an answer and returns one.

#include <thimble/ric.h>

using thimble::ric::Context;
using thimble::ric::ResponseStream;

struct Unknown {};

#ifdef WRONG
std::string handle(std::string_view event, const Context&, ResponseStream&) {
  return std::string(event);
}
#else
thimble::Result<void> handle(std::string_view event, const Context&, ResponseStream& out) {
  return out.write(event);
}
#endif

int main() {
  return thimble::ric::run(handle);
}
