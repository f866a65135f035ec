#include <thimble/events/kafka.h>

#include "../schema.h"

namespace thimble::events {
namespace detail {
namespace {

// Bytes as numbers, signed or not.
void read_bytes(In& in, std::string& out) {
  if (in.reader.read_null()) return;
  in.reader.enter_array();
  while (in.reader.next_element()) {
    const std::size_t offset = in.reader.offset();
    std::int64_t byte = 0;
    read_value(in, byte);
    if (byte < -128 || byte > 255) in.refuse(offset, "expected a byte");
    out += static_cast<char>(byte);
  }
}

}  // namespace

// A list of headers is an array of objects with one member each, [{"name": [104, -61]}], whose
// bytes are signed as Java's are. Static and not in the namespace without a name, where the
// templates of lists would not look.
static void read_value(In& in, std::vector<KafkaHeader>& out) {
  if (in.reader.read_null()) return;
  out.clear();
  in.reader.enter_array();
  while (in.reader.next_element()) {
    if (in.reader.read_null()) continue;
    in.reader.enter_object();
    while (const auto name = in.reader.next_key()) {
      KafkaHeader& header = out.emplace_back();
      header.name = *name;
      read_bytes(in, header.value);
    }
  }
}

static void write_value(Out& out, const std::vector<KafkaHeader>& headers) {
  out.writer.begin_array();
  for (const auto& [name, value] : headers) {
    out.writer.begin_object().key(name).begin_array();
    for (const char byte : value) out.writer.integer(static_cast<signed char>(byte));
    out.writer.end_array().end_object();
  }
  out.writer.end_array();
}

// clang-format off
template <>
struct Schema<KafkaSchemaMetadata> {
  using T = KafkaSchemaMetadata;
  using Members = List<
      Member<"dataFormat", &T::data_format>,
      Member<"schemaId", &T::schema_id>>;
};

template <>
struct Schema<KafkaRecord> {
  using T = KafkaRecord;
  using Members = List<
      Member<"topic", &T::topic>,
      Member<"partition", &T::partition>,
      Member<"offset", &T::offset>,
      Member<"timestamp", &T::timestamp>,
      Member<"timestampType", &T::timestamp_type>,
      Base64<"key", &T::key>,
      Base64<"value", &T::value>,
      Always<"headers", &T::headers>,
      Member<"keySchemaMetadata", &T::key_schema_metadata>,
      Member<"valueSchemaMetadata", &T::value_schema_metadata>>;
};

template <>
struct Schema<KafkaEvent> {
  using T = KafkaEvent;
  using Members = List<
      Member<"eventSource", &T::event_source>,
      Sparse<"eventSourceArn", &T::event_source_arn>,
      Member<"bootstrapServers", &T::bootstrap_servers>,
      Always<"records", &T::records>>;
};

// clang-format on

}  // namespace detail

Result<KafkaEvent> KafkaEvent::from_json(std::string_view text) {
  return detail::parse<KafkaEvent>(text);
}
void KafkaEvent::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
