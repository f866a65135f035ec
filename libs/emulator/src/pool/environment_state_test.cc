#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "pool/environment.h"

namespace thimble::emulator {
namespace {

using enum EnvironmentState;

constexpr EnvironmentState kAll[] = {kStopped, kStarting, kInitializing, kIdle, kBusy, kResetting};

struct Edge {
  EnvironmentState from;
  EnvironmentState to;
};

constexpr Edge kAllowed[] = {
    {kStopped, kStarting},        // an invocation came, or it is prepared
    {kStarting, kInitializing},   // every external extension has registered: the runtime runs
    {kStarting, kStopped},        // it could not be started
    {kStarting, kResetting},      // an extension, or the runtime after extensions, did not come up
    {kInitializing, kIdle},       // the runtime asked for an invocation, the extensions for events
    {kInitializing, kResetting},  // it failed, ended or took too long
    {kIdle, kBusy},
    {kIdle, kResetting},
    {kBusy, kIdle},
    {kBusy, kResetting},  // it failed or took too long, or every invocation gets a new environment
    {kResetting, kStopped},  // everything has been collected
};

std::string name(const Edge& edge) {
  return std::string(name_of(edge.from)) + "To" + std::string(name_of(edge.to));
}

bool is_allowed(const Edge& edge) {
  for (const Edge& allowed : kAllowed) {
    if (allowed.from == edge.from && allowed.to == edge.to) return true;
  }
  return false;
}

std::vector<Edge> edges(bool allowed) {
  std::vector<Edge> result;
  for (const EnvironmentState from : kAll) {
    for (const EnvironmentState to : kAll) {
      if (is_allowed({from, to}) == allowed) result.push_back({from, to});
    }
  }
  return result;
}

class AllowedEdge : public testing::TestWithParam<Edge> {};
class ForbiddenEdge : public testing::TestWithParam<Edge> {};

TEST_P(AllowedEdge, IsInTheTable) {
  EXPECT_TRUE(can_become(GetParam().from, GetParam().to));
}
TEST_P(ForbiddenEdge, IsNotInTheTable) {
  EXPECT_FALSE(can_become(GetParam().from, GetParam().to));
}

INSTANTIATE_TEST_SUITE_P(, AllowedEdge, testing::ValuesIn(edges(true)),
                         [](const auto& each) { return name(each.param); });
INSTANTIATE_TEST_SUITE_P(, ForbiddenEdge, testing::ValuesIn(edges(false)),
                         [](const auto& each) { return name(each.param); });

TEST(EnvironmentState, HasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const EnvironmentState state : kAll) names.insert(name_of(state));
  EXPECT_EQ(names.size(), std::size(kAll));
  EXPECT_FALSE(names.contains(""));
}

}  // namespace
}  // namespace thimble::emulator
