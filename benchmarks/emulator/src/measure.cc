#include "measure.h"

#include <cstdio>
#include <cstring>

#include "client.h"
#include "support.h"

namespace thimble::bench {
namespace {

constexpr std::size_t kSmall = 100;
constexpr std::size_t kMedium = 100'000;
constexpr std::size_t kLarge = 6'000'000;

std::string log_file(const SubjectResult& subject, const Setup& setup) {
  return setup.scratch + subject.program.name + ".log";
}

// A subject that does not do its work ends the run, with the last it said.
[[noreturn]] void give_up(const SubjectResult& subject, const Setup& setup,
                          const std::string& what) {
  die("%s: %s\n%s", subject.program.name.c_str(), what.c_str(),
      last_lines(log_file(subject, setup), 8).c_str());
}

Subject start(const SubjectResult& subject, const Setup& setup) {
  Subject process = Subject::start(
      subject.program, {.runtime = setup.runtime, .log = log_file(subject, setup), .board = {}});
  if (!process.wait_until_it_listens()) {
    give_up(subject, setup,
            "port " + std::to_string(process.port()) + " does not accept (" +
                process.how_it_ended() + ")");
  }
  return process;
}

Client connect(const SubjectResult& subject, const Setup& setup, const Subject& process) {
  auto client = Client::connect(process.port());
  if (!client) give_up(subject, setup, "cannot connect");
  return std::move(*client);
}

// One invocation whose answer must be the payload; every byte is compared when `exactly` is set.
double invoke_us(const SubjectResult& subject, const Setup& setup, Client& client,
                 const std::string& payload, bool exactly) {
  const auto answer = client.invoke(payload);
  if (!answer) give_up(subject, setup, "no answer to " + std::to_string(payload.size()) + " bytes");
  if (answer->status != 200 || answer->body.size() != payload.size() ||
      (exactly && answer->body != payload)) {
    give_up(subject, setup,
            "a wrong answer, status " + std::to_string(answer->status) + ", " +
                std::to_string(answer->body.size()) + " of " + std::to_string(payload.size()) +
                " bytes");
  }
  return static_cast<double>(answer->latency_ns()) / 1e3;
}

void invoke_many(const SubjectResult& subject, const Setup& setup, const Subject& process,
                 std::size_t size, int count) {
  Client client = connect(subject, setup, process);
  const std::string payload = make_payload(size);
  for (int i = 0; i < count; ++i) invoke_us(subject, setup, client, payload, i == 0);
}

Batch measure_batch(const SubjectResult& subject, const Setup& setup, const Subject& process,
                    const PayloadPlan& plan, const std::string& payload,
                    std::vector<double>& pool) {
  Client client = connect(subject, setup, process);
  for (int i = 0; i < plan.warm; ++i) invoke_us(subject, setup, client, payload, i == 0);
  sleep_us(2000);
  std::vector<double> latencies;
  latencies.reserve(static_cast<std::size_t>(plan.batch));
  const std::int64_t before = cpu_ns(process.pid());
  for (int i = 0; i < plan.batch; ++i)
    latencies.push_back(invoke_us(subject, setup, client, payload, false));
  sleep_us(2000);  // what it does after the last answer is part of the price
  const std::int64_t cpu = cpu_ns(process.pid()) - before;
  pool.insert(pool.end(), latencies.begin(), latencies.end());
  return {percentile(latencies, 0.5), percentile(latencies, 0.99),
          static_cast<double>(cpu) / 1e3 / plan.batch};
}

}  // namespace

Plan full_plan() {
  return {.payloads = {{kSmall, 31, 1000, 100}, {kMedium, 31, 250, 40}, {kLarge, 21, 12, 3}},
          .settling_invokes = 50,
          .starts = 41,
          .small_invokes = 10'000,
          .large_invokes = 50,
          .traced_invokes = 1000};
}

Plan quick_plan() {
  return {.payloads = {{kSmall, 11, 400, 50}, {kMedium, 11, 80, 20}, {kLarge, 9, 6, 2}},
          .settling_invokes = 50,
          .starts = 21,
          .small_invokes = 10'000,
          .large_invokes = 10,
          .traced_invokes = 200};
}

void measure_files(std::vector<SubjectResult>& subjects) {
  for (SubjectResult& subject : subjects) {
    subject.file_bytes = file_bytes(subject.program.path);
    subject.gzip_bytes = gzip_bytes(subject.program.path);
  }
}

void measure_starts(const Plan& plan, const Setup& setup, std::vector<SubjectResult>& subjects) {
  const std::string payload = make_payload(kSmall);
  for (int round = -1; round < plan.starts;
       ++round) {  // the first one only brings the files into memory
    for (SubjectResult& subject : subjects) {
      Subject process = start(subject, setup);
      const std::int64_t listening = now_ns();
      Client client = connect(subject, setup, process);
      invoke_us(subject, setup, client, payload, true);
      const std::int64_t answered = now_ns();
      if (round < 0) continue;
      subject.listen_ms.push_back(static_cast<double>(listening - process.started_ns()) / 1e6);
      subject.first_answer_ms.push_back(static_cast<double>(answered - process.started_ns()) / 1e6);
    }
  }
}

void measure_memory(const Plan& plan, const Setup& setup, std::vector<SubjectResult>& subjects) {
  for (SubjectResult& subject : subjects) {
    Subject process = start(subject, setup);
    sleep_us(200'000);
    subject.idle = memory(process.pid());
    invoke_many(subject, setup, process, kSmall, plan.small_invokes);
    sleep_us(50'000);
    subject.after_small = memory(process.pid());
    invoke_many(subject, setup, process, kLarge, plan.large_invokes);
    sleep_us(50'000);
    subject.after_large = memory(process.pid());
  }
}

void measure_calls(const Plan& plan, const Setup& setup, std::vector<SubjectResult>& subjects) {
  const std::string payload = make_payload(kSmall);
  for (SubjectResult& subject : subjects) {
    Subject process = start(subject, setup);
    Client client = connect(subject, setup, process);
    for (int i = 0; i < 20; ++i) invoke_us(subject, setup, client, payload, true);
    auto counter =
        CallCounter::attach(process.pid(), setup.scratch + subject.program.name + ".calls");
    if (!counter) continue;
    for (int i = 0; i < plan.traced_invokes; ++i) invoke_us(subject, setup, client, payload, false);
    sleep_us(5000);
    subject.calls = counter->stop();
  }
}

// Every turn has a process of its own. Which core the kernel gives to whom, and with it whether 100
// KB are copied within one core's cache or between two, is decided early and stays: a process that
// drew badly would be slow for the whole run.
void measure_latency(const Plan& plan, const Setup& setup, std::vector<SubjectResult>& subjects) {
  for (const PayloadPlan& payload_plan : plan.payloads) {
    const std::string payload = make_payload(payload_plan.bytes);
    for (SubjectResult& subject : subjects) subject.payloads.emplace_back();
    for (int round = 0; round < payload_plan.rounds; ++round) {
      for (std::size_t turn = 0; turn < subjects.size(); ++turn) {
        // A different one starts each round: nobody always runs after the heaviest.
        SubjectResult& subject =
            subjects[(turn + static_cast<std::size_t>(round)) % subjects.size()];
        const Subject process = start(subject, setup);
        invoke_many(subject, setup, process, kSmall, plan.settling_invokes);
        PayloadResult& result = subject.payloads.back();
        result.batches.push_back(
            measure_batch(subject, setup, process, payload_plan, payload, result.latencies_us));
      }
    }
  }
}

}  // namespace thimble::bench
