#include "table.h"

#include <algorithm>
#include <cinttypes>

#include "print.h"
#include "support.h"

namespace thimble::bench {
namespace {

std::vector<double> column(const EventResult& result, double Batch::* value) {
  std::vector<double> values;
  values.reserve(result.batches.size());
  for (const Batch& batch : result.batches) values.push_back(batch.*value);
  return values;
}

// The CPU time of each batch over that of the same round of the floor, then their spread.
Spread cpu_over_floor(const std::vector<ClientResult>& clients, const ClientResult& client,
                      std::size_t event) {
  const std::vector<Batch>& ours = client.events[event].batches;
  const std::vector<Batch>& floor = clients[client.floor].events[event].batches;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.size() && i < floor.size(); ++i)
    ratios.push_back(ours[i].cpu_us / floor[i].cpu_us);
  return spread_of(ratios);
}

std::string command_of(const ClientProgram& program) {
  std::string text;
  for (const std::string& word : program.command) text += (text.empty() ? "" : " ") + word;
  return text;
}

void print_event(std::FILE* out, const EventPlan& plan, std::size_t event,
                 const std::vector<ClientResult>& clients) {
  std::fprintf(out, "\n%s, %d rounds of %d invocations each\n", size_name(plan.bytes).c_str(),
               plan.rounds, plan.batch);
  std::fprintf(out, "  %-14s %9s %9s   %-20s %9s %9s %9s %8s %8s\n", "", "CPU us", "best",
               "CPU / floor", "best/best", "inv/s", "best", "calls", "faults");
  for (const ClientResult& client : clients) {
    const EventResult& r = client.events[event];
    const Spread cpu = spread_of(column(r, &Batch::cpu_us));
    const Spread ratio = cpu_over_floor(clients, client, event);
    const Spread speed = spread_of(column(r, &Batch::per_second));
    const EventResult& floor = clients[client.floor].events[event];
    char over[64];
    std::snprintf(over, sizeof over, "%5.2fx (%.2f-%.2f)", ratio.mid, ratio.low, ratio.high);
    char calls[16] = "n/a";
    if (r.calls) std::snprintf(calls, sizeof calls, "%.1f", *r.calls);
    std::fprintf(out, "  %-14s %9.1f %9.1f   %-20s %8.2fx %9.0f %9.0f %8s %8.1f\n",
                 client.program.name.c_str(), cpu.mid, cpu.best, over,
                 cpu.best / spread_of(column(floor, &Batch::cpu_us)).best, speed.mid, speed.worst,
                 calls, spread_of(column(r, &Batch::faults)).mid);
  }
}

void json_client(std::FILE* out, const Plan& plan, const ClientResult& c,
                 const std::vector<ClientResult>& clients) {
  std::fprintf(out,
               "    {\"name\": %s, \"command\": %s, \"floor\": %s,\n"
               "     \"file_bytes\": %" PRId64 ", \"libraries\": %d, \"library_bytes\": %" PRId64
               ",\n     ",
               quoted(c.program.name).c_str(), quoted(command_of(c.program)).c_str(),
               quoted(clients[c.floor].program.name).c_str(), c.file_bytes, c.libraries.count,
               c.libraries.bytes);
  json_spread(out, "init_ms", spread_of(c.init_ms), ",\n");
  std::fprintf(out,
               "     \"rss_kib\": {\"idle\": %" PRId64 ", \"after_small\": %" PRId64
               ", \"after_large\": %" PRId64 ", \"peak\": %" PRId64 "},\n",
               c.idle.resident_kib, c.after_small.resident_kib, c.after_large.resident_kib,
               c.after_large.peak_kib);
  if (c.call_names) {
    std::fputs("     \"calls\": {", out);
    const char* comma = "";
    for (const auto& [name, count] : *c.call_names) {
      std::fprintf(out, "%s%s: %.3f", comma, quoted(name).c_str(),
                   static_cast<double>(count) / plan.events[0].traced);
      comma = ", ";
    }
    std::fputs("},\n", out);
  }
  std::fputs("     \"events\": [", out);
  for (std::size_t i = 0; i < plan.events.size(); ++i) {
    const EventResult& r = c.events[i];
    std::fprintf(out, "%s\n      {\"bytes\": %zu, \"rounds\": %d, \"batch\": %d, ",
                 i == 0 ? "" : ",", plan.events[i].bytes, plan.events[i].rounds,
                 plan.events[i].batch);
    if (r.calls) std::fprintf(out, "\"calls\": %.3f, ", *r.calls);
    std::fputs("\n       ", out);
    json_spread(out, "cpu_us", spread_of(column(r, &Batch::cpu_us)), ",\n       ");
    json_spread(out, "cpu_ratio", cpu_over_floor(clients, c, i), ",\n       ");
    json_spread(out, "per_second", spread_of(column(r, &Batch::per_second)), ",\n       ");
    json_spread(out, "faults", spread_of(column(r, &Batch::faults)), "}");
  }
  std::fputs("]}", out);
}

}  // namespace

