#pragma once
// The measurements of `benchmarks/ric/run`. Each takes all clients in turn, so that what disturbs
// one disturbs all.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client_process.h"
#include "mock_api.h"
#include "probe.h"
#include "usage.h"

namespace thimble::bench {

struct EventPlan {
  std::size_t bytes;
  int rounds;  // how often all clients have their turn
  int batch;   // measured invocations per turn
  int warm;    // before them, in the same process
  int traced;  // invocations while system calls are counted
};

struct Plan {
  std::vector<EventPlan> events;
  int settling;  // invocations of 100 B in each new process before its turn
  int starts;
  int small;  // invocations of 100 B before the second reading of memory
  int large;  // of 6 MB before the third
};
Plan full_plan();
Plan quick_plan();
// Keeps the events of these sizes; dies when the plan has no such size.
void keep_sizes(Plan& plan, const std::string& comma_separated);

// One turn of one client.
struct Batch {
  double cpu_us;      // per invocation, user and system, all threads and child processes
  double per_second;  // invocations, from the first event to the client asking again after the last
  double faults;      // minor page faults per invocation
};

struct EventResult {
  std::vector<Batch> batches;     // by round: the same index is the same moment for all
  std::optional<double> calls{};  // per invocation
};

struct ClientResult {
  ClientProgram program;
  bool is_ours = false;   // promises are about it
  std::size_t floor = 0;  // index of the client it is compared with
  std::int64_t file_bytes = 0;
  Libraries libraries{};
  std::vector<double> init_ms{};  // spawn until the first GET /next arrived
  Memory idle{};                  // parked in the first GET /next
  Memory after_small{};
  Memory after_large{};
  std::vector<EventResult> events{};                                // by Plan::events
  std::optional<std::map<std::string, std::int64_t>> call_names{};  // of the first size's `traced`
};

void measure_starts(const Plan& plan, MockApi& api, const std::string& scratch,
                    std::vector<ClientResult>& clients);
void measure_invocations(const Plan& plan, MockApi& api, const std::string& scratch,
                         std::vector<ClientResult>& clients);
void measure_memory(const Plan& plan, MockApi& api, const std::string& scratch,
                    std::vector<ClientResult>& clients);
void measure_calls(const Plan& plan, MockApi& api, const std::string& scratch,
                   std::vector<ClientResult>& clients);

}  // namespace thimble::bench
