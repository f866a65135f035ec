#include "thimble/closure/elf_file.h"

#include <memory>

#include <gtest/gtest.h>

#include "elf_bytes.h"

namespace thimble::closure {
namespace {

using test::elf_bytes;

ElfFile parsed(const std::string& bytes) {
  auto file = ElfFile::parse(bytes);
  EXPECT_TRUE(file.has_value()) << file.error().message;
  EXPECT_TRUE(file->has_value());
  return file->value_or(ElfFile{});
}

TEST(ElfFile, SaysWhatAProgramNeeds) {
  const ElfFile file = parsed(elf_bytes({.interpreter = "/lib64/ld-linux-x86-64.so.2",
                                         .needed = {"libstdc++.so.6", "libc.so.6"},
                                         .soname = "libx.so.1",
                                         .rpath = "/old:$ORIGIN",
                                         .runpath = "$ORIGIN/../lib:/opt/lib"}));
  EXPECT_EQ(file.type, ElfFile::Type::kSharedObject);
  EXPECT_EQ(file.machine.architecture(), "amd64");
  EXPECT_EQ(file.machine.bits, 64U);
  EXPECT_EQ(file.interpreter, "/lib64/ld-linux-x86-64.so.2");
  EXPECT_EQ(file.needed, (std::vector<std::string>{"libstdc++.so.6", "libc.so.6"}));
  EXPECT_EQ(file.soname, "libx.so.1");
  EXPECT_EQ(file.rpath, (std::vector<std::string>{"/old", "$ORIGIN"}));
  EXPECT_EQ(file.runpath, (std::vector<std::string>{"$ORIGIN/../lib", "/opt/lib"}));
  EXPECT_TRUE(file.dynamic);
  EXPECT_FALSE(file.is_static());
}

TEST(ElfFile, KnowsAStaticProgram) {
  const ElfFile file = parsed(elf_bytes({.type = ET_EXEC, .machine = EM_AARCH64}));
  EXPECT_EQ(file.type, ElfFile::Type::kExecutable);
  EXPECT_EQ(file.machine.architecture(), "arm64");
  EXPECT_TRUE(file.is_static());
}

TEST(ElfFile, IsNothingForWhatIsNotOne) {
  for (const char* text : {"", "\x7f",
                           "\x7f"
                           "EL",
                           "#!/bin/sh\n", "MZ"}) {
    const auto file = ElfFile::parse(text);
    ASSERT_TRUE(file.has_value());
    EXPECT_FALSE(file->has_value());
  }
}

TEST(ElfFile, NoticesFunctionsThatOpenLibrariesThemselves) {
  EXPECT_TRUE(parsed(elf_bytes({.calls = {"pthread_exit"}})).unwinds);
  EXPECT_TRUE(parsed(elf_bytes({.calls = {"getaddrinfo"}})).looks_names_up);
  EXPECT_FALSE(parsed(elf_bytes({.calls = {"my_pthread_exit_hook"}})).unwinds);
  EXPECT_FALSE(parsed(elf_bytes({.soname = "libc.so.6", .calls = {"pthread_exit"}})).unwinds);
}

TEST(ElfFile, OfEveryLengthIsReadOrRefused) {
  const std::string whole = elf_bytes({.interpreter = "/lib/ld.so", .needed = {"liba.so"}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // In memory of its own, so that one byte too far is noticed by sanitizers.
    const auto copy = std::make_unique<char[]>(size);
    std::copy_n(whole.data(), size, copy.get());
    const auto file = ElfFile::parse({copy.get(), size});
    if (size < 4) {
      EXPECT_TRUE(file.has_value() && !file->has_value());
    } else {
      EXPECT_FALSE(file.has_value()) << size;
    }
  }
}

TEST(ElfFile, WithOneByteChangedIsReadOrRefused) {
  const std::string whole =
      elf_bytes({.interpreter = "/lib/ld.so", .needed = {"liba.so"}, .runpath = "$ORIGIN"});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int change : {0x01, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ change);
      const auto file = ElfFile::parse(bytes);
      if (file && *file) {
        EXPECT_LE((*file)->needed.size(), 2U);
      }
    }
  }
}

TEST(ElfFile, IsReadFromDisk) {
  const auto self = ElfFile::read("/proc/self/exe");
  ASSERT_TRUE(self.has_value() && self->has_value());
  EXPECT_TRUE((*self)->dynamic);
  const auto none = ElfFile::read("/nowhere");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace thimble::closure
