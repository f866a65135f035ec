#include "report.h"

#include <cinttypes>

#include "print.h"
#include "support.h"

namespace thimble::bench {
namespace {

std::vector<double> column(const PayloadResult& result, double Batch::* value) {
  std::vector<double> values;
  values.reserve(result.batches.size());
  for (const Batch& batch : result.batches) values.push_back(batch.*value);
  return values;
}

double calls_per_invoke(const SubjectResult& subject, const Plan& plan) {
  std::int64_t total = 0;
  for (const auto& [name, count] : *subject.calls) total += count;
  return static_cast<double>(total) / plan.traced_invokes;
}

void print_latency(std::FILE* out, const Plan& plan, const std::vector<SubjectResult>& subjects) {
  for (std::size_t i = 0; i < plan.payloads.size(); ++i) {
    const PayloadPlan& p = plan.payloads[i];
    std::fprintf(out, "\n%s, %d rounds of %d invocations each\n", size_name(p.bytes).c_str(),
                 p.rounds, p.batch);
    std::fprintf(out, "  %-12s %9s %9s %9s %9s   %-20s %9s %9s   %-20s\n", "", "p50 us", "best",
                 "p99 us", "best", "p50 / floor", "best/best", "CPU us", "CPU / floor");
    const double best_floor = spread_of(column(subjects[0].payloads[i], &Batch::p50_us)).best;
    for (const SubjectResult& subject : subjects) {
      const PayloadResult& r = subject.payloads[i];
      const Spread p50 = spread_of(column(r, &Batch::p50_us));
      const Spread p99 = spread_of(column(r, &Batch::p99_us));
      const Spread cpu = spread_of(column(r, &Batch::cpu_us));
      const Spread ratio = paired_ratio(r, subjects[0].payloads[i], &Batch::p50_us);
      const Spread cpu_ratio = paired_ratio(r, subjects[0].payloads[i], &Batch::cpu_us);
      std::fprintf(out,
                   "  %-12s %9.1f %9.1f %9.1f %9.1f   %5.2fx (%.2f-%.2f)%*s %8.2fx %9.1f   %5.2fx "
                   "(%.2f-%.2f)\n",
                   subject.program.name.c_str(), p50.mid, p50.best,
                   percentile(r.latencies_us, 0.99), p99.best, ratio.mid, ratio.low, ratio.high,
                   ratio.high >= 10 ? (ratio.low >= 10 ? 0 : 1) : 2, "", p50.best / best_floor,
                   cpu.mid, cpu_ratio.mid, cpu_ratio.low, cpu_ratio.high);
    }
  }
}

void print_process(std::FILE* out, const Plan& plan, const std::vector<SubjectResult>& subjects) {
  std::fprintf(out, "\nStart, best and median of %d; memory (VmRSS; peak is VmHWM); file\n",
               plan.starts);
  std::fprintf(out, "  %-12s %8s %8s %9s %9s %8s %8s %8s %8s %8s %8s %8s\n", "", "port ms",
               "median", "answer ms", "median", "idle MB", "10k", "6 MB", "peak", "calls",
               "file KB", "gzip KB");
  for (const SubjectResult& s : subjects) {
    const Spread listen = spread_of(s.listen_ms);
    const Spread first = spread_of(s.first_answer_ms);
    char calls[16] = "n/a";
    if (s.calls) std::snprintf(calls, sizeof calls, "%.1f", calls_per_invoke(s, plan));
    std::fprintf(out, "  %-12s %8.2f %8.2f %9.2f %9.2f %8.2f %8.2f %8.2f %8.2f %8s %8.0f %8.0f\n",
                 s.program.name.c_str(), listen.best, listen.mid, first.best, first.mid,
                 megabytes(s.idle.resident_kib), megabytes(s.after_small.resident_kib),
                 megabytes(s.after_large.resident_kib), megabytes(s.after_large.peak_kib), calls,
                 static_cast<double>(s.file_bytes) / 1e3,
                 static_cast<double>(s.gzip_bytes.value_or(0)) / 1e3);
  }
  std::fprintf(out, "\nSystem calls per warm invocation of 100 B (strace -f -c, %d invocations)\n",
               plan.traced_invokes);
  for (const SubjectResult& s : subjects) {
    std::fprintf(out, "  %-12s", s.program.name.c_str());
    if (!s.calls) std::fputs(" not measured: strace is missing or may not trace", out);
    for (const auto& [name, count] : s.calls.value_or(std::map<std::string, std::int64_t>{})) {
      const double each = static_cast<double>(count) / plan.traced_invokes;
      if (each >= 0.05) std::fprintf(out, " %s %.1f", name.c_str(), each);
    }
    std::fputc('\n', out);
  }
}

void json_subject(std::FILE* out, const Plan& plan, const SubjectResult& s,
                  const SubjectResult& floor) {
  std::fprintf(out,
               "    {\"name\": %s, \"path\": %s, \"file_bytes\": %" PRId64
               ", \"gzip_bytes\": %" PRId64 ",\n",
               quoted(s.program.name).c_str(), quoted(s.program.path).c_str(), s.file_bytes,
               s.gzip_bytes.value_or(-1));
  std::fputs("     ", out);
  json_spread(out, "start_ms", spread_of(s.listen_ms), ",\n     ");
  json_spread(out, "first_answer_ms", spread_of(s.first_answer_ms), ",\n");
  std::fprintf(out,
               "     \"rss_kib\": {\"idle\": %" PRId64 ", \"after_10k\": %" PRId64
               ", \"after_6mb\": %" PRId64 ", \"peak\": %" PRId64 "},\n",
               s.idle.resident_kib, s.after_small.resident_kib, s.after_large.resident_kib,
               s.after_large.peak_kib);
  if (s.calls) {
    std::fprintf(out, "     \"calls_per_invoke\": %.3f, \"calls\": {", calls_per_invoke(s, plan));
    const char* comma = "";
    for (const auto& [name, count] : *s.calls) {
      std::fprintf(out, "%s%s: %" PRId64, comma, quoted(name).c_str(), count);
      comma = ", ";
    }
    std::fputs("},\n", out);
  }
  std::fputs("     \"payloads\": [", out);
  for (std::size_t i = 0; i < plan.payloads.size(); ++i) {
    const PayloadResult& r = s.payloads[i];
    std::fprintf(out,
                 "%s\n      {\"bytes\": %zu, \"rounds\": %d, \"batch\": %d, \"p50_us_all\": %.2f, "
                 "\"p99_us_all\": %.2f,\n       ",
                 i == 0 ? "" : ",", plan.payloads[i].bytes, plan.payloads[i].rounds,
                 plan.payloads[i].batch, percentile(r.latencies_us, 0.5),
                 percentile(r.latencies_us, 0.99));
    json_spread(out, "p50_us", spread_of(column(r, &Batch::p50_us)), ",\n       ");
    json_spread(out, "p99_us", spread_of(column(r, &Batch::p99_us)), ",\n       ");
    json_spread(out, "cpu_us", spread_of(column(r, &Batch::cpu_us)), ",\n       ");
    json_spread(out, "p50_ratio", paired_ratio(r, floor.payloads[i], &Batch::p50_us), ",\n       ");
    json_spread(out, "p99_ratio", paired_ratio(r, floor.payloads[i], &Batch::p99_us), ",\n       ");
    json_spread(out, "cpu_ratio", paired_ratio(r, floor.payloads[i], &Batch::cpu_us), "}");
  }
  std::fputs("]}", out);
}

}  // namespace

Spread paired_ratio(const PayloadResult& subject, const PayloadResult& other,
                    double Batch::* value) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < subject.batches.size() && i < other.batches.size(); ++i) {
    ratios.push_back(subject.batches[i].*value / other.batches[i].*value);
  }
  return spread_of(ratios);
}

