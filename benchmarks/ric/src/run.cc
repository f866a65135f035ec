// `benchmarks/ric/run`: the floor, our runtime interface client and any peer under the same mock
// Runtime API, in turns.

#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string_view>

#include "support.h"
#include "table.h"
#include "turns.h"

namespace {

using namespace thimble::bench;

constexpr const char* kUsage =
    "usage: run [--client NAME=PATH]... [--peer NAME=PATH]... [--hello PATH] [--sizes N,N...]\n"
    "           [--quick] [--one-cpu] [--json[=FILE]] [--check]\n"
    "  --client NAME=PATH  a program that echoes on our client (default "
    "thimble=build/bin/cpp-echo,\n"
    "                      left out when missing); arguments may follow PATH\n"
    "  --peer NAME=PATH    the same work on another client\n"
    "  --hello PATH        the program whose size is promised (default build/bin/cpp-hello)\n"
    "  --sizes N,N...      bytes of the events (default 100,100000,6000000)\n"
    "  --quick             fewer rounds\n"
    "  --one-cpu           client and mock on one processor: what each costs, without waiting\n"
    "  --json              JSON instead of the table on standard output; --json=FILE writes both\n"
    "  --check             exit code 1 when a promise is broken\n";

struct Options {
  std::vector<ClientResult> clients;  // the floors first
  std::string hello;
  std::string sizes;
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
    } else if (flag == "--floor" || flag == "--client" || flag == "--peer") {
      options.clients.push_back(
          {.program = parse_client(argv[i], value), .is_ours = flag == "--client"});
      ++i;
    } else if (flag == "--hello") {
      options.hello = value, ++i;
    } else if (flag == "--sizes") {
      options.sizes = value, ++i;
    } else {
      die("unknown flag '%s'\n%s", argv[i], kUsage);
    }
  }
  if (options.clients.empty() || options.clients[0].program.name != "floor")
    die("--floor is missing: start benchmarks/ric/run instead");
  if (!options.hello.empty() && access(options.hello.c_str(), R_OK) != 0)
    die("--hello: cannot read '%s'", options.hello.c_str());
  return options;
}

// A static program is compared with the static floor, if there is one.
void choose_floors(std::vector<ClientResult>& clients) {
  std::size_t for_static = 0;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (clients[i].program.name == "floor-static") for_static = i;
  }
  for (ClientResult& client : clients) {
    if (is_static(client.program.command[0]).value_or(false)) client.floor = for_static;
    client.file_bytes = file_bytes(client.program.command[0]);
  }
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
  Plan plan = options.quick ? quick_plan() : full_plan();
  if (!options.sizes.empty()) keep_sizes(plan, options.sizes);
  std::vector<ClientResult>& clients = options.clients;
  choose_floors(clients);
  const std::string scratch = make_scratch_folder();
  MockApi api;

  Context context{.machine = this_machine(),
                  .load_before = load_average(),
                  .quick = options.quick,
                  .one_cpu = options.one_cpu};
  const std::int64_t begun = now_ns();
  const auto stage = [&](const char* name) {
    std::fprintf(stderr, "%5.1f s  %s\n", static_cast<double>(now_ns() - begun) / 1e9, name);
  };
  stage("init");
  measure_starts(plan, api, scratch, clients);
  stage("CPU");
  measure_invocations(plan, api, scratch, clients);
  stage("memory");
  measure_memory(plan, api, scratch, clients);
  stage("system calls");
  measure_calls(plan, api, scratch, clients);
  stage("done");
  context.seconds = static_cast<double>(now_ns() - begun) / 1e9;
  context.load_after = load_average();

  if (!options.json_file.empty()) {
    std::FILE* file = std::fopen(options.json_file.c_str(), "we");
    if (file == nullptr)
      die("cannot write '%s': %s", options.json_file.c_str(), std::strerror(errno));
    print_json(file, context, plan, clients);
    std::fclose(file);
  }
  std::FILE* talk = options.json ? stderr : stdout;
  if (options.json) {
    print_json(stdout, context, plan, clients);
  } else {
    print_table(stdout, context, plan, clients);
  }
  const int broken = print_promises(talk, plan, clients, options.hello);
  return options.check && broken > 0 ? 1 : 0;
}
