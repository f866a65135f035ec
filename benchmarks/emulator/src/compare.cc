// `benchmarks/emulator/run`: the floor, our emulator and any peer under the same client and the
// same runtime, in turns.

#include <sched.h>
#include <sys/prctl.h>

#include <cstdio>
#include <cstring>
#include <string_view>

#include "measure.h"
#include "report.h"
#include "support.h"

namespace {

using namespace thimble::bench;

constexpr const char* kUsage =
    "usage: run [--emulator PATH] [--peer NAME=PATH]... [--quick] [--json[=FILE]] [--check]\n"
    "  --emulator PATH   our emulator (default build/bin/aws-lambda-rie, left out when missing)\n"
    "  --peer NAME=PATH  another program with the same command line; call the Go one 'incumbent'\n"
    "  --quick           fewer rounds, under 40 s for three programs\n"
    "  --one-cpu         caller, emulator and runtime on one processor: what each costs, without "
    "waiting\n"
    "  --json            JSON instead of the table on standard output; --json=FILE writes both\n"
    "  --check           exit code 1 when a promise is broken\n";

struct Options {
  std::string runtime;
  std::string extension;
  std::vector<Program> programs;  // the floor first
  bool quick = false;
  bool check = false;
  bool one_cpu = false;
  bool json = false;
  std::string json_file;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (flag == "--quick") {
      options.quick = true;
    } else if (flag == "--check") {
      options.check = true;
    } else if (flag == "--one-cpu") {
      options.one_cpu = true;
    } else if (flag == "--json") {
      options.json = true;
    } else if (flag.starts_with("--json=")) {
      options.json_file = flag.substr(7);
    } else if (flag == "--help" || flag == "-h") {
      std::fputs(kUsage, stdout);
      std::exit(0);
    } else if (value == nullptr) {
      die("unknown flag or missing value: '%s'\n%s", argv[i], kUsage);
    } else if (flag == "--runtime") {
      options.runtime = value, ++i;
    } else if (flag == "--extension") {
      options.extension = value, ++i;
    } else if (flag == "--floor") {
      options.programs.insert(options.programs.begin(),
                              parse_program("--floor", std::string("floor=") + value)),
          ++i;
    } else if (flag == "--emulator") {
      options.programs.push_back(parse_program("--emulator", std::string(kOurs) + "=" + value)),
          ++i;
    } else if (flag == "--peer") {
      options.programs.push_back(parse_program("--peer", value)), ++i;
    } else {
      die("unknown flag '%s'\n%s", argv[i], kUsage);
    }
  }
  if (options.runtime.empty() || options.programs.empty() || options.programs[0].name != "floor") {
    die("--floor and --runtime are missing: start benchmarks/emulator/run instead");
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  Options options = parse(argc, argv);
  prctl(PR_SET_TIMERSLACK, 1UL);  // short sleeps end when they say; children inherit it, all alike
  if (options.one_cpu) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) die("--one-cpu: %s", std::strerror(errno));
  }
  const Setup setup{.runtime = options.runtime, .scratch = make_scratch_folder()};
  // Ours once more, with somebody who is told everything.
  for (std::size_t i = 0; i < options.programs.size(); ++i) {
    if (options.programs[i].name != kOurs || options.extension.empty()) continue;
    Program program = options.programs[i];
    program.name = kOursWithTelemetry;
    program.extensions = make_extensions_folder(setup.scratch, options.extension);
    options.programs.push_back(std::move(program));
    break;
  }
  const Plan plan = options.quick ? quick_plan() : full_plan();
  std::vector<SubjectResult> subjects;
  subjects.reserve(options.programs.size());
  for (const Program& program : options.programs) subjects.push_back({.program = program});

  Context context{.machine = this_machine(),
                  .load_before = load_average(),
                  .quick = options.quick,
                  .one_cpu = options.one_cpu};
  const std::int64_t begun = now_ns();
  const auto stage = [&](const char* name) {
    std::fprintf(stderr, "%5.1f s  %s\n", static_cast<double>(now_ns() - begun) / 1e9, name);
  };
  stage("file sizes");
  measure_files(subjects);
  stage("start");
  measure_starts(plan, setup, subjects);
  stage("latency and CPU");
  measure_latency(plan, setup, subjects);
  stage("memory");
  measure_memory(plan, setup, subjects);
  stage("system calls");
  measure_calls(plan, setup, subjects);
  stage("done");
  context.seconds = static_cast<double>(now_ns() - begun) / 1e9;
  context.load_after = load_average();

  if (!options.json_file.empty()) {
    std::FILE* file = std::fopen(options.json_file.c_str(), "we");
    if (file == nullptr)
      die("cannot write '%s': %s", options.json_file.c_str(), std::strerror(errno));
    print_json(file, context, plan, subjects);
    std::fclose(file);
  }
  std::FILE* talk = options.json ? stderr : stdout;
  if (options.json) {
    print_json(stdout, context, plan, subjects);
  } else {
    print_table(stdout, context, plan, subjects);
  }
  const int broken = print_promises(talk, plan, subjects);
  return options.check && broken > 0 ? 1 : 0;
}
