// A Result that nobody looks at.

#include "thimble/base/clock.h"
#include "thimble/base/event_loop.h"

bool starts(const thimble::Clock& clock) {
#ifdef WRONG
  thimble::EventLoop::create(clock);
  return true;
#else
  return thimble::EventLoop::create(clock).has_value();
#endif
}
