#include "invoke_api.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "thimble/base/base64.h"
#include "thimble/wire/error_types.h"
#include "thimble/wire/invoke_api.h"

#include "answer.h"
#include "caller_stream.h"
#include "durable_execution.h"
#include "function_reference.h"
#include "payload.h"
#include "plain_replies.h"

namespace thimble::emulator {
namespace {

// The only name the public emulator knows.
constexpr std::string_view kClassicName = "function";

// The one segment of `path` between `prefix` and `suffix`; empty for any other path.
std::string_view segment_between(std::string_view path, std::string_view prefix,
                                 std::string_view suffix) {
  if (!path.starts_with(prefix) || !path.ends_with(suffix)) return {};
  if (path.size() <= prefix.size() + suffix.size()) return {};
  path.remove_prefix(prefix.size());
  path.remove_suffix(suffix.size());
  return path.find('/') == std::string_view::npos ? path : std::string_view();
}

bool wants_events(std::string_view path) {
  return path.starts_with(wire::kStreamInvokePrefix);
}

// The function's name in a path that invokes; empty for any other path. It may be an ARN, plain or
// percent-encoded, and carry a qualifier.
std::string_view function_name_in(std::string_view path) {
  return wants_events(path)
             ? segment_between(path, wire::kStreamInvokePrefix, wire::kStreamInvokeSuffix)
             : segment_between(path, wire::kInvokePrefix, wire::kInvokeSuffix);
}

enum class InvocationType { kRequestResponse, kEvent, kDryRun };

// Nothing if X-Amz-Invocation-Type has a value Lambda does not know.
std::optional<InvocationType> invocation_type_of(const http::Request& request) {
  const std::string_view name = request.header(wire::kInvocationType).value_or("");
  if (name.empty() || name == wire::kRequestResponse) return InvocationType::kRequestResponse;
  if (name == wire::kEvent) return InvocationType::kEvent;
  if (name == wire::kDryRun) return InvocationType::kDryRun;
  return std::nullopt;
}

std::string without_double_slashes(std::string_view path) {
  std::string clean;
  clean.reserve(path.size());
  for (const char c : path) {
    if (c != '/' || clean.empty() || clean.back() != '/') clean += c;
  }
  return clean;
}

// The stream invoke() has given it.
CallerStream& stream_of(Invocation& invocation) {
  return static_cast<CallerStream&>(*invocation.stream);
}

bool is_preflight(const http::Request& request) {
  return request.method == "OPTIONS" && request.header("Origin") &&
         request.header("Access-Control-Request-Method");
}

void redirect(http::Exchange& exchange, const std::string& location) {
  const std::array<http::Header, 1> headers{{{"Location", location}}};
  exchange.reply({.status = 307, .headers = headers}, "");
}

}  // namespace

std::size_t InvokeApi::body_limit(const http::Request& request) {
  const bool is_invoke = request.method == "POST" && !function_name_in(request.path).empty();
  if (!is_invoke || options_.origins.is_foreign(request)) return 0;
  return invocation_type_of(request) == InvocationType::kEvent ? options_.max_event_bytes
                                                               : options_.max_request_bytes;
}

void InvokeApi::on_head(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  if (options_.durable == nullptr || !is_durable_path(request.path)) return;
  if (options_.origins.is_foreign(request)) return;
  options_.durable->forward_with_body(exchange);
}

void InvokeApi::on_request(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  if (options_.origins.is_foreign(request)) return reply_foreign_origin(exchange);
  if (is_durable_path(request.path)) return serve_durable(exchange);
  if (request.path.find("//") != std::string_view::npos) {
    std::string location = without_double_slashes(request.path);
    if (!request.query.empty()) location.append("?").append(request.query);
    return redirect(exchange, location);
  }
  const std::string_view name = function_name_in(request.path);
  if (name.empty()) return reply_not_found(exchange);
  if (is_preflight(request)) return reply_preflight(exchange, "POST, OPTIONS");
  if (request.method != "POST") return reply_method_not_allowed(exchange, "POST");
  invoke(exchange, name, wants_events(request.path));
}

void InvokeApi::serve_durable(http::Exchange& exchange) {
  if (is_preflight(exchange.request())) {
    return reply_preflight(exchange, "GET, POST, DELETE, OPTIONS");
  }
  if (options_.durable != nullptr) return options_.durable->forward(exchange);
  if (options_.fidelity == Fidelity::kRie) return reply_not_found(exchange);
  refuse_durable(exchange, 404, options_.ids.uuid(), wire::kResourceNotFound,
                 "Durable executions have no engine here; give its address with "
                 "--durable-endpoint");
}

void InvokeApi::invoke(http::Exchange& exchange, std::string_view function_name,
                       bool wants_events) {
  const http::Request& request = exchange.request();
  auto invocation = std::make_unique<Invocation>();
  invocation->request_id = options_.ids.uuid();
  // The public emulator has no event streams to be like.
  invocation->like_cloud = options_.fidelity == Fidelity::kCloud || wants_events ||
                           (options_.fidelity == Fidelity::kAuto && function_name != kClassicName);

  auto reference = parse_function_reference(function_name, request.query);
  if (!reference) {
    return refuse_parameter(exchange, invocation->request_id, reference.error().message);
  }
  invocation->qualifier = std::move(reference->qualifier);
  const auto type = invocation_type_of(request);
  if (!type) {
    return refuse_parameter(exchange, invocation->request_id,
                            "X-Amz-Invocation-Type must be RequestResponse, Event or DryRun");
  }
  // The API of streams has no events.
  if (wants_events && type == InvocationType::kEvent) {
    return refuse_parameter(exchange, invocation->request_id,
                            "X-Amz-Invocation-Type must be RequestResponse or DryRun");
  }
  const std::string_view log_type = request.header(wire::kLogType).value_or("");
  if (!log_type.empty() && log_type != wire::kTail && log_type != wire::kNoLog) {
    return refuse_parameter(exchange, invocation->request_id,
                            "X-Amz-Log-Type must be Tail or None");
  }
  if (exchange.body_too_large()) {
    return type == InvocationType::kEvent
               ? refuse_event_too_large(exchange, invocation->request_id, options_.max_event_bytes)
               : refuse_too_large(exchange, invocation->request_id, options_.max_request_bytes);
  }
  // The public emulator looks at neither, and nor do we on its path.
  if (invocation->like_cloud) {
    const auto content_type = request.header("Content-Type").value_or("");
    if (!may_be_json(content_type)) {
      return refuse_media_type(exchange, invocation->request_id, content_type);
    }
    if (const auto checked = check_payload(exchange.body().view()); !checked) {
      return refuse_payload(exchange, invocation->request_id, checked.error().message);
    }
    if (exchange.body().empty()) exchange.body().append(kEmptyPayload);
  }
  if (const auto encoded = request.header(wire::kClientContext); encoded && !encoded->empty()) {
    auto context = base64_decode(*encoded);
    if (context && context->find('\0') != std::string::npos)
      context = fail(ErrorCode::kInvalid, "it contains NUL");
    if (!context) {
      const std::string text = "Failed to decode X-Amz-Client-Context: " + context.error().message;
      options_.bus.publish(Notice{.level = Notice::Level::kError, .message = text});
      return refuse_client_context(exchange, invocation->request_id, invocation->like_cloud);
    }
    invocation->client_context = std::move(*context);
  }
  invocation->tenant_id = request.header(wire::kTenantId).value_or("");
  const auto durable =
      read_durable_execution(request, options_.function, options_.ids, *invocation);
  if (!durable && invocation->like_cloud) {
    return refuse_parameter(exchange, invocation->request_id, durable.error().message);
  }
  invocation->trace_id = options_.tracer.complete(request.header(wire::kTraceId).value_or(""));
  if (type == InvocationType::kDryRun) {
    return confirm_dry_run(exchange, invocation->request_id, invocation->trace_id);
  }
  invocation->payload = std::make_shared<const Buffer>(std::move(exchange.body()));
  if (type == InvocationType::kEvent) return invoke_later(exchange, std::move(invocation));
  options_.tracer.begin(*invocation);
  invocation->delivery_id = options_.ids.uuid();
  if (log_type == wire::kTail) {
    invocation->waits_for_report = true;
    options_.log_tails.keep(invocation->request_id);
  }
  invocation->caller = this;
  invocation->exchange = &exchange;
  // The invocation outlives the exchange's wish for an answer: a caller that goes away cancels
  // nothing.
  if (wants_events || options_.streams_plain_invokes) {
    const auto form = wants_events ? CallerStream::Form::kEvents : CallerStream::Form::kRaw;
    invocation->stream = std::make_unique<CallerStream>(
        form, *invocation, options_.function.version_of(invocation->qualifier));
  }
  exchange.on_gone([gone = invocation.get()] {
    gone->exchange = nullptr;
    if (gone->stream) stream_of(*gone).client_gone();
  });

  if (const auto refused = options_.pool.submit(std::move(invocation))) {
    exchange.on_gone(nullptr);
    static_cast<void>(options_.log_tails.take(refused->request_id));
    refuse_too_many(exchange, refused->request_id);
  }
}

void InvokeApi::invoke_later(http::Exchange& exchange, std::unique_ptr<Invocation> invocation) {
  const std::string request_id = invocation->request_id;
  const std::string trace_id = invocation->trace_id;
  const std::string durable_arn = invocation->durable_arn;
  if (options_.async_invoker.submit(std::move(invocation))) {
    return refuse_too_many(exchange, request_id);
  }
  accept(exchange, request_id, trace_id, durable_arn);
}

void InvokeApi::on_outcome(Invocation& invocation, Outcome outcome) {
  const std::string log_tail = options_.log_tails.take(invocation.request_id);
  if (invocation.exchange == nullptr) return;
  if (invocation.stream) {
    stream_of(invocation).end(outcome, log_tail);
  } else {
    answer(invocation, outcome, options_.function.version_of(invocation.qualifier), log_tail);
  }
  invocation.exchange = nullptr;
}

}  // namespace thimble::emulator
