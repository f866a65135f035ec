#include "trace_header.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace thimble::emulator {
namespace {

constexpr std::string_view kRoot = "Root=1-5759e988-bd862e3fe1be46a994272793";
constexpr std::string_view kWhole =
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
constexpr WallTime kNow{Seconds(0x5759e988)};

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

class TraceHeaderTest : public testing::Test {
 protected:
  std::string complete(std::string_view given, bool is_sampled = false, bool has_parent = true) {
    return complete_trace_header(
        given, {.is_sampled = is_sampled, .has_parent = has_parent, .now = kNow}, ids_);
  }
  RandomIds ids_;
};

TEST_F(TraceHeaderTest, HasMembersInAnyOrder) {
  constexpr std::string_view kHeader = "Self=1-a;;Sampled=0;RootCause=x;Root=1-b;Root=1-c";
  EXPECT_EQ(trace_member(kHeader, "Root"), "1-b");
  EXPECT_EQ(trace_member(kHeader, "Self"), "1-a");
  EXPECT_EQ(trace_member(kHeader, "Sampled"), "0");
  EXPECT_EQ(trace_member(kHeader, "Parent"), "");
  EXPECT_EQ(trace_member("", "Root"), "");
  EXPECT_FALSE(is_sampled(kHeader));
  EXPECT_TRUE(is_sampled(kWhole));
  EXPECT_FALSE(is_sampled("Sampled=?"));
}

TEST_F(TraceHeaderTest, IsMadeWhenThereIsNone) {
  for (const std::string_view nothing : {"", "Parent=53995c3f42cd8ad8;Sampled=1", "Root=", "x"}) {
    const std::string header = complete(nothing);
    EXPECT_TRUE(header.starts_with("Root=1-5759e988-")) << header;
    EXPECT_TRUE(is_hex(trace_member(header, "Root").substr(11), 24)) << header;
    EXPECT_TRUE(is_hex(trace_member(header, "Parent"), 16)) << header;
    EXPECT_TRUE(header.ends_with(";Sampled=0")) << header;
    EXPECT_EQ(header.size(), kWhole.size()) << header;
  }
  EXPECT_TRUE(is_sampled(complete("", true)));
  EXPECT_NE(complete(""), complete(""));
}

TEST_F(TraceHeaderTest, StaysAsItIsWhenItIsComplete) {
  for (const std::string_view header :
       {kWhole, std::string_view("Sampled=0;Parent=1;Root=2;Lineage=a:1")}) {
    EXPECT_EQ(complete(header, true), header);
  }
}

TEST_F(TraceHeaderTest, GetsWhatIsMissing) {
  const std::string header = complete(kRoot, true);
  EXPECT_TRUE(header.starts_with(kRoot));
  EXPECT_TRUE(is_hex(trace_member(header, "Parent"), 16)) << header;
  EXPECT_TRUE(header.ends_with(";Sampled=1"));
  EXPECT_EQ(complete("Root=1-a;Parent=b"), "Root=1-a;Parent=b;Sampled=0");
  EXPECT_EQ(complete("Parent=b;Sampled=?;Self=s;Root=1-a;Lineage=l", true),
            "Root=1-a;Parent=b;Sampled=1;Self=s;Lineage=l");
}

TEST_F(TraceHeaderTest, GetsNoParentWhereNoneIsWanted) {
  EXPECT_EQ(complete("Root=1-a;Sampled=1", false, false), "Root=1-a;Sampled=1");
  EXPECT_EQ(complete("Root=1-a;Self=s", true, false), "Root=1-a;Sampled=1;Self=s");
  EXPECT_EQ(complete("Root=1-a;Parent=b", true, false), "Root=1-a;Parent=b;Sampled=1");
}

TEST_F(TraceHeaderTest, TakesAnotherParent) {
  EXPECT_EQ(with_parent("Root=1-a;Parent=b;Sampled=1;Lineage=l", "c"),
            "Root=1-a;Parent=c;Sampled=1;Lineage=l");
  EXPECT_EQ(with_parent("Sampled=1;Root=1-a", "c"), "Root=1-a;Parent=c;Sampled=1");
}

}  // namespace
}  // namespace thimble::emulator
