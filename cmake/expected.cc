// What Thimble's public headers need of the compiler and its library; see Compiler.cmake.
#include <expected>

std::expected<int, bool> thimble_expected(int value) {
  return value;
}
