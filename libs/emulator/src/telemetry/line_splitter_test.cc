#include "line_splitter.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

using Lines = std::vector<std::string>;

Lines feed(LineSplitter& splitter, std::string_view bytes) {
  Lines lines;
  splitter.feed(bytes, [&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

Lines finish(LineSplitter& splitter) {
  Lines lines;
  splitter.finish([&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

TEST(LineSplitter, CutsAfterEachLineFeed) {
  LineSplitter splitter;
  EXPECT_EQ(feed(splitter, "a\n\nbc\n"), (Lines{"a\n", "\n", "bc\n"}));
  EXPECT_EQ(finish(splitter), Lines{});
}

TEST(LineSplitter, PutsAPiecewiseLineTogether) {
  LineSplitter splitter;
  EXPECT_EQ(feed(splitter, "a"), Lines{});
  EXPECT_EQ(feed(splitter, "b"), Lines{});
  EXPECT_EQ(feed(splitter, "c\nd"), Lines{"abc\n"});
  EXPECT_EQ(finish(splitter), Lines{"d"});
  EXPECT_EQ(finish(splitter), Lines{});
}

TEST(LineSplitter, CutsALineThatDoesNotEnd) {
  LineSplitter splitter;
  const std::string half(LineSplitter::kLongest / 2, 'x');
  EXPECT_EQ(feed(splitter, half), Lines{});
  EXPECT_EQ(feed(splitter, half + "yz\n"), (Lines{half + half, "yz\n"}));
  EXPECT_EQ(feed(splitter, half + half + "\n"), (Lines{half + half, "\n"}));
}

TEST(LineSplitter, TakesNothing) {
  LineSplitter splitter;
  EXPECT_EQ(feed(splitter, ""), Lines{});
}

}  // namespace
}  // namespace thimble::emulator
