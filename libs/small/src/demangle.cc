// Takes the place of the C++ library's demangler, which a program has for one line only: the one
// that a terminate handler prints before it aborts.

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include <thimble/base/type_name.h>

// As the Itanium C++ ABI has it, for the names type_name() knows; others are refused as invalid.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" char* __cxa_demangle(const char* mangled, char* buffer, std::size_t* size, int* status) {
  const auto give = [status](int code, char* name) {
    if (status != nullptr) *status = code;
    return name;
  };
  if (mangled == nullptr || (buffer != nullptr && size == nullptr)) return give(-3, nullptr);
  const std::string name = thimble::type_name(mangled);
  if (name == mangled) return give(-2, nullptr);
  if (buffer == nullptr || *size <= name.size()) {
    buffer = static_cast<char*>(std::realloc(buffer, name.size() + 1));
    if (buffer == nullptr) return give(-1, nullptr);
    if (size != nullptr) *size = name.size() + 1;
  }
  std::memcpy(buffer, name.c_str(), name.size() + 1);
  return give(0, buffer);
}
