#pragma once
// What the Telemetry API says about how long invocations took.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/json/reader.h>

namespace durations {

struct Report {
  std::string request_id;
  double duration_ms = 0;
};

// What a record {"type": "platform.report", "record": {"requestId": "…", "metrics":
// {"durationMs": 12.5}}} says; nothing of any other record.
inline std::optional<Report> read_report(std::string_view record) {
  Report report;
  bool is_report = false;
  std::string scratch;
  thimble::json::Reader in(record, scratch);
  in.enter_object();
  while (auto key = in.next_key()) {
    if (*key == "type") {
      is_report = in.read_string() == "platform.report";
    } else if (*key == "record" && in.peek() == thimble::json::Token::kBeginObject) {
      in.enter_object();
      while (auto member = in.next_key()) {
        if (*member == "requestId") report.request_id = in.read_string();
        if (*member != "metrics") continue;
        in.enter_object();
        while (auto metric = in.next_key()) {
          if (*metric == "durationMs") report.duration_ms = in.read_double();
        }
      }
    }
  }
  if (!in.finish() || !is_report) return std::nullopt;
  return report;
}

struct Statistics {
  std::size_t count = 0;
  double total_ms = 0;
  double longest_ms = 0;
  std::string last_request_id;

  void add(const Report& report) {
    ++count;
    total_ms += report.duration_ms;
    longest_ms = std::max(longest_ms, report.duration_ms);
    last_request_id = report.request_id;
  }
};

}  // namespace durations
