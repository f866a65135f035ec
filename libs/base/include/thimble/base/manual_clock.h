#pragma once
// A clock for tests, which goes only when it is told to.

#include "thimble/base/clock.h"

namespace thimble {

// Both times go on together with advance(); the wall clock can also be set.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return wall_; }

  void advance(Nanoseconds by) {
    now_ += by;
    wall_ += std::chrono::duration_cast<WallTime::duration>(by);
  }
  void set_wall(WallTime wall) { wall_ = wall; }

 private:
  SteadyTime now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::hours(1)};
};

}  // namespace thimble
