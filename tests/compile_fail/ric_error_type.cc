// An error that says nothing.

#include <thimble/ric.h>

using thimble::ric::Context;
using thimble::ric::ResponseStream;

struct Unknown {};

#ifdef WRONG
std::expected<std::string, Unknown> handle(std::string_view event, const Context&) {
  return std::string(event);
}
#else
std::expected<std::string, std::string> handle(std::string_view event, const Context&) {
  return std::string(event);
}
#endif

int main() {
  return thimble::ric::run(handle);
}
