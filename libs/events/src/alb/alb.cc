#include <thimble/events/alb.h>

#include "../schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<AlbElb> {
  using T = AlbElb;
  using Members = List<
      Member<"targetGroupArn", &T::target_group_arn>>;
};

template <>
struct Schema<AlbRequestContext> {
  using T = AlbRequestContext;
  using Members = List<
      Member<"elb", &T::elb>>;
};

template <>
struct Schema<AlbRequest> {
  using T = AlbRequest;
  using Members = List<
      Member<"requestContext", &T::request_context>,
      Member<"httpMethod", &T::http_method>,
      Member<"path", &T::path>,
      Member<"queryStringParameters", &T::query_string_parameters>,
      Member<"multiValueQueryStringParameters", &T::multi_value_query_string_parameters>,
      Member<"headers", &T::headers>,
      Member<"multiValueHeaders", &T::multi_value_headers>,
      Member<"body", &T::body>,
      Member<"isBase64Encoded", &T::is_base64_encoded>>;
};

template <>
struct Schema<AlbResponse> {
  using T = AlbResponse;
  using Members = List<
      Member<"statusCode", &T::status_code>,
      Sparse<"statusDescription", &T::status_description>,
      Member<"headers", &T::headers>,
      Member<"multiValueHeaders", &T::multi_value_headers>,
      Member<"body", &T::body>,
      Member<"isBase64Encoded", &T::is_base64_encoded>>;
};

// clang-format on

}  // namespace detail

Result<AlbRequest> AlbRequest::from_json(std::string_view text) {
  return detail::parse<AlbRequest>(text);
}
void AlbRequest::to_json(std::string& out) const {
  detail::append(out, *this);
}

Result<AlbResponse> AlbResponse::from_json(std::string_view text) {
  return detail::parse<AlbResponse>(text);
}
void AlbResponse::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
