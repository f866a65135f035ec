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
  if (is_shut_down_) {
    invocation->end({.kind = Outcome::Kind::kShutDown});
    return nullptr;
  }
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
  if (is_shut_down_) return invocation->end({.kind = Outcome::Kind::kShutDown});
  background_.push_back(std::move(invocation));
  if (has_free()) dispatch_.schedule();
}

bool Pool::has_free() const {
  if (may_open()) return true;
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
    } else if (belongs_to(each, tenant)) {
      return &each;
    }
  }
  return stopped;
}

bool Pool::is_promised(const std::string& tenant) {
  for (Member& each : members_) {
    if (each.promised == looks_) continue;
    const bool comes_back = belongs_to(each, tenant) && each.environment->is_about_to_be_free();
    if (!each.is_retiring && !(comes_back && is_patient_)) continue;
    if (!each.is_retiring && may_open() && !patience_.is_running())
      patience_.start_after(kPatience);
    each.promised = looks_;
    return true;
  }
  return false;
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
  ++looks_;
  for (auto each = queue.begin(); each != queue.end(); ++each) {
    const std::string& tenant = (*each)->tenant_id;
    Member* member = find_free(tenant);
    if (member == nullptr) {
      if (is_promised(tenant)) continue;
      if (may_open() && open()) {
        member = &members_.back();
      } else if (options_.isolates_tenants && retire_one()) {
        continue;
      } else {
        return false;
      }
    }
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
  return false;
}

void Pool::dispatch() {
  if (is_shut_down_) return;
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

void Pool::dispatch_without_patience() {
  is_patient_ = false;
  dispatch();
  is_patient_ = true;
}

void Pool::resume_output() {
  for (const Member& each : members_) each.environment->resume_output();
}

void Pool::shut_down(std::function<void()> on_stopped) {
  is_shut_down_ = true;
  dispatch_.cancel();
  patience_.cancel();
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
