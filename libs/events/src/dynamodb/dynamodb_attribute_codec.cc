#include "dynamodb_attribute_codec.h"

#include <array>

namespace thimble::events::detail {
namespace {

using Type = AttributeValue::Type;

// In the order of the enumerators.
constexpr std::array<std::string_view, 10> kNames{"NULL", "S",  "N",  "B", "BOOL",
                                                  "SS",   "NS", "BS", "L", "M"};

void read_as(In& in, Type type, AttributeValue& out) {
  out = {};
  out.type = type;
  bool ignored = true;  // What a null says.
  switch (type) {
    case Type::kNull:
      return read_value(in, ignored);
    case Type::kString:
    case Type::kNumber:
      return read_value(in, out.text);
    case Type::kBinary:
      return read_base64(in, out.text);
    case Type::kBoolean:
      return read_value(in, out.boolean);
    case Type::kStringSet:
    case Type::kNumberSet:
      return read_value(in, out.set);
    case Type::kBinarySet:
      return read_base64(in, out.set);
    case Type::kList:
      return read_value(in, out.list);
    case Type::kMap:
      return read_value(in, out.map);
  }
}

}  // namespace

void read_value(In& in, AttributeValue& out) {
  if (in.reader.read_null()) return;
  in.reader.enter_object();
  while (const auto key = in.reader.next_key()) {
    for (std::size_t type = 0; type < kNames.size(); ++type) {
      if (*key != kNames[type]) continue;
      read_as(in, static_cast<Type>(type), out);
      break;
    }
  }
}

void write_value(Out& out, const AttributeValue& value) {
  out.writer.begin_object().key(kNames[static_cast<std::size_t>(value.type)]);
  switch (value.type) {
    case Type::kNull:
      out.writer.boolean(true);
      break;
    case Type::kString:
    case Type::kNumber:
      write_value(out, value.text);
      break;
    case Type::kBinary:
      write_base64(out, value.text);
      break;
    case Type::kBoolean:
      write_value(out, value.boolean);
      break;
    case Type::kStringSet:
    case Type::kNumberSet:
      write_value(out, value.set);
      break;
    case Type::kBinarySet:
      write_base64(out, value.set);
      break;
    case Type::kList:
      write_value(out, value.list);
      break;
    case Type::kMap:
      write_value(out, value.map);
      break;
  }
  out.writer.end_object();
}

}  // namespace thimble::events::detail
