// A handler that takes its context first.

#include <thimble/ric.h>

using thimble::ric::Context;
using thimble::ric::ResponseStream;

struct Unknown {};

#ifdef WRONG
std::string handle(const Context&, std::string_view event) {
  return std::string(event);
}
#else
std::string handle(std::string_view event, const Context&) {
  return std::string(event);
}
#endif

int main() {
  return thimble::ric::run(handle);
}
