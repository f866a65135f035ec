// An init function with an error that says nothing.

#include <thimble/ric.h>

using thimble::ric::Context;
using thimble::ric::ResponseStream;

struct Unknown {};

#ifdef WRONG
std::expected<std::string (*)(std::string_view), Unknown> handle() {
  return std::unexpected(Unknown());
}
#else
std::expected<std::string (*)(std::string_view), std::string> handle() {
  return std::unexpected("no");
}
#endif

int main() {
  return thimble::ric::run(handle);
}
