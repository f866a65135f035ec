// Reads any bytes as what an extension subscribes to (t: Telemetry API, l: Logs API), as output
// that is cut into lines (o, O: many times), and puts them into records (r).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/json/query.h>

#include "check.h"
#include "telemetry/line_splitter.h"
#include "telemetry/record_schema.h"
#include "telemetry/subscription.h"

namespace {

using namespace thimble;
using namespace thimble::emulator;
using fuzz::check;

void check_subscription(SubscriptionApi api, std::string_view bytes) {
  const std::uint16_t reserved[] = {8080};
  const auto subscription = parse_subscription(api, bytes, reserved);
  if (!subscription) {
    check(!subscription.error().message.empty(), "a refusal says why");
    return;
  }
  check(json::valid(bytes), "only JSON subscribes");
  check(subscription->api() == api, "a schema is of its API");
  check(!subscription->types.empty() && subscription->types.size() <= 3, "a type counts once");
  const Destination& destination = subscription->destination;
  check(destination.port != 0 && destination.port != 9001 && destination.port != 8080,
        "a destination has a port of its own");
  check(destination.target.starts_with('/'), "a target begins with a slash");
  for (const std::string& text : {destination.target, destination.host, destination.method}) {
    check(text.find_first_of(std::string_view("\r\n \0", 4)) == std::string::npos,
          "what stands in a request's head is one word");
  }
  const Buffering& buffering = subscription->buffering;
  check(buffering.max_items > 0 && buffering.max_bytes > 0 && buffering.timeout > Milliseconds(0),
        "a batch has its limits");
}

// Lines of `bytes`, given in pieces of `step`.
std::string lines_of(std::string_view bytes, std::size_t step) {
  std::string all;
  std::string ends;
  const auto on_line = [&](std::string_view line) {
    check(!line.empty() && line.size() <= LineSplitter::kLongest, "a line has a length");
    check(line.substr(0, line.size() - 1).find('\n') == std::string_view::npos,
          "a line is one line");
    all += line;
    ends.append(std::to_string(all.size())).append(" ");
  };
  LineSplitter lines;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    lines.feed(bytes.substr(at, step), on_line);
  }
  lines.finish(on_line);
  check(all == bytes, "nothing is lost");
  return ends;
}

void check_output(std::string_view bytes, std::size_t times) {
  if (bytes.empty()) return;
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += bytes;
  const std::size_t step = (1U + static_cast<unsigned char>(bytes[0])) * times;
  check(lines_of(all, step) == lines_of(all, all.size()), "pieces are cut as the whole");
}

class CheckedRecords final : public RecordSink {
 public:
  void on_record(std::string_view record) override {
    check(json::valid(record), "a record is JSON");
    check(record.find('\n') == std::string_view::npos, "a record is one line");
    check(record.starts_with("{\"time\":\""), "a record begins with its time");
  }
};

void check_records(std::string_view bytes) {
  const auto [first, rest] = fuzz::split_line(bytes);
  CheckedRecords sink;
  for (const auto version : {SchemaVersion::kLogs20200815, SchemaVersion::kLogs20210318,
                             SchemaVersion::kTelemetry20220701, SchemaVersion::kTelemetry20221213,
                             SchemaVersion::kTelemetry20250129}) {
    for (const bool json_logs : {false, true}) {
      const auto schema = RecordSchema::create({.version = version,
                                                .function_name = std::string(rest),
                                                .function_version = std::string(first),
                                                .memory_size_mb = std::string(first),
                                                .json_logs = json_logs});
      const WallTime now{};
      schema->write(LogLine{.type = RecordType::kFunction, .text = first}, now, sink);
      schema->write(InitStarted{}, now, sink);
      schema->write(InvokeStarted{.request_id = rest, .version = rest, .trace_id = first}, now,
                    sink);
      schema->write(InvokeRuntimeDone{.request_id = rest,
                                      .produced_bytes = bytes.size(),
                                      .duration = Nanoseconds(bytes.size()),
                                      .trace_id = first},
                    now, sink);
      schema->write(InvokeFailed{.request_id = rest,
                                 .error_type = first,
                                 .reason = rest,
                                 .is_timeout = false,
                                 .trace_id = first},
                    now, sink);
      schema->write(InvokeReported{.request_id = rest,
                                   .init_duration = std::nullopt,
                                   .duration = Nanoseconds(bytes.size()),
                                   .memory_size_mb = first,
                                   .max_memory_used_bytes = bytes.size(),
                                   .error_type = rest,
                                   .trace_id = first},
                    now, sink);
      schema->write(
          ExtensionStateChanged{.name = first, .state = rest, .events = {}, .error_type = rest},
          now, sink);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [subject, bytes] = fuzz::input_of(data, size);
  if (subject == 't') check_subscription(SubscriptionApi::kTelemetry, bytes);
  if (subject == 'l') check_subscription(SubscriptionApi::kLogs, bytes);
  if (subject == 'o') check_output(bytes, 1);
  if (subject == 'O') check_output(bytes, LineSplitter::kLongest / 1024);
  if (subject == 'r') check_records(bytes);
  return 0;
}
