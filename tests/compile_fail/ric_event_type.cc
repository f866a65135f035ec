// An event of a type nobody can read.

#include <thimble/ric.h>

using thimble::ric::Context;
using thimble::ric::ResponseStream;

struct Unknown {};

#ifdef WRONG
std::string handle(const Unknown&, const Context&) {
  return {};
}
#else
std::string handle(std::string_view event, const Context&) {
  return std::string(event);
}
#endif

int main() {
  return thimble::ric::run(handle);
}
