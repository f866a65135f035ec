// `benchmarks/emulator/parallel`: many callers at once against one environment.

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "client.h"
#include "probe.h"
#include "subject.h"
#include "support.h"

namespace {

using namespace thimble::bench;

constexpr const char* kUsage =
    "usage: parallel [--emulator PATH | --peer NAME=PATH] [--clients N] [--each N] [--bytes N] "
    "[--expect-429]\n"
    "  --clients N    callers at once, 1,000 unless told\n"
    "  --each N       invocations each makes, one after the other, 10 unless told\n"
    "  --bytes N      size of a payload, 100 unless told\n"
    "  --expect-429   the queue will be too small: 429 is an answer too, 200 and 429 must both "
    "occur\n"
    "Exit code 1 when a caller was lost or got another answer.\n";

constexpr std::int64_t kLimitNs = 120'000'000'000;

struct Options {
  std::vector<Program> programs;
  std::string runtime;
  std::uint64_t clients = 1000;
  std::uint64_t each = 10;
  std::uint64_t bytes = 100;
  bool expect_429 = false;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--expect-429") {
      options.expect_429 = true;
      continue;
    }
    if (flag == "--help" || flag == "-h") {
      std::fputs(kUsage, stdout);
      std::exit(0);
    }
    if (i + 1 == argc) die("unknown flag or missing value: '%s'\n%s", argv[i], kUsage);
    const char* value = argv[++i];
    if (flag == "--clients") {
      options.clients = parse_count("--clients", value, 1, 20'000);
    } else if (flag == "--each") {
      options.each = parse_count("--each", value, 1, 100'000);
    } else if (flag == "--bytes") {
      options.bytes = parse_count("--bytes", value, 40, 6'291'456);
    } else if (flag == "--runtime") {
      options.runtime = value;
    } else if (flag == "--floor") {
      options.programs.push_back(parse_program("--floor", std::string("floor=") + value));
    } else if (flag == "--emulator") {
      options.programs.push_back(parse_program("--emulator", std::string("thimble=") + value));
    } else if (flag == "--peer") {
      options.programs.push_back(parse_program("--peer", value));
    } else {
      die("unknown flag '%s'\n%s", argv[i - 1], kUsage);
    }
  }
  if (options.runtime.empty() || options.programs.empty()) {
    die("no emulator: start benchmarks/emulator/parallel, with --emulator PATH unless it is in "
        "build/bin");
  }
  return options;
}

// One caller: writes its request, reads its answer, again until it has made all its invocations.
struct Caller {
  Fd fd;
  std::string out;
  std::size_t written = 0;
  std::string in;
  std::uint64_t made = 0;
  std::int64_t sent_ns = 0;
  bool done = false;
};

struct Outcome {
  std::map<int, std::uint64_t> statuses;
  std::uint64_t wrong_body = 0;
  std::uint64_t lost = 0;
  std::vector<double> latency_ms;
  double seconds = 0;
};

class Crowd final {
 public:
  Crowd(const Options& options, std::uint16_t port)
      : options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    callers_.resize(options.clients);
    for (Caller& caller : callers_) {
      // The numbers differ, so that an answer given to the wrong caller is seen.
      caller.fd = connect_loopback(port, 5);
      if (!caller.fd.is_open()) {
        ++outcome_.lost;
        continue;
      }
      epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = &caller}};
      epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, caller.fd.get(), &event);
      ++open_;
    }
  }

  Outcome run() {
    const std::int64_t begun = now_ns();
    for (Caller& caller : callers_) {
      if (caller.fd.is_open()) next(caller);
    }
    epoll_event events[256];
    while (open_ > 0 && now_ns() - begun < kLimitNs) {
      const int n = epoll_wait(epoll_.get(), events, 256, 1000);
      for (int i = 0; i < n; ++i) {
        auto& caller = *static_cast<Caller*>(events[i].data.ptr);
        if (!caller.done) write(caller);
        if (!caller.done) read(caller);
      }
    }
    outcome_.lost += open_;
    outcome_.seconds = static_cast<double>(now_ns() - begun) / 1e9;
    return std::move(outcome_);
  }

 private:
  [[nodiscard]] std::string payload(const Caller& caller) const {
    std::string text = make_payload(options_.bytes);
    char number[16];
    std::snprintf(
        number, sizeof number, "%010llu",
        static_cast<unsigned long long>(
            static_cast<std::uint64_t>(&caller - callers_.data()) * 100'000 + caller.made) %
            10'000'000'000ULL);
    return text.replace(7, 10, number);
  }

  void next(Caller& caller) {
    caller.out = invoke_head(options_.bytes) + payload(caller);
    caller.written = 0;
    caller.in.clear();
    caller.sent_ns = now_ns();
    write(caller);
  }

  void finish(Caller& caller, bool lost) {
    caller.done = true;
    caller.fd = Fd();
    --open_;
    outcome_.lost += lost ? 1 : 0;
  }

  void write(Caller& caller) {
    while (caller.written < caller.out.size()) {
      const ssize_t n = ::send(caller.fd.get(), caller.out.data() + caller.written,
                               caller.out.size() - caller.written, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0) return;  // reading tells whether an answer came all the same
      caller.written += static_cast<std::size_t>(n);
    }
  }

  void read(Caller& caller) {
    char part[16384];
    for (;;) {
      const ssize_t n = recv(caller.fd.get(), part, sizeof part, MSG_DONTWAIT);
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) return finish(caller, true);
      caller.in.append(part, static_cast<std::size_t>(n));
      if (!take_answer(caller)) continue;
      if (caller.done) return;
    }
  }

  // True when an answer was complete; the next request is then on its way, or the caller done.
  bool take_answer(Caller& caller) {
    const auto blank = caller.in.find("\r\n\r\n");
    if (blank == std::string::npos) return false;
    const std::string_view head(caller.in.data(), blank + 2);
    const std::string_view length = header(head, "Content-Length");
    std::string_view body;
    if (length.empty()) {
      // Chunked: only the end matters here.
      if (!caller.in.ends_with("\r\n0\r\n\r\n")) return false;
      const auto line = caller.in.find("\r\n", blank + 4);
      body = std::string_view(caller.in).substr(
          line + 2, std::strtoul(caller.in.c_str() + blank + 4, nullptr, 16));
    } else {
      const std::size_t size = std::strtoul(length.data(), nullptr, 10);
      if (caller.in.size() < blank + 4 + size) return false;
      body = std::string_view(caller.in).substr(blank + 4, size);
    }
    const int status = Message{.head = head, .body = {}}.status();
    ++outcome_.statuses[status];
    outcome_.latency_ms.push_back(static_cast<double>(now_ns() - caller.sent_ns) / 1e6);
    if (status == 200 &&
        body != std::string_view(caller.out).substr(caller.out.size() - options_.bytes)) {
      ++outcome_.wrong_body;
    }
    if (++caller.made < options_.each && header(head, "Connection") != "close") {
      next(caller);
    } else {
      finish(caller, caller.made < options_.each);
    }
    return true;
  }

  const Options& options_;
  Fd epoll_;
  std::vector<Caller> callers_;
  std::uint64_t open_ = 0;
  Outcome outcome_;
};

