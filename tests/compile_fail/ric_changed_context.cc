// A handler that would change its context.

#include <thimble/ric.h>

using thimble::ric::Context;
using thimble::ric::ResponseStream;

struct Unknown {};

#ifdef WRONG
std::string handle(std::string_view event, Context&) {
  return std::string(event);
}
#else
std::string handle(std::string_view event, Context) {
  return std::string(event);
}
#endif

int main() {
  return thimble::ric::run(handle);
}
