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

TEST(TypeName, NamesAnAnonymousNamespace) {
  EXPECT_EQ(name_of<my::Hidden>(), "my::(anonymous namespace)::Hidden");
}

TEST(TypeName, LeavesOutTheMarkOfANameWhoseAddressCounts) {
  EXPECT_EQ(type_name("*N12_GLOBAL__N_15ErrorE"), "(anonymous namespace)::Error");
}

TEST(TypeName, LeavesOutTheStandardLibrarysInnerNamespace) {
  EXPECT_EQ(type_name("NSt7__cxx115regexE"), "std::regex");
  EXPECT_EQ(type_name("NSt10filesystem7__cxx1116filesystem_errorE"),
            "std::filesystem::__cxx11::filesystem_error");
  EXPECT_EQ(type_name("NSt3__112system_errorE"), "std::system_error");
  EXPECT_EQ(type_name("NSt8ios_base7failureB5cxx11E"), "NSt8ios_base7failureB5cxx11E");
}

TEST(TypeName, OfWhatIsNotSimpleIsTheMangledOne) {
  EXPECT_EQ(name_of<my::Of<int>>(), typeid(my::Of<int>).name());
  for (const char* mangled :
       {"i", "PKc", "", "N", "NE", "9short", "N5Error", "5ErrorE", "0", "St", "99999E", "NStE", "E",
        "*", "Z4mainE5Local", "18446744073709551615x", "N2my5ErrorEE", "NSt3__18functionIFvvEEE"}) {
    EXPECT_EQ(type_name(mangled), mangled);
  }
}

}  // namespace
}  // namespace thimble
