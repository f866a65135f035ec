#include "kill.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "board.h"
#include "client.h"
#include "probe.h"
#include "support.h"

namespace thimble::bench {
namespace {

constexpr std::int64_t kStateLimitNs = 5'000'000'000;
constexpr double kAnswerLimitMs = 10;

// Where the runtime is when it dies.
enum class State { kInit, kParked, kBusy, kHalfPosted, kPosted, kAnyMoment };
constexpr State kStates[] = {State::kInit,       State::kParked, State::kBusy,
                             State::kHalfPosted, State::kPosted, State::kAnyMoment};

const char* name_of(State state) {
  switch (state) {
    case State::kInit:
      return "in its init";
    case State::kParked:
      return "waiting in /next";
    case State::kBusy:
      return "handling";
    case State::kHalfPosted:
      return "half way through /response";
    case State::kPosted:
      return "after /response";
    case State::kAnyMoment:
      return "at any moment";
  }
  return "";
}

struct Tally {
  std::vector<double> answer_ms;    // from the kill to the caller's answer
  std::vector<double> recovery_ms;  // of the next invocation, which needs a new runtime
  std::map<int, int> statuses;
  int lost = 0;             // no answer at all
  int recovery_failed = 0;  // the next invocation was not answered 200 with its own payload
};

bool wait_for(const std::function<bool()>& condition) {
  const std::int64_t limit = now_ns() + kStateLimitNs;
  while (!condition()) {
    if (now_ns() > limit) return false;
    sleep_us(20);
  }
  return true;
}

// A pid may have been given to somebody else: only a child of the emulator is killed, through a
// descriptor that stays its.
bool kill_runtime(const Subject& subject, std::int32_t pid) {
  if (pid <= 1) return false;
  const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process.is_open() || parent_of(pid) != subject.pid()) return false;
  return syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) == 0;
}

class Killer final {
 public:
  Killer(Subject& subject, Board& board) : subject_(subject), board_(board) {}

  // One kill in `state`, one invocation after it.
  void round(State state, Tally& tally) {
    if (!client_) client_ = Client::connect(subject_.port(), 10);
    if (!client_) {
      ++tally.lost;
      return;
    }
    bool killed = false;
    bool early = false;
    std::int64_t killed_ns = 0;
    std::int32_t victim = 0;
    const auto strike = [&] {
      victim = board_.runtime_pid;
      early = answered();
      killed_ns = now_ns();
      killed = kill_runtime(subject_, victim);
    };
    board_.held = 0;
    board_.in_init = 0;
    if (state == State::kInit) {
      end_present_runtime();
      sent(kEcho);
      // An emulator that noticed the last death only now may answer without a new runtime.
      wait_for([&] { return board_.in_init != 0 || answered(); });
      board_.hold_init = 0;
      killed_ns = now_ns();
      if (board_.in_init != 0) strike();
    } else if (state == State::kParked) {
      echo_once();
      wait_for([&] { return board_.finished == sequence_; });
      sleep_us(random_us(500));
      strike();
      sleep_us(random_us(1000));
      sent(kEcho);
      killed_ns = now_ns();
    } else if (state == State::kAnyMoment) {
      echo_once();
      sent(kEcho);
      sleep_us(random_us(200));
      strike();
    } else {
      sent(state == State::kBusy         ? kHoldBusy
           : state == State::kHalfPosted ? kHoldHalfPosted
                                         : kHoldPosted);
      if (!wait_for([&] { return board_.held == sequence_; }))
        die("the runtime was not held %s", name_of(state));
      sleep_us(random_us(1000));
      strike();
    }
    if (!killed) ++missed_;
    const auto answer = client_->receive();
    if (!answer) {
      ++tally.lost;
      client_.reset();
      return;
    }
    tally.answer_ms.push_back(early ? 0
                                    : static_cast<double>(answer->received_ns - killed_ns) / 1e6);
    ++tally.statuses[answer->status];
    if (killed) wait_until_reaped(victim);
    recover(tally);
  }