void print_table(std::FILE* out, const Context& context, const Plan& plan,
                 const std::vector<SubjectResult>& subjects) {
  const Machine& m = context.machine;
  std::fprintf(out, "%s, %d cores (%s), %s, load %.2f before and %.2f after, %.0f s%s%s\n",
               m.date.c_str(), m.cores, m.cpu.c_str(), m.kernel.c_str(), context.load_before,
               context.load_after, context.seconds, context.quick ? ", --quick" : "",
               context.one_cpu ? ", --one-cpu" : "");
  for (const SubjectResult& s : subjects) {
    std::fprintf(out, "  %-12s %s\n", s.program.name.c_str(), s.program.path.c_str());
  }
  print_latency(out, plan, subjects);
  print_process(out, plan, subjects);
}

void print_json(std::FILE* out, const Context& context, const Plan& plan,
                const std::vector<SubjectResult>& subjects) {
  const Machine& m = context.machine;
  std::fprintf(
      out,
      "{\n  \"date\": %s, \"kernel\": %s, \"cores\": %d, \"cpu\": %s, \"load_before\": "
      "%.2f, \"load_after\": %.2f,\n"
      "  \"seconds\": %.1f, \"quick\": %s, \"one_cpu\": %s, \"floor\": %s,\n  \"subjects\": [\n",
      quoted(m.date).c_str(), quoted(m.kernel).c_str(), m.cores, quoted(m.cpu).c_str(),
      context.load_before, context.load_after, context.seconds, context.quick ? "true" : "false",
      context.one_cpu ? "true" : "false", quoted(subjects[0].program.name).c_str());
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (i > 0) std::fputs(",\n", out);
    json_subject(out, plan, subjects[i], subjects[0]);
  }
  std::fputs("\n  ]\n}\n", out);
}

