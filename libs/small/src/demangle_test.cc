#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <typeinfo>

#include <gtest/gtest.h>

namespace {

struct Freed {
  void operator()(char* text) const { std::free(text); }
};
using Text = std::unique_ptr<char, Freed>;

TEST(Demangle, NamesASimpleType) {
  int status = 1;
  const Text name(
      abi::__cxa_demangle(typeid(std::runtime_error).name(), nullptr, nullptr, &status));
  EXPECT_EQ(status, 0);
  EXPECT_STREQ(name.get(), "std::runtime_error");
}

TEST(Demangle, GrowsTheBufferItIsGiven) {
  std::size_t size = 4;
  auto* const buffer = static_cast<char*>(std::malloc(size));
  const Text name(abi::__cxa_demangle("N2my5ErrorE", buffer, &size, nullptr));
  EXPECT_STREQ(name.get(), "my::Error");
  EXPECT_EQ(size, std::string("my::Error").size() + 1);
}

TEST(Demangle, RefusesWhatItDoesNotKnow) {
  int status = 0;
  EXPECT_EQ(abi::__cxa_demangle("_ZN2my2OfIiE1fEv", nullptr, nullptr, &status), nullptr);
  EXPECT_EQ(status, -2);
  EXPECT_EQ(abi::__cxa_demangle(nullptr, nullptr, nullptr, &status), nullptr);
  EXPECT_EQ(status, -3);
}

}  // namespace