  [[nodiscard]] std::uint32_t sequence() const { return sequence_; }
  [[nodiscard]] int missed() const { return missed_; }

 private:
  std::int64_t random_us(int below) {
    return std::uniform_int_distribution<int>(0, below)(random_);
  }

  void sent(char verb) {
    payload_ = make_order(++sequence_, verb);
    client_->send(payload_);
  }

  void echo_once() {
    sent(kEcho);
    if (!client_->receive()) client_ = Client::connect(subject_.port(), 10);
    if (!client_)
      die("the emulator accepts no connection (%s)", subject_.is_running() ? "running" : "ended");
  }

  // The next runtime stays in its init, whether the emulator starts it now or when it is needed.
  void end_present_runtime() {
    echo_once();
    wait_for([&] { return board_.finished == sequence_; });
    board_.hold_init = 1;
    const std::int32_t pid = board_.runtime_pid;
    kill_runtime(subject_, pid);
    wait_until_reaped(pid);
    sleep_us(1000);
  }

  void wait_until_reaped(std::int32_t pid) const {
    wait_for([&] { return parent_of(pid) != subject_.pid(); });
  }

  // True when the answer is here already.
  [[nodiscard]] bool answered() const {
    pollfd answer{.fd = client_->descriptor(), .events = POLLIN, .revents = 0};
    return poll(&answer, 1, 0) > 0;
  }

  void recover(Tally& tally) {
    sent(kEcho);
    const auto answer = client_->receive();
    if (!answer) client_.reset();
    if (!answer || answer->status != 200 || answer->body != payload_) {
      ++tally.recovery_failed;
    } else {
      tally.recovery_ms.push_back(static_cast<double>(answer->latency_ns()) / 1e6);
    }
  }

  Subject& subject_;
  Board& board_;
  std::optional<Client> client_;
  std::minstd_rand random_{42};
  std::string payload_;
  std::uint32_t sequence_ = 0;
  int missed_ = 0;
};

Board& open_board(const std::string& path) {
  Board* board = Board::open(path.c_str(), true);
  if (board == nullptr) die("board '%s': %s", path.c_str(), std::strerror(errno));
  return *board;
}

void append(std::vector<double>& to, const std::vector<double>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void print_row(const char* name, const Tally& t) {
  std::string statuses;
  for (const auto& [status, count] : t.statuses)
    statuses += " " + std::to_string(status) + ":" + std::to_string(count);
  std::printf("  %-28s %6zu %5d %9.2f %9.2f %9.2f   %9.2f %9.2f %7d  %s\n", name,
              t.answer_ms.size(), t.lost, percentile(t.answer_ms, 0.5),
              percentile(t.answer_ms, 0.99), percentile(t.answer_ms, 1),
              percentile(t.recovery_ms, 0.5), percentile(t.recovery_ms, 0.99), t.recovery_failed,
              statuses.c_str());
}

}  // namespace

