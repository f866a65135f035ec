#include "thimble/base/type_name.h"

#include <stdexcept>
#include <typeinfo>

#include <gtest/gtest.h>

namespace my {
struct Error {};
namespace {
struct Hidden {};
}  // namespace
template <class T>
struct Of {};
}  // namespace my

namespace thimble {
namespace {

template <class T>
std::string name_of() {
  return type_name(typeid(T).name());
}

TEST(TypeName, IsWrittenAsInTheSource) {
  EXPECT_EQ(name_of<my::Error>(), "my::Error");
  EXPECT_EQ(name_of<std::runtime_error>(), "std::runtime_error");
  EXPECT_EQ(type_name("5Error"), "Error");
}

TEST(TypeName, KnowsTheBuiltInTypesPeopleThrow) {
  EXPECT_EQ(name_of<int>(), "int");
  EXPECT_EQ(name_of<unsigned long>(), "unsigned long");
  EXPECT_EQ(name_of<double>(), "double");
}

TEST(TypeName, NamesAnAnonymousNamespace) {
  EXPECT_EQ(name_of<my::Hidden>(), "my::(anonymous namespace)::Hidden");
}

TEST(TypeName, OfGcc) {
  EXPECT_EQ(type_name("St13runtime_error"), "std::runtime_error");
  EXPECT_EQ(type_name("NSt10filesystem7__cxx1116filesystem_errorE"),
            "std::filesystem::__cxx11::filesystem_error");
  EXPECT_EQ(type_name("NSt7__cxx115regexE"), "std::regex");
  EXPECT_EQ(type_name("N3app5ErrorE"), "app::Error");
  EXPECT_EQ(type_name("5Error"), "Error");
  EXPECT_EQ(type_name("N12_GLOBAL__N_15ErrorE"), "(anonymous namespace)::Error");
  EXPECT_EQ(type_name("*N12_GLOBAL__N_15ErrorE"), "(anonymous namespace)::Error");
}

TEST(TypeName, OfLibcxx) {
  EXPECT_EQ(type_name("St11logic_error"), "std::logic_error");
  EXPECT_EQ(type_name("NSt3__112system_errorE"), "std::system_error");
  EXPECT_EQ(type_name("NSt3__14__fs10filesystem16filesystem_errorE"),
            "std::__fs::filesystem::filesystem_error");
}

TEST(TypeName, OfBuiltInTypes) {
  EXPECT_EQ(type_name("i"), "int");
  EXPECT_EQ(type_name("m"), "unsigned long");
  EXPECT_EQ(type_name("?"), "?");
}

TEST(TypeName, LeavesTheRestAsItIs) {
  for (const std::string_view mangled :
       {"", "N", "NE", "E", "0", "5Erro", "99999Error", "N5Error", "5ErrorE", "N3app8TemplateIiEE",
        "NSt3__18functionIFvvEEE", "PKi", "Z4mainE5Local", "*", "NSt8ios_base7failureB5cxx11E",
        "18446744073709551615x", "N3app5ErrorEE"}) {
    EXPECT_EQ(type_name(mangled), mangled);
  }
}

TEST(TypeName, OfATemplateIsTheMangledOne) {
  EXPECT_EQ(name_of<my::Of<int>>(), typeid(my::Of<int>).name());
}

}  // namespace
}  // namespace thimble
