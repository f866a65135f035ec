#include "subscription.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "thimble/base/parse_number.h"
#include "thimble/json/number.h"
#include "thimble/json/reader.h"
#include "thimble/wire/telemetry_api.h"

namespace thimble::emulator {
namespace {

constexpr std::string_view kHosts[] = {"sandbox.localdomain", "sandbox", "localhost", "127.0.0.1"};

// Everything that is wrong, as the APIs say it: separated by semicolons.
class Problems final {
 public:
  void add(std::string_view problem) {
    if (!text_.empty()) text_ += "; ";
    text_ += problem;
  }
  [[nodiscard]] bool any() const { return !text_.empty(); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// The members as they came, before anybody asks whether they fit together.
struct Members {
  std::optional<std::string> schema;
  bool has_types = false;
  std::vector<std::string> types;
  bool has_destination = false;
  std::optional<std::string> protocol;
  std::optional<std::string> uri;
  std::optional<std::string> method;
  std::optional<std::int64_t> port;
  std::optional<std::int64_t> max_items;
  std::optional<std::int64_t> max_bytes;
  std::optional<std::int64_t> timeout_ms;
};

// Keys are copied: what a reader decodes is good until its next call.
void read_destination(json::Reader& in, Members& members) {
  members.has_destination = true;
  in.enter_object();
  while (const auto key = in.next_key()) {
    const std::string name(*key);
    if (in.read_null()) continue;
    if (name == "protocol") {
      members.protocol = in.read_string();
    } else if (name == "URI" || name == "uri") {
      members.uri = in.read_string();
    } else if (name == "method") {
      members.method = in.read_string();
    } else if (name == "port") {
      members.port = in.read_int64();
    }
  }
}

void read_buffering(json::Reader& in, Members& members) {
  in.enter_object();
  while (const auto key = in.next_key()) {
    const std::string name(*key);
    if (in.read_null()) continue;
    if (name == "maxItems") {
      members.max_items = in.read_int64();
    } else if (name == "maxBytes") {
      members.max_bytes = in.read_int64();
    } else if (name == "timeoutMs") {
      members.timeout_ms = in.read_int64();
    }
  }
}

Result<Members> read_members(std::string_view body) {
  Members members;
  std::string scratch;
  json::Reader in(body, scratch);
  in.enter_object();
  while (const auto key = in.next_key()) {
    const std::string name(*key);
    if (in.read_null()) continue;
    if (name == "schemaVersion") {
      members.schema = in.read_string();
    } else if (name == "types") {
      members.has_types = true;
      in.enter_array();
      while (in.next_element()) members.types.emplace_back(in.read_string());
    } else if (name == "destination") {
      read_destination(in, members);
    } else if (name == "buffering") {
      read_buffering(in, members);
    }
  }
  if (auto done = in.finish(); !done) return fail(std::move(done.error()).during("request body"));
  return members;
}

std::optional<SchemaVersion> schema_version(SubscriptionApi api, std::string_view text) {
  if (api == SubscriptionApi::kLogs) {
    if (text == "2020-08-15") return SchemaVersion::kLogs20200815;
    if (text == "2021-03-18") return SchemaVersion::kLogs20210318;
    return std::nullopt;
  }
  if (text == "2022-07-01") return SchemaVersion::kTelemetry20220701;
  if (text == "2022-12-13") return SchemaVersion::kTelemetry20221213;
  if (text == "2025-01-29") return SchemaVersion::kTelemetry20250129;
  return std::nullopt;
}

void check_schema(SubscriptionApi api, const Members& members, Subscription& subscription,
                  Problems& problems) {
  if (!members.schema && api == SubscriptionApi::kLogs) {
    subscription.schema = SchemaVersion::kLogs20200815;  // its default
  } else if (!members.schema) {
    problems.add("schemaVersion is not provided");
  } else if (const auto version = schema_version(api, *members.schema)) {
    subscription.schema = *version;
  } else {
    problems.add("schemaVersion '" + *members.schema + "' is not supported");
  }
}

void check_types(const Members& members, Subscription& subscription, Problems& problems) {
  if (members.types.empty()) problems.add("types should not be empty");
  for (const std::string& name : members.types) {
    bool is_known = false;
    for (const RecordType type :
         {RecordType::kPlatform, RecordType::kFunction, RecordType::kExtension}) {
      if (name != name_of(type)) continue;
      is_known = true;
      if (!subscription.wants(type)) subscription.types.push_back(type);
    }
    if (!is_known) problems.add("type '" + name + "' is not one of platform, function, extension");
  }
}

void check_port(std::int64_t port, std::span<const std::uint16_t> reserved_ports,
                Destination& destination, Problems& problems) {
  if (port < 1 || port > std::numeric_limits<std::uint16_t>::max()) {
    return problems.add("port " + std::to_string(port) + " is not in 1..65535");
  }
  destination.port = static_cast<std::uint16_t>(port);
  if (destination.port == wire::kReservedPort ||
      std::ranges::find(reserved_ports, destination.port) != reserved_ports.end()) {
    problems.add("port " + std::to_string(port) + " is reserved");
  }
}

// What may stand in a request line.
bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

void check_uri(std::string_view uri, std::span<const std::uint16_t> reserved_ports,
               Destination& destination, Problems& problems) {
  constexpr std::string_view kScheme = "http://";
  if (!uri.starts_with(kScheme)) return problems.add("URI should start with http://");
  if (!is_visible_ascii(uri)) return problems.add("URI has characters that must be encoded");
  std::string_view authority = uri.substr(kScheme.size());
  authority = authority.substr(0, authority.find('#'));
  const std::size_t end = authority.find_first_of("/?");
  if (end != std::string_view::npos) {
    destination.target = authority.substr(end);
    if (destination.target.front() == '?') destination.target.insert(0, 1, '/');
    authority = authority.substr(0, end);
  }
  const std::size_t colon = authority.rfind(':');
  destination.host = authority.substr(0, colon);
  if (std::ranges::find(kHosts, destination.host) == std::end(kHosts)) {
    problems.add("URI host '" + destination.host + "' is not sandbox.localdomain");
  }
  if (colon == std::string_view::npos || colon + 1 == authority.size()) {
    return problems.add("URI port is not provided");
  }
  const auto port = parse_number<std::uint32_t>(authority.substr(colon + 1));
  if (!port) return problems.add("URI port is not a number");
  check_port(*port, reserved_ports, destination, problems);
}

void check_destination(SubscriptionApi api, const Members& members,
                       std::span<const std::uint16_t> reserved_ports, Destination& destination,
                       Problems& problems) {
  if (!members.has_destination) return problems.add("destination is not provided");
  if (!members.protocol) return problems.add("destination protocol is not provided");
  if (*members.protocol == "HTTP") {
    destination.protocol = Destination::Protocol::kHttp;
    if (!members.uri) return problems.add("destination URI is not provided");
    check_uri(*members.uri, reserved_ports, destination, problems);
    // The Logs API lets the extension choose.
    if (api != SubscriptionApi::kLogs || !members.method) return;
    if (*members.method == "POST" || *members.method == "PUT") {
      destination.method = *members.method;
    } else {
      problems.add("method '" + *members.method + "' is not POST or PUT");
    }
  } else if (*members.protocol == "TCP") {
    destination.protocol = Destination::Protocol::kTcp;
    if (!members.port) return problems.add("destination port is not provided");
    check_port(*members.port, reserved_ports, destination, problems);
  } else {
    problems.add("protocol '" + *members.protocol + "' is not HTTP or TCP");
  }
}

struct Range {
  std::string_view name;
  std::int64_t least;
  std::int64_t most;
  std::int64_t otherwise;
};

std::int64_t check_range(std::optional<std::int64_t> value, const Range& range,
                         Problems& problems) {
  if (!value) return range.otherwise;
  if (*value < range.least || *value > range.most) {
    problems.add(std::string(range.name) + " " + std::to_string(*value) + " is not in " +
                 std::to_string(range.least) + ".." + std::to_string(range.most));
    return range.otherwise;
  }
  return *value;
}

}  // namespace

std::string_view name_of(RecordType type) {
  switch (type) {
    case RecordType::kPlatform:
      return "platform";
    case RecordType::kFunction:
      return "function";
    case RecordType::kExtension:
      return "extension";
  }
  return "";
}

bool Subscription::wants(RecordType type) const {
  return std::ranges::find(types, type) != types.end();
}

Result<Subscription> parse_subscription(SubscriptionApi api, std::string_view body,
                                        std::span<const std::uint16_t> reserved_ports) {
  auto members = read_members(body);
  if (!members) return fail(std::move(members.error()));
  Subscription subscription;
  Problems problems;
  check_schema(api, *members, subscription, problems);
  check_destination(api, *members, reserved_ports, subscription.destination, problems);
  check_types(*members, subscription, problems);
  const auto items = check_range(members->max_items,
                                 {.name = "maxItems",
                                  .least = wire::kLeastBufferedItems,
                                  .most = wire::kMostBufferedItems,
                                  .otherwise = wire::kDefaultBufferedItems},
                                 problems);
  const auto bytes = check_range(members->max_bytes,
                                 {.name = "maxBytes",
                                  .least = wire::kLeastBufferedBytes,
                                  .most = wire::kMostBufferedBytes,
                                  .otherwise = wire::kDefaultBufferedBytes},
                                 problems);
  const auto timeout = check_range(members->timeout_ms,
                                   {.name = "timeoutMs",
                                    .least = wire::kLeastBufferedMs,
                                    .most = wire::kMostBufferedMs,
                                    .otherwise = wire::kDefaultBufferedMs},
                                   problems);
  if (problems.any()) return fail(ErrorCode::kInvalid, problems.take());
  subscription.buffering = {.max_items = static_cast<std::size_t>(items),
                            .max_bytes = static_cast<std::size_t>(bytes),
                            .timeout = Milliseconds(timeout)};
  return subscription;
}

}  // namespace thimble::emulator
