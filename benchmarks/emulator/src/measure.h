#pragma once
// The measurements of `benchmarks/emulator/run`. Each takes all subjects in turn, so that what
// disturbs one disturbs all.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "probe.h"
#include "subject.h"

namespace thimble::bench {

// The names of our emulator among the subjects.
inline constexpr const char* kOurs = "thimble";
inline constexpr const char* kOursWithTelemetry = "telemetry";

struct PayloadPlan {
  std::size_t bytes;
  int rounds;  // how often all subjects have their turn
  int batch;   // measured invocations per turn
  int warm;    // before them, on the same connection
};

struct Plan {
  std::vector<PayloadPlan> payloads;
  int settling_invokes;  // of 100 B, in each new process before its turn
  int starts;
  int small_invokes;  // before the second reading of memory
  int large_invokes;  // before the third
  int traced_invokes;
};
Plan full_plan();
Plan quick_plan();

// One turn of one subject.
struct Batch {
  double p50_us;
  double p99_us;
  double cpu_us;  // per invocation, of the emulator's process alone
};

struct PayloadResult {
  std::vector<Batch> batches;        // by round: the same index is the same moment for all subjects
  std::vector<double> latencies_us;  // of all batches
};

struct SubjectResult {
  Program program;
  std::int64_t file_bytes = 0;
  std::optional<std::int64_t> gzip_bytes{};
  std::vector<double> listen_ms{};  // spawn until the port accepts
  std::vector<double>
      first_answer_ms{};  // spawn until the first invocation is answered, runtime start included
  Memory idle{};
  Memory after_small{};
  Memory after_large{};
  std::optional<std::map<std::string, std::int64_t>> calls{};  // during Plan::traced_invokes
  std::vector<PayloadResult> payloads{};                       // by Plan::payloads
};

struct Setup {
  std::string runtime;
  std::string scratch;  // an existing folder's file prefix for logs
};

void measure_files(std::vector<SubjectResult>& subjects);
void measure_starts(const Plan& plan, const Setup& setup, std::vector<SubjectResult>& subjects);
void measure_memory(const Plan& plan, const Setup& setup, std::vector<SubjectResult>& subjects);
void measure_calls(const Plan& plan, const Setup& setup, std::vector<SubjectResult>& subjects);
void measure_latency(const Plan& plan, const Setup& setup, std::vector<SubjectResult>& subjects);

}  // namespace thimble::bench
