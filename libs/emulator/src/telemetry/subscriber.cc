#include "subscriber.h"

namespace thimble::emulator {
namespace {

SchemaOptions with_version(SchemaOptions options, SchemaVersion version) {
  options.version = version;
  return options;
}

// Keeps the last record.
class OneRecord final : public RecordSink {
 public:
  void on_record(std::string_view record) override { text = record; }
  std::string text;
};

}  // namespace

Subscriber::Subscriber(Options options)
    : loop_(options.loop),
      on_dropped_(std::move(options.on_dropped)),
      identifier_(std::move(options.identifier)),
      subscription_(std::move(options.subscription)),
      schema_(RecordSchema::create(with_version(std::move(options.schema), subscription_.schema))),
      delivery_(loop_, subscription_.destination, options.network),
      batcher_({.loop = loop_,
                .buffering = subscription_.buffering,
                .framing = subscription_.destination.protocol == Destination::Protocol::kHttp
                               ? Batcher::Framing::kArray
                               : Batcher::Framing::kLines,
                .describe = [this](const Dropped& dropped) { return describe(dropped); },
                .on_idle = std::move(options.on_idle)},
               delivery_) {
  delivery_.set_listener(batcher_);
}

std::string Subscriber::describe(const Dropped& dropped) {
  if (on_dropped_) on_dropped_(dropped);
  // A schema of its own: the one that asks may be in the middle of a record.
  OneRecord record;
  const auto schema = RecordSchema::create({.version = subscription_.schema,
                                            .function_name = {},
                                            .function_version = {},
                                            .memory_size_mb = {}});
  schema->write(dropped, loop_.clock().wall(), record);
  return std::move(record.text);
}

}  // namespace thimble::emulator
