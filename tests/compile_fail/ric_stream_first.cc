// A handler that takes its stream before the context.

#include <thimble/ric.h>

using thimble::ric::Context;
using thimble::ric::ResponseStream;

struct Unknown {};

#ifdef WRONG
void handle(std::string_view, ResponseStream&, const Context&) {}
#else
void handle(std::string_view, const Context&, ResponseStream&) {}
#endif

int main() {
  return thimble::ric::run(handle);
}
