#include "pool.h"

#include <algorithm>
#include <utility>

namespace thimble::emulator {

Result<std::unique_ptr<Pool>> Pool::create(Options options) {
  std::unique_ptr<Pool> pool(new Pool(std::move(options)));
  auto first = pool->options_.open(*pool);
  if (!first) return fail(std::move(first.error()));
  pool->members_.push_back({.environment = std::move(*first), .tenant = {}});
  return pool;
}

bool Pool::open() {
  auto another = options_.open(*this);
  // Those there are can do the work.
  may_open_ = another.has_value();
  if (another) members_.push_back({.environment = std::move(*another), .tenant = {}});
  return may_open_;
}

std::unique_ptr<Invocation> Pool::submit(std::unique_ptr<Invocation> invocation) {
  if (queue_.empty() && !is_turn_of_background()) {
    if (Member* const member = find_free(invocation->tenant_id)) {
      if (!background_.empty()) ++run_before_background_;
      run(*member, std::move(invocation));
      return nullptr;
    }
  }
  const std::size_t bytes = invocation->payload->size();
  if (queue_.size() >= options_.queued_invocations || queued_bytes_ + bytes > options_.queued_bytes)
    return invocation;
  queued_bytes_ += bytes;
  queue_.push_back(std::move(invocation));
  if (has_free()) dispatch_.schedule();
  return nullptr;
}

void Pool::submit_to_background(std::unique_ptr<Invocation> invocation) {
  background_.push_back(std::move(invocation));
  if (has_free()) dispatch_.schedule();
}

bool Pool::has_free() const {
  if (may_open_ && members_.size() < options_.environments) return true;
  return std::ranges::any_of(members_, [](const Member& each) {
    return !each.is_retiring && each.environment->is_free();
  });
}

Pool::Member* Pool::find_free(const std::string& tenant) {
  Member* stopped = nullptr;
  for (Member& each : members_) {
    if (each.is_retiring || !each.environment->is_free()) continue;
    if (each.environment->is_stopped()) {
      if (stopped == nullptr) stopped = &each;
    } else if (!options_.isolates_tenants || each.tenant == tenant) {
      return &each;
    }
  }
  if (stopped != nullptr) return stopped;
  if (!may_open_ || members_.size() >= options_.environments || !open()) return nullptr;
  return &members_.back();
}

bool Pool::retire_one() {
  Member* oldest = nullptr;
  for (Member& each : members_) {
    if (each.is_retiring || !each.environment->is_free() || each.environment->is_stopped())
      continue;
    if (oldest == nullptr || each.used < oldest->used) oldest = &each;
  }
  if (oldest == nullptr) return false;
  oldest->is_retiring = true;
  oldest->environment->retire();
  return true;
}

void Pool::run(Member& member, std::unique_ptr<Invocation> invocation) {
  member.tenant = invocation->tenant_id;
  member.used = ++runs_;
  member.environment->invoke(std::move(invocation));
}

bool Pool::run_one_of(Queue& queue) {
  auto coming = std::ranges::count_if(members_, &Member::is_retiring);
  for (auto each = queue.begin(); each != queue.end(); ++each) {
    if (Member* const member = find_free((*each)->tenant_id)) {
      auto next = std::move(*each);
      queue.erase(each);
      if (&queue == &queue_) {
        queued_bytes_ -= next->payload->size();
        if (!background_.empty()) ++run_before_background_;
      } else {
        run_before_background_ = 0;
      }
      run(*member, std::move(next));
      return true;
    }
    // It has to wait for an environment that is being ended, or is ended now, or for a busy one.
    if (coming > 0) {
      --coming;
    } else if (!retire_one()) {
      return false;
    }
  }
  return false;
}

void Pool::dispatch() {
  for (Member& each : members_) {
    if (each.environment->is_stopped()) each.is_retiring = false;
  }
  const auto run_one = [this] {
    if (is_turn_of_background()) return run_one_of(background_) || run_one_of(queue_);
    return run_one_of(queue_) || run_one_of(background_);
  };
  while (run_one()) {
  }
}

void Pool::resume_output() {
  for (const Member& each : members_) each.environment->resume_output();
}

void Pool::shut_down(std::function<void()> on_stopped) {
  dispatch_.cancel();
  for (const auto& invocation : std::exchange(queue_, {}))
    invocation->end({.kind = Outcome::Kind::kShutDown});
  for (const auto& invocation : std::exchange(background_, {}))
    invocation->end({.kind = Outcome::Kind::kShutDown});
  not_stopped_ = members_.size();
  const auto told = std::make_shared<std::function<void()>>(std::move(on_stopped));
  for (const Member& each : members_) {
    each.environment->shut_down([this, told] {
      if (--not_stopped_ == 0) (*told)();
    });
  }
}

}  // namespace thimble::emulator
