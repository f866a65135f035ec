#include "turns.h"

#include <algorithm>

#include "print.h"
#include "support.h"

namespace thimble::bench {
namespace {

constexpr std::size_t kSmall = 100;
constexpr std::size_t kMedium = 100'000;
constexpr std::size_t kLarge = 6'000'000;

constexpr std::int64_t kPatienceNs = 60'000'000'000;

// One client's process and its time with the mock. A client that does not do its work ends the run,
// with the last it said.
class Turn final {
 public:
  // Returns when the client waits in its first GET /next.
  Turn(const ClientProgram& program, MockApi& api, const std::string& scratch)
      : program_(program), api_(api), log_(scratch + program.name + ".log") {
    api_.begin_turn();
    process_.emplace(ClientProcess::start(program, api_.address(), log_));
    wait_until_parked();
  }
  ~Turn() {
    process_.reset();
    api_.end_turn();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Returns when the client waits in the GET /next that follows its last answer.
  void invoke(const std::string& event, int count) {
    api_.hand_out(event, static_cast<std::uint64_t>(count));
    wait_until_parked();
  }

  [[nodiscard]] pid_t pid() const { return process_->pid(); }
  [[nodiscard]] double init_ms() {
    return static_cast<double>(api_.first_next_ns() - process_->started_ns()) / 1e6;
  }

 private:
  void wait_until_parked() {
    const std::int64_t limit = now_ns() + kPatienceNs;
    for (;;) {
      switch (api_.wait_until_parked(100)) {
        case MockApi::Wait::kParked:
          return;
        case MockApi::Wait::kWrong:
          give_up(api_.complaint());
        case MockApi::Wait::kNothingYet:
          if (!process_->is_running()) give_up("it has ended: " + process_->how_it_ended());
          if (now_ns() > limit) give_up("not done after 60 s");
      }
    }
  }

  [[noreturn]] void give_up(const std::string& what) {
    die("%s: %s\n%s", program_.name.c_str(), what.c_str(), last_lines(log_, 8).c_str());
  }

  const ClientProgram& program_;
  MockApi& api_;
  std::string log_;
  std::optional<ClientProcess> process_;
};

Memory memory_of(const std::vector<pid_t>& processes) {
  Memory sum;
  for (const pid_t pid : processes) {
    const Memory one = memory(pid);
    sum.resident_kib += one.resident_kib;
    sum.peak_kib += one.peak_kib;
  }
  return sum;
}

Batch measure_batch(Turn& turn, const EventPlan& plan, MockApi& api, const std::string& event) {
  turn.invoke(event, plan.warm);
  const std::vector<pid_t> processes = process_tree(turn.pid());
  sleep_us(1000);  // until it sleeps in its receive
  const Usage before = usage(processes);
  turn.invoke(event, plan.batch);
  sleep_us(1000);  // what it does after the last answer is part of the price
  const Usage after = usage(processes);
  const double count = plan.batch;
  return {.cpu_us = static_cast<double>(after.cpu_ns - before.cpu_ns) / 1e3 / count,
          .per_second = count * 1e9 / static_cast<double>(api.last_batch_ns()),
          .faults = static_cast<double>(after.faults - before.faults) / count};
}

}  // namespace

Plan full_plan() {
  return {.events = {{kSmall, 31, 1500, 100, 1000},
                     {kMedium, 21, 150, 30, 200},
                     {kLarge, 15, 10, 3, 20}},
          .settling = 100,
          .starts = 41,
          .small = 10'000,
          .large = 20};
}

Plan quick_plan() {
  return {
      .events = {{kSmall, 11, 1000, 100, 500}, {kMedium, 9, 100, 30, 100}, {kLarge, 7, 6, 2, 10}},
      .settling = 100,
      .starts = 21,
      .small = 10'000,
      .large = 10};
}

void keep_sizes(Plan& plan, const std::string& comma_separated) {
  std::vector<EventPlan> kept;
  for (std::size_t at = 0; at <= comma_separated.size();) {
    const std::size_t end = std::min(comma_separated.find(',', at), comma_separated.size());
    const std::string text = comma_separated.substr(at, end - at);
    at = end + 1;
    const std::size_t bytes = parse_count("--sizes", text.c_str(), 64, 6 << 20);
    // The plan of the next smaller size we know fits a size we do not.
    EventPlan event = plan.events[0];
    for (const EventPlan& known : plan.events) {
      if (known.bytes <= bytes) event = known;
    }
    event.bytes = bytes;
    kept.push_back(event);
  }
  plan.events = std::move(kept);
}

void measure_starts(const Plan& plan, MockApi& api, const std::string& scratch,
                    std::vector<ClientResult>& clients) {
  for (int round = -1; round < plan.starts; ++round) {  // the first only brings files into memory
    for (ClientResult& client : clients) {
      Turn turn(client.program, api, scratch);
      if (round < 0) {
        client.libraries = libraries(turn.pid());
      } else {
        client.init_ms.push_back(turn.init_ms());
      }
    }
  }
}

// Every turn has a process of its own. Which core the kernel gives to whom is decided early and
// stays: a process that drew badly would be slow for the whole run.
void measure_invocations(const Plan& plan, MockApi& api, const std::string& scratch,
                         std::vector<ClientResult>& clients) {
  const std::string small = make_event(kSmall);
  for (const EventPlan& event_plan : plan.events) {
    const std::string event = make_event(event_plan.bytes);
    for (ClientResult& client : clients) client.events.emplace_back();
    for (int round = 0; round < event_plan.rounds; ++round) {
      for (std::size_t i = 0; i < clients.size(); ++i) {
        // A different one starts each round: nobody always runs after the heaviest.
        ClientResult& client = clients[(i + static_cast<std::size_t>(round)) % clients.size()];
        Turn turn(client.program, api, scratch);
        turn.invoke(small, plan.settling);
        client.events.back().batches.push_back(measure_batch(turn, event_plan, api, event));
      }
    }
  }
}

void measure_memory(const Plan& plan, MockApi& api, const std::string& scratch,
                    std::vector<ClientResult>& clients) {
  const std::string small = make_event(kSmall);
  const std::string large = make_event(kLarge);
  for (ClientResult& client : clients) {
    Turn turn(client.program, api, scratch);
    const auto now = [&] {
      sleep_us(20'000);
      return memory_of(process_tree(turn.pid()));
    };
    client.idle = now();
    turn.invoke(small, plan.small);
    client.after_small = now();
    turn.invoke(large, plan.large);
    client.after_large = now();
  }
}

void measure_calls(const Plan& plan, MockApi& api, const std::string& scratch,
                   std::vector<ClientResult>& clients) {
  for (ClientResult& client : clients) {
    Turn turn(client.program, api, scratch);
    turn.invoke(make_event(kSmall), plan.settling);
    for (std::size_t i = 0; i < plan.events.size(); ++i) {
      const EventPlan& event_plan = plan.events[i];
      const std::string event = make_event(event_plan.bytes);
      turn.invoke(event, event_plan.warm);
      if (const auto counter = CallTracepoint::open(process_tree(turn.pid()))) {
        turn.invoke(event, event_plan.traced);
        client.events[i].calls = static_cast<double>(counter->count()) / event_plan.traced;
      }
    }
    const EventPlan& first = plan.events[0];
    const std::string event = make_event(first.bytes);
    auto strace = CallCounter::attach(turn.pid(), scratch + client.program.name + ".calls");
    if (!strace) continue;
    turn.invoke(event, first.traced);
    sleep_us(5000);
    client.call_names = strace->stop();
    if (client.events[0].calls) continue;
    double sum = 0;
    for (const auto& [name, count] : *client.call_names) sum += static_cast<double>(count);
    client.events[0].calls = sum / first.traced;
  }
}

}  // namespace thimble::bench
