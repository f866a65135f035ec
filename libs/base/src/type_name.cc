#include "thimble/base/type_name.h"

#include <cstddef>

namespace thimble {
namespace {

// What people throw of the types that are no classes.
struct BuiltIn {
  char letter;
  const char* name;
};
constexpr BuiltIn kBuiltIn[] = {{'i', "int"},           {'j', "unsigned int"}, {'l', "long"},
                                {'m', "unsigned long"}, {'b', "bool"},         {'c', "char"},
                                {'d', "double"}};

// One "5Error" off the front; empty if there is none.
std::string_view take_name(std::string_view& mangled) {
  std::size_t size = 0;
  std::size_t digits = 0;
  while (digits < mangled.size() && digits < 4 && mangled[digits] >= '0' &&
         mangled[digits] <= '9') {
    size = size * 10 + static_cast<std::size_t>(mangled[digits++] - '0');
  }
  if (size == 0 || size > mangled.size() - digits) return {};
  const std::string_view name = mangled.substr(digits, size);
  mangled.remove_prefix(digits + size);
  // "(anonymous namespace)" is mangled so.
  return name.starts_with("_GLOBAL__N") ? std::string_view("(anonymous namespace)") : name;
}

}  // namespace

std::string type_name(std::string_view mangled) {
  if (mangled.size() == 1) {
    for (const auto& [letter, name] : kBuiltIn) {
      if (mangled[0] == letter) return name;
    }
  }
  std::string_view rest = mangled;
  // A name whose address counts begins with an asterisk.
  if (rest.starts_with('*')) rest.remove_prefix(1);
  const bool is_nested = rest.starts_with('N');
  if (is_nested) rest.remove_prefix(1);
  std::string name;
  if (rest.starts_with("St")) {
    name = "std";
    rest.remove_prefix(2);
  }
  while (!rest.empty() && rest != "E") {
    const std::string_view part = take_name(rest);
    if (part.empty()) return std::string(mangled);
    if (!name.empty()) name.append("::");
    name.append(part);
  }
  const bool is_whole = !name.empty() && name != "std" && is_nested == (rest == "E");
  if (!is_whole) return std::string(mangled);
  // The standard libraries' own versions of their namespace.
  for (const std::string_view inner : {"::__1::", "::__cxx11::"}) {
    if (const auto at = name.find(inner); at == 3 && name.starts_with("std")) {
      name.erase(at, inner.size() - 2);
    }
  }
  return name;
}

}  // namespace thimble
