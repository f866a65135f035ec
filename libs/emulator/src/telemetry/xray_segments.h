#pragma once
// Invocations as X-Ray segments
// (https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html,
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html).

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "thimble/base/random_id.h"
#include "thimble/json/writer.h"

#include "platform_event.h"
#include "xray_daemon.h"

namespace thimble::emulator {

// Sends two segments for every sampled invocation when it has ended, as Lambda does: AWS::Lambda,
// what the caller waited for, and under it AWS::Lambda::Function, what the environment did, with
// Initialization, or with SnapStart Restore, Invocation and Overhead. The latter has the id that
// the runtime was told as parent.
class XraySegments final : public EventSink {
 public:
  struct Options {
    RandomIds& ids;
    const Clock& clock;
    std::string function_name;
    std::string function_arn;
    std::string account_id;
  };

  // References outlive it.
  XraySegments(Options options, SegmentSink& sink) : options_(std::move(options)), sink_(sink) {}

  void on_event(const PlatformEvent& event) override;

 private:
  struct Span {
    WallTime start;
    WallTime end;
  };
  // A sampled invocation that has begun.
  struct Trace {
    std::string root;
    std::string caller_span;   // empty: the trace begins here
    std::string service_id;    // of AWS::Lambda
    std::string function_id;   // of AWS::Lambda::Function
    std::string resource_arn;  // with the version or alias that was invoked
    WallTime received;
    WallTime delivered;
    WallTime responded;  // when the response had ended
    WallTime done;
    bool has_responded = false;
    bool is_fault = false;    // the handler's, or the platform's
    bool has_failed = false;  // the platform ended it
    bool was_delivered = true;
    std::string error_type = {};
    std::string reason = {};
  };

  void begin(const InvokeStarted& event);
  void fail(Trace& trace, const InvokeFailed& event);
  void send(const Trace& trace, const InvokeReported& event);
  void write_head(json::Writer& writer, const Trace& trace, std::string_view origin,
                  std::string_view id, std::string_view parent_id, Span span);
  void write_subsegment(json::Writer& writer, std::string_view name, Span span, bool is_fault);
  void write_cause(json::Writer& writer, const Trace& trace, std::string_view request_id);
  [[nodiscard]] Trace* find(std::string_view request_id);

  const Options options_;
  SegmentSink& sink_;
  std::map<std::string, Trace, std::less<>> traces_;  // by request id
  std::string text_;                                  // reused for every document
};

}  // namespace thimble::emulator