int print_promises(std::FILE* out, const Plan& plan, const std::vector<SubjectResult>& subjects) {
  const SubjectResult* ours = nullptr;
  const SubjectResult* peer = nullptr;
  const SubjectResult* telemetry = nullptr;
  for (std::size_t i = 1; i < subjects.size(); ++i) {
    if (subjects[i].program.name == kOurs) {
      ours = &subjects[i];
    } else if (subjects[i].program.name == kOursWithTelemetry) {
      telemetry = &subjects[i];
    } else if (peer == nullptr || subjects[i].program.name == "incumbent") {
      peer = &subjects[i];
    }
  }
  if (ours == nullptr) return 0;
  int broken = 0;
  std::fputs("\nPromises (SPECIFICATION.md)\n", out);
  const auto line = [&](const std::string& what, double measured, double limit, const char* unit) {
    const bool held = measured <= limit;
    broken += held ? 0 : 1;
    std::fprintf(out, "  %-6s %-44s %8.2f %s, at most %g\n", held ? "held" : "BROKEN", what.c_str(),
                 measured, unit, limit);
  };
  const double p50_limits[] = {1.3, 1.5, 1.5};
  for (std::size_t i = 0; i < plan.payloads.size() && i < 3; ++i) {
    line("p50 over the floor, " + size_name(plan.payloads[i].bytes),
         paired_ratio(ours->payloads[i], subjects[0].payloads[i], &Batch::p50_us).mid,
         p50_limits[i], "x");
  }
  for (std::size_t i = 0; telemetry != nullptr && i < plan.payloads.size(); ++i) {
    const std::string size = size_name(plan.payloads[i].bytes);
    const auto ratio = [&](double Batch::* value) {
      return paired_ratio(telemetry->payloads[i], ours->payloads[i], value).mid;
    };
    line("p50 with telemetry over without, " + size, ratio(&Batch::p50_us), 1.1, "x");
    line("CPU with telemetry over without, " + size, ratio(&Batch::cpu_us), 1.1, "x");
  }
  if (peer != nullptr) {
    line("CPU per invocation over " + peer->program.name + "'s, 100 B",
         paired_ratio(ours->payloads[0], peer->payloads[0], &Batch::cpu_us).mid, 0.25, "x");
  }
  if (ours->calls)
    line("system calls per invocation, 100 B", calls_per_invoke(*ours, plan), 14, "calls");
  line("start until the port accepts, median", spread_of(ours->listen_ms).mid, 2, "ms");
  line("memory, idle", megabytes(ours->idle.resident_kib), 1.5, "MB");
  line("memory, after 10,000 invocations", megabytes(ours->after_small.resident_kib), 2, "MB");
  line("memory, after 6 MB payloads", megabytes(ours->after_large.resident_kib), 16, "MB");
  line("file", static_cast<double>(ours->file_bytes) / 1e3, 900, "KB");
  if (ours->gzip_bytes)
    line("file, gzip -9", static_cast<double>(*ours->gzip_bytes) / 1e3, 400, "KB");
  return broken;
}

}  // namespace thimble::bench
