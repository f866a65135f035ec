#include "strip.h"

#include <cstddef>

#include <gtest/gtest.h>

#include "thimble/closure/elf_file.h"
#include <thimble/base/file.h>

#include "elf_bytes.h"

namespace thimble::closure::detail {
namespace {

// A file with something behind its segments, and a table of sections that ends it.
std::string with_sections(std::size_t debug_bytes) {
  std::string bytes = test::elf_bytes({.needed = {"liba.so"}, .soname = "libx.so"});
  bytes.append(debug_bytes, 'd');
  const std::uint64_t table = bytes.size();
  bytes.append(2 * sizeof(Elf64_Shdr), '\0');
  const std::uint16_t size = sizeof(Elf64_Shdr);
  const std::uint16_t count = 2;
  std::memcpy(&bytes[offsetof(Elf64_Ehdr, e_shoff)], &table, sizeof table);
  std::memcpy(&bytes[offsetof(Elf64_Ehdr, e_shentsize)], &size, sizeof size);
  std::memcpy(&bytes[offsetof(Elf64_Ehdr, e_shnum)], &count, sizeof count);
  return bytes;
}

TEST(Strip, TakesWhatIsBehindTheSegments) {
  const std::string whole = with_sections(10000);
  const std::string stripped = without_debug_information(whole);
  EXPECT_LT(stripped.size(), 1000U);
  const auto file = ElfFile::parse(stripped);
  ASSERT_TRUE(file.has_value() && file->has_value());
  EXPECT_EQ((*file)->soname, "libx.so");
  EXPECT_EQ((*file)->needed, std::vector<std::string>{"liba.so"});
  EXPECT_EQ(without_debug_information(stripped), stripped);
}

TEST(Strip, LeavesAloneWhatItDoesNotUnderstand) {
  const std::string payload = with_sections(10000) + "PK a zip file";
  EXPECT_EQ(without_debug_information(payload), payload);
  const std::string plain = test::elf_bytes({.soname = "libx.so"});
  EXPECT_EQ(without_debug_information(plain), plain);
  const std::string truncated = with_sections(10000).substr(0, 200);
  EXPECT_EQ(without_debug_information(truncated), truncated);
  EXPECT_EQ(without_debug_information("text"), "text");
  EXPECT_EQ(without_debug_information(""), "");
}

TEST(Strip, LeavesTheTestItselfRunnable) {
  const auto self = read_file("/proc/self/exe");
  ASSERT_TRUE(self.has_value());
  const auto before = ElfFile::parse(*self);
  const auto after = ElfFile::parse(without_debug_information(*self));
  ASSERT_TRUE(before && *before && after && *after);
  EXPECT_EQ((*before)->needed, (*after)->needed);
  EXPECT_EQ((*before)->interpreter, (*after)->interpreter);
}

}  // namespace
}  // namespace thimble::closure::detail
