// `benchmarks/emulator/soak`: what grows when an emulator works for long, and what becomes of
// callers when its runtime is killed.

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "client.h"
#include "kill.h"
#include "probe.h"
#include "support.h"

namespace {

using namespace thimble::bench;

constexpr const char* kUsage =
    "usage: soak [--emulator PATH | --peer NAME=PATH] [--invokes N [--telemetry] | --kill [N] | "
    "--orphans [N]]\n"
    "  --invokes N    warm invocations, 1,000,000 unless told; a new connection every 10,000\n"
    "  --telemetry    with an extension that subscribes to everything\n"
    "  --kill [N]     kill -9 of the runtime in every state instead, 1,000 times unless told\n"
    "  --orphans [N]  the emulator as PID 1 and so many orphans, 10,000 unless told; needs the "
    "right to make namespaces\n"
    "Exit code 1 when the promise does not hold.\n";

constexpr std::int64_t kGrowthLimitKib = 1024;
constexpr std::uint64_t kPerConnection = 10'000;

struct Options {
  SoakSetup setup;
  std::string extension;
  bool telemetry = false;
  std::uint64_t invokes = 1'000'000;
  std::uint64_t kills = 0;
  std::uint64_t orphans = 0;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    const bool has_count = value != nullptr && *value >= '0' && *value <= '9';
    if (flag == "--kill") {
      options.kills = has_count ? parse_count("--kill", argv[++i], 1, 100'000) : 1000;
    } else if (flag == "--orphans") {
      options.orphans = has_count ? parse_count("--orphans", argv[++i], 1, 1'000'000) : 10'000;
    } else if (flag == "--telemetry") {
      options.telemetry = true;
    } else if (flag == "--help" || flag == "-h") {
      std::fputs(kUsage, stdout);
      std::exit(0);
    } else if (value == nullptr) {
      die("unknown flag or missing value: '%s'\n%s", argv[i], kUsage);
    } else if (flag == "--invokes") {
      options.invokes = parse_count("--invokes", argv[++i], 100, 100'000'000);
    } else if (flag == "--runtime") {
      options.setup.runtime = argv[++i];
    } else if (flag == "--extension") {
      options.extension = argv[++i];
    } else if (flag == "--floor") {
      options.setup.program = parse_program("--floor", std::string("floor=") + argv[++i]);
    } else if (flag == "--emulator") {
      options.setup.program = parse_program("--emulator", std::string("thimble=") + argv[++i]);
    } else if (flag == "--peer") {
      options.setup.program = parse_program("--peer", argv[++i]);
    } else {
      die("unknown flag '%s'\n%s", argv[i], kUsage);
    }
  }
  if (options.setup.runtime.empty() || options.setup.program.path.empty()) {
    die("no emulator to soak: start benchmarks/emulator/soak, with --emulator PATH unless it is in "
        "build/bin");
  }
  return options;
}

// True when memory and descriptors stayed where they were after the first tenth.
bool run_invokes(const SoakSetup& setup, std::uint64_t invokes) {
  const std::string log = setup.scratch + "soak.log";
  Subject subject =
      Subject::start(setup.program, {.runtime = setup.runtime, .log = log, .board = {}});
  if (!subject.wait_until_it_listens())
    die("%s: its port does not accept", setup.program.name.c_str());
  const std::string payload = make_payload(100);
  const std::uint64_t step = std::max<std::uint64_t>(invokes / 10, 1);
  Memory first{};
  int first_descriptors = 0;
  std::int64_t logged = 0;
  std::vector<double> latencies;
  latencies.reserve(step);
  std::printf("%s: %llu warm invocations of 100 B%s\n  %12s %9s %9s %12s %12s %12s\n",
              setup.program.name.c_str(), static_cast<unsigned long long>(invokes),
              setup.program.extensions.empty() ? "" : ", telemetry on", "invocations", "p50 us",
              "p99 us", "VmRSS KiB", "VmHWM KiB", "descriptors");
  std::optional<Client> client;
  for (std::uint64_t i = 0; i < invokes; ++i) {
    if (i % kPerConnection == 0) {
      client = Client::connect(subject.port());
      // The log is opened for appending: cutting it keeps a million lines from filling the disk.
      logged += file_bytes(log);
      if (truncate(log.c_str(), 0) != 0) die("cannot cut '%s'", log.c_str());
    }
    const auto answer = client ? client->invoke(payload) : std::nullopt;
    if (!answer || answer->status != 200 || answer->body != payload) {
      std::printf("  invocation %llu was not answered as it should (%s)\n",
                  static_cast<unsigned long long>(i),
                  subject.is_running() ? "it still runs" : subject.how_it_ended().c_str());
      return false;
    }
    latencies.push_back(static_cast<double>(answer->latency_ns()) / 1e3);
    const unsigned long long done = i + 1;
    if (done % step == 0) {
      const Memory now = memory(subject.pid());
      const int descriptors = open_descriptors(subject.pid());
      if (done == step) {
        first = now;
        first_descriptors = descriptors;
      }
      std::printf("  %12llu %9.1f %9.1f %12lld %12lld %12d\n", done, percentile(latencies, 0.5),
                  percentile(latencies, 0.99), static_cast<long long>(now.resident_kib),
                  static_cast<long long>(now.peak_kib), descriptors);
      std::fflush(stdout);
      latencies.clear();
    }
  }
  const std::int64_t growth = memory(subject.pid()).resident_kib - first.resident_kib;
  const int more_descriptors = open_descriptors(subject.pid()) - first_descriptors;
  logged += file_bytes(log);
  const bool held = growth < kGrowthLimitKib && more_descriptors == 0;
  std::printf(
      "  %s: memory %+lld KiB (below %lld), descriptors %+d after the first tenth; log %.0f B per "
      "invocation\n",
      held ? "held" : "BROKEN", static_cast<long long>(growth),
      static_cast<long long>(kGrowthLimitKib), more_descriptors,
      static_cast<double>(logged) / static_cast<double>(invokes));
  return held;
}

}  // namespace

int main(int argc, char** argv) {
  Options options = parse(argc, argv);
  prctl(PR_SET_TIMERSLACK, 1UL);
  options.setup.scratch = make_scratch_folder();
  const Machine machine = this_machine();
  std::printf("%s, %d cores (%s), %s\n", machine.date.c_str(), machine.cores, machine.cpu.c_str(),
              machine.kernel.c_str());
  if (options.telemetry)
    options.setup.program.extensions =
        make_extensions_folder(options.setup.scratch, options.extension);
  bool held = true;
  if (options.kills > 0)
    held = run_kills(options.setup, static_cast<std::uint32_t>(options.kills)) && held;
  if (options.orphans > 0)
    held = run_orphans(options.setup, static_cast<std::uint32_t>(options.orphans)) && held;
  if (options.kills == 0 && options.orphans == 0)
    held = run_invokes(options.setup, options.invokes);
  return held ? 0 : 1;
}
