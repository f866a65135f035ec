#include "xray_segments.h"

#include <algorithm>
#include <cstdio>
#include <variant>

#include "trace_header.h"

namespace thimble::emulator {
namespace {

// 1-5759e988-bd862e3fe1be46a994272793, as the service wants it.
bool is_trace_id(std::string_view text) {
  if (text.size() != 35 || !text.starts_with("1-") || text[10] != '-') return false;
  for (std::size_t i = 2; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (i != 10 && !is_hex) return false;
  }
  return true;
}

WallTime after(WallTime start, Nanoseconds duration) {
  return start + std::chrono::duration_cast<WallTime::duration>(duration);
}

// Seconds since the epoch with a fraction. By hand: the library's way to write a double is 100 KB.
std::string seconds_text(WallTime time) {
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  char text[40];
  const int length =
      std::snprintf(text, sizeof text, "%lld.%06lld", static_cast<long long>(micros / 1'000'000),
                    static_cast<long long>(micros % 1'000'000));
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace

void XraySegments::on_event(const PlatformEvent& event) {
  if (const auto* started = std::get_if<InvokeStarted>(&event)) return begin(*started);
  if (traces_.empty()) return;

  if (const auto* responded = std::get_if<InvokeResponded>(&event)) {
    if (Trace* trace = find(responded->request_id)) {
      trace->responded = options_.clock.wall();
      trace->has_responded = true;
      trace->is_fault = responded->is_error;
    }
  } else if (const auto* streamed = std::get_if<InvokeStreamEnded>(&event)) {
    if (Trace* trace = find(streamed->request_id)) {
      trace->responded = options_.clock.wall();
      trace->is_fault = streamed->is_error;
    }
  } else if (const auto* done = std::get_if<InvokeRuntimeDone>(&event)) {
    if (Trace* trace = find(done->request_id)) {
      trace->done = options_.clock.wall();
      trace->is_fault = trace->is_fault || !done->error_type.empty();
    }
  } else if (const auto* failed = std::get_if<InvokeFailed>(&event)) {
    if (Trace* trace = find(failed->request_id)) fail(*trace, *failed);
  } else if (const auto* reported = std::get_if<InvokeReported>(&event)) {
    const auto found = traces_.find(reported->request_id);
    if (found == traces_.end()) return;
    send(found->second, *reported);
    traces_.erase(found);
  }
}

XraySegments::Trace* XraySegments::find(std::string_view request_id) {
  const auto found = traces_.find(request_id);
  return found == traces_.end() ? nullptr : &found->second;
}

void XraySegments::begin(const InvokeStarted& event) {
  const std::string_view root = trace_member(event.trace_id, "Root");
  if (!is_sampled(event.trace_id) || !is_trace_id(root)) return;
  Trace trace;
  trace.root = root;
  trace.caller_span = event.caller_span;
  trace.service_id = options_.ids.hex(16);
  trace.function_id = trace_member(event.trace_id, "Parent");
  trace.resource_arn = options_.function_arn;
  if (!event.qualifier.empty()) trace.resource_arn.append(":").append(event.qualifier);
  trace.received = event.received;
  trace.delivered = trace.responded = trace.done = options_.clock.wall();
  traces_.insert_or_assign(std::string(event.request_id), std::move(trace));
}

void XraySegments::fail(Trace& trace, const InvokeFailed& event) {
  trace.done = options_.clock.wall();
  trace.is_fault = trace.has_failed = true;
  trace.error_type = event.error_type;
  trace.reason = event.reason;
  if (!trace.has_responded) trace.responded = trace.done;
  if (event.was_delivered) return;
  trace.was_delivered = false;
  trace.delivered = after(trace.done, -event.duration);
}

void XraySegments::send(const Trace& trace, const InvokeReported& event) {
  const std::string_view request_id = event.request_id;
  // There is no Initialization where there is a Restore
  // (https://docs.aws.amazon.com/lambda/latest/dg/snapstart-monitoring.html).
  const auto before = event.restore_duration ? event.restore_duration : event.init_duration;
  const WallTime start = before ? after(trace.delivered, -*before) : trace.delivered;
  const WallTime responded = std::max(trace.responded, trace.delivered);
  const WallTime done = std::max(trace.done, responded);

  text_.clear();
  {
    json::Writer writer(text_);
    const WallTime received = trace.received == WallTime() ? start : trace.received;
    write_head(writer, trace, "AWS::Lambda", trace.service_id, trace.caller_span,
               {received, std::max(received, responded)});
    writer.key("http").begin_object().key("response").begin_object();
    writer.key("status").integer(200).end_object().end_object();
    writer.key("aws").begin_object().key("request_id").string(request_id).end_object();
    writer.end_object();
  }
  sink_.send(text_);

  text_.clear();
  {
    json::Writer writer(text_);
    write_head(writer, trace, "AWS::Lambda::Function", trace.function_id, trace.service_id,
               {start, done});
    writer.key("aws").begin_object().key("account_id").string(options_.account_id);
    writer.key("function_arn").string(trace.resource_arn);
    writer.key("request_id").string(request_id);
    writer.key("resource_names").begin_array().string(options_.function_name).end_array();
    writer.end_object();
    const bool is_cold = before || !trace.was_delivered;
    writer.key("annotations").begin_object().key("ColdStart").boolean(is_cold).end_object();
    if (trace.has_failed) write_cause(writer, trace, request_id);
    writer.key("subsegments").begin_array();
    if (!trace.was_delivered) {
      write_subsegment(writer, "Initialization", {start, done}, true);
    } else {
      if (before) {
        write_subsegment(writer, event.restore_duration ? "Restore" : "Initialization",
                         {start, trace.delivered}, false);
      }
      // What goes wrong after the response does not make it wrong.
      const bool is_late = trace.has_failed && trace.has_responded;
      write_subsegment(writer, "Invocation", {trace.delivered, responded},
                       trace.is_fault && !is_late);
      if (trace.has_responded) write_subsegment(writer, "Overhead", {responded, done}, is_late);
    }
    writer.end_array().end_object();
  }
  sink_.send(text_);
}

void XraySegments::write_head(json::Writer& writer, const Trace& trace, std::string_view origin,
                              std::string_view id, std::string_view parent_id, Span span) {
  writer.begin_object().key("trace_id").string(trace.root).key("id").string(id);
  if (!parent_id.empty()) writer.key("parent_id").string(parent_id);
  writer.key("name").string(options_.function_name).key("origin").string(origin);
  writer.key("resource_arn").string(trace.resource_arn);
  writer.key("start_time").raw(seconds_text(span.start));
  writer.key("end_time").raw(seconds_text(span.end));
  if (trace.is_fault) writer.key("fault").boolean(true);
}

void XraySegments::write_subsegment(json::Writer& writer, std::string_view name, Span span,
                                    bool is_fault) {
  writer.begin_object().key("id").string(options_.ids.hex(16)).key("name").string(name);
  writer.key("start_time").raw(seconds_text(span.start));
  writer.key("end_time").raw(seconds_text(span.end));
  if (is_fault) writer.key("fault").boolean(true);
  writer.key("aws").begin_object().key("function_arn").string(options_.function_arn).end_object();
  writer.end_object();
}

void XraySegments::write_cause(json::Writer& writer, const Trace& trace,
                               std::string_view request_id) {
  std::string message("RequestId: ");
  message.append(request_id).append(" Error: ").append(trace.reason);
  writer.key("cause").begin_object().key("exceptions").begin_array().begin_object();
  writer.key("id").string(options_.ids.hex(16)).key("type").string(trace.error_type);
  writer.key("message").string(message).end_object().end_array().end_object();
}

}  // namespace thimble::emulator