bool run(const Options& options, const Program& program, const std::string& scratch) {
  Subject subject = Subject::start(
      program, {.runtime = options.runtime, .log = scratch + program.name + ".log", .board = {}});
  if (!subject.wait_until_it_listens()) die("%s: its port does not accept", program.name.c_str());
  const Outcome o = Crowd(options, subject.port()).run();
  sleep_us(50'000);
  std::string statuses;
  std::uint64_t answered = 0;
  for (const auto& [status, count] : o.statuses) {
    statuses += " " + std::to_string(status) + ":" + std::to_string(count);
    answered += count;
  }
  const std::uint64_t expected = options.clients * options.each;
  const auto count_of = [&](int status) {
    return o.statuses.contains(status) ? o.statuses.at(status) : 0;
  };
  const bool right = options.expect_429 ? count_of(200) > 0 && count_of(429) > 0 &&
                                              count_of(200) + count_of(429) == expected
                                        : count_of(200) == expected;
  const bool held = right && o.wrong_body == 0 && o.lost == 0 && subject.is_running();
  std::printf("  %-12s %9llu of %llu answered, lost callers %llu, wrong bodies %llu, statuses%s\n",
              program.name.c_str(), static_cast<unsigned long long>(answered),
              static_cast<unsigned long long>(expected), static_cast<unsigned long long>(o.lost),
              static_cast<unsigned long long>(o.wrong_body),
              statuses.empty() ? " none" : statuses.c_str());
  std::printf(
      "  %-12s %9.2f s, %.0f per second, p50 %.2f ms, p99 %.2f ms, max %.2f ms, memory peak %.2f "
      "MB, it %s: %s\n",
      "", o.seconds, static_cast<double>(answered) / o.seconds, percentile(o.latency_ms, 0.5),
      percentile(o.latency_ms, 0.99), percentile(o.latency_ms, 1),
      static_cast<double>(memory(subject.pid()).peak_kib) * 1024 / 1e6,
      subject.is_running() ? "still runs" : ("ended by " + subject.how_it_ended()).c_str(),
      held ? "held" : "BROKEN");
  return held;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  prctl(PR_SET_TIMERSLACK, 1UL);
  if (options.clients >
      1000) {  // up to there everybody's usual limit of 1,024 descriptors does, and stays
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  const std::string scratch = make_scratch_folder();
  const Machine machine = this_machine();
  std::printf("%s, %d cores (%s), %s\n%llu callers at once, %llu invocations of %llu B each\n",
              machine.date.c_str(), machine.cores, machine.cpu.c_str(), machine.kernel.c_str(),
              static_cast<unsigned long long>(options.clients),
              static_cast<unsigned long long>(options.each),
              static_cast<unsigned long long>(options.bytes));
  bool held = true;
  for (const Program& program : options.programs) held = run(options, program, scratch) && held;
  return held ? 0 : 1;
}