void print_table(std::FILE* out, const Context& context, const Plan& plan,
                 const std::vector<ClientResult>& clients) {
  const Machine& m = context.machine;
  std::fprintf(out, "%s, %d cores (%s), %s, load %.2f before and %.2f after, %.0f s%s%s\n",
               m.date.c_str(), m.cores, m.cpu.c_str(), m.kernel.c_str(), context.load_before,
               context.load_after, context.seconds, context.quick ? ", --quick" : "",
               context.one_cpu ? ", --one-cpu" : "");
  for (const ClientResult& c : clients) {
    std::fprintf(out, "  %-14s %s", c.program.name.c_str(), command_of(c.program).c_str());
    if (&clients[c.floor] != &c)
      std::fprintf(out, "  (over %s)", clients[c.floor].program.name.c_str());
    std::fputc('\n', out);
  }
  for (std::size_t i = 0; i < plan.events.size(); ++i) print_event(out, plan.events[i], i, clients);
  std::fprintf(out, "\nInit, best and median of %d; memory (VmRSS; peak is VmHWM); files\n",
               plan.starts);
  std::fprintf(out, "  %-14s %8s %8s %8s %8s %8s %8s %8s %9s %9s\n", "", "init ms", "median",
               "idle MB", "10k", "6 MB", "peak", "file KB", "libraries", "their KB");
  for (const ClientResult& c : clients) {
    const Spread init = spread_of(c.init_ms);
    std::fprintf(out, "  %-14s %8.2f %8.2f %8.2f %8.2f %8.2f %8.2f %8.0f %9d %9.0f\n",
                 c.program.name.c_str(), init.best, init.mid, megabytes(c.idle.resident_kib),
                 megabytes(c.after_small.resident_kib), megabytes(c.after_large.resident_kib),
                 megabytes(c.after_large.peak_kib), static_cast<double>(c.file_bytes) / 1e3,
                 c.libraries.count, static_cast<double>(c.libraries.bytes) / 1e3);
  }
  std::fprintf(out, "\nSystem calls per invocation of %s (strace -f -c, %d invocations)\n",
               size_name(plan.events[0].bytes).c_str(), plan.events[0].traced);
  for (const ClientResult& c : clients) {
    std::fprintf(out, "  %-14s", c.program.name.c_str());
    if (!c.call_names) std::fputs(" not measured: strace is missing or may not trace", out);
    for (const auto& [name, count] : c.call_names.value_or(std::map<std::string, std::int64_t>{})) {
      const double each = static_cast<double>(count) / plan.events[0].traced;
      if (each >= 0.05) std::fprintf(out, " %s %.1f", name.c_str(), each);
    }
    std::fputc('\n', out);
  }
}

void print_json(std::FILE* out, const Context& context, const Plan& plan,
                const std::vector<ClientResult>& clients) {
  const Machine& m = context.machine;
  std::fprintf(out,
               "{\"date\": %s, \"cores\": %d, \"cpu\": %s, \"kernel\": %s, \"seconds\": %.1f,\n"
               " \"load\": [%.2f, %.2f], \"quick\": %s, \"one_cpu\": %s,\n \"clients\": [\n",
               quoted(m.date).c_str(), m.cores, quoted(m.cpu).c_str(), quoted(m.kernel).c_str(),
               context.seconds, context.load_before, context.load_after,
               context.quick ? "true" : "false", context.one_cpu ? "true" : "false");
  for (const ClientResult& c : clients) {
    json_client(out, plan, c, clients);
    std::fputs(&c == &clients.back() ? "\n" : ",\n", out);
  }
  std::fputs("]}\n", out);
}

int print_promises(std::FILE* out, const Plan& plan, const std::vector<ClientResult>& clients,
                   const std::string& hello) {
  int broken = 0;
  bool headed = false;
  const auto line = [&](const std::string& what, double measured, double limit, const char* unit) {
    if (!headed) std::fputs("\nPromises (SPECIFICATION.md)\n", out);
    headed = true;
    const bool held = measured <= limit;
    broken += held ? 0 : 1;
    std::fprintf(out, "  %-6s %-44s %8.2f %s, at most %g\n", held ? "held" : "BROKEN", what.c_str(),
                 measured, unit, limit);
  };
  for (const ClientResult& c : clients) {
    if (!c.is_ours) continue;
    for (std::size_t i = 0; i < plan.events.size(); ++i) {
      const std::size_t bytes = plan.events[i].bytes;
      if (bytes != 100 && bytes != 6'000'000) continue;
      line(c.program.name + ", CPU over the floor, " + size_name(bytes),
           cpu_over_floor(clients, c, i).mid, bytes == 100 ? 1.1 : 1.4, "x");
    }
    line(c.program.name + ", init, median", spread_of(c.init_ms).mid, 0.6, "ms");
  }
  if (!hello.empty()) line("hello, file", static_cast<double>(file_bytes(hello)) / 1e3, 250, "KB");
  return broken;
}

}  // namespace thimble::bench
