// An answer of a type nobody can write.

#include <thimble/ric.h>

using thimble::ric::Context;
using thimble::ric::ResponseStream;

struct Unknown {};

#ifdef WRONG
int handle(std::string_view event, const Context&) {
  return static_cast<int>(event.size());
}
#else
std::string handle(std::string_view event, const Context&) {
  return std::string(event);
}
#endif

int main() {
  return thimble::ric::run(handle);
}