bool run_kills(const SoakSetup& setup, std::uint32_t kills) {
  const std::string board_path = setup.scratch + "board";
  Board& board = open_board(board_path);
  Subject subject = Subject::start(
      setup.program,
      {.runtime = setup.runtime, .log = setup.scratch + "kill.log", .board = board_path});
  if (!subject.wait_until_it_listens())
    die("%s: its port does not accept", setup.program.name.c_str());
  Killer killer(subject, board);
  std::vector<Tally> tallies(std::size(kStates));
  Tally all;
  // The first rounds bring descriptors and memory to where they stay.
  const std::uint32_t settle = std::min<std::uint32_t>(kills / 10, 60);
  Memory memory_before{};
  int descriptors_before = 0;
  for (std::uint32_t i = 0; i < kills; ++i) {
    if (i == settle) {
      memory_before = memory(subject.pid());
      descriptors_before = open_descriptors(subject.pid());
    }
    if (!subject.is_running()) {
      std::printf("%s ended after %u kills (%s)\n", setup.program.name.c_str(), i,
                  subject.how_it_ended().c_str());
      return false;
    }
    const std::size_t state = i % std::size(kStates);
    killer.round(kStates[state], tallies[state]);
  }
  sleep_us(100'000);
  const Memory memory_after = memory(subject.pid());
  const int descriptors_after = open_descriptors(subject.pid());
  int twice = 0;
  for (std::uint32_t i = 1; i <= killer.sequence() && i < Board::kSlots; ++i)
    twice += board.runs[i] > 1 ? 1 : 0;

  std::printf("%s: kill -9 of the runtime, %u times, %u runtimes started\n",
              setup.program.name.c_str(), kills, board.starts.load());
  std::printf("  %-28s %6s %5s %9s %9s %9s   %9s %9s %7s  %s\n", "killed", "answ.", "lost",
              "p50 ms", "p99 ms", "max ms", "next p50", "next p99", "failed", "statuses");
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    print_row(name_of(kStates[i]), tallies[i]);
    append(all.answer_ms, tallies[i].answer_ms);
    append(all.recovery_ms, tallies[i].recovery_ms);
    all.lost += tallies[i].lost;
    all.recovery_failed += tallies[i].recovery_failed;
    for (const auto& [status, count] : tallies[i].statuses) all.statuses[status] += count;
  }
  print_row("all", all);
  std::printf(
      "  handlers run twice %d, rounds without a runtime to kill %d, zombies %d, descriptors %d -> "
      "%d, memory %lld -> %lld KiB\n",
      twice, killer.missed(), children(subject.pid(), true), descriptors_before, descriptors_after,
      static_cast<long long>(memory_before.resident_kib),
      static_cast<long long>(memory_after.resident_kib));
  const double p99 = percentile(all.answer_ms, 0.99);
  const bool held = all.lost == 0 && all.recovery_failed == 0 && twice == 0 &&
                    p99 <= kAnswerLimitMs && descriptors_after <= descriptors_before;
  std::printf("  %s: every caller answered, p99 within %.0f ms, none run twice, descriptors +0\n",
              held ? "held" : "BROKEN", kAnswerLimitMs);
  return held;
}

bool run_orphans(const SoakSetup& setup, std::uint32_t orphans) {
  const std::string board_path = setup.scratch + "board";
  Board& board = open_board(board_path);
  Subject subject = Subject::start(setup.program, {.runtime = setup.runtime,
                                                   .log = setup.scratch + "orphans.log",
                                                   .board = board_path,
                                                   .as_pid_1 = true});
  if (!subject.wait_until_it_listens()) {
    die("%s: its port does not accept; does this user have the right to make a pid namespace?",
        setup.program.name.c_str());
  }
  const pid_t emulator = first_child(subject.pid());
  auto client = Client::connect(subject.port());
  std::uint32_t sequence = 0;
  int most = 0;
  while (client && board.orphans < orphans && sequence < orphans) {
    const auto answer = client->invoke(make_order(++sequence, kMakeOrphans));
    if (!answer || answer->status != 200) break;
    if (sequence % 50 == 0) most = std::max(most, children(emulator, true));
  }
  // Those that have not even ended count as left; the runtime itself is the one child that stays.
  const auto count_left = [&] { return std::max(0, children(emulator, false) - 1); };
  wait_for([&] { return count_left() == 0; });
  const int left = count_left();
  const bool held = board.orphans >= orphans && left == 0;
  std::printf(
      "%s: as PID 1 it reaped %lld of %u orphans (at most %d waiting when looked at)\n  %s: all "
      "reaped\n",
      setup.program.name.c_str(), static_cast<long long>(board.orphans) - left,
      board.orphans.load(), std::max(most, left), held ? "held" : "BROKEN");
  return held;
}

}  // namespace thimble::bench
