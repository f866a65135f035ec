#pragma once
// The values of DynamoDB's items, in DynamoDB's JSON: {"S": "text"}, {"N": "1.5"}, {"L": [...]}.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/events/flat_map.h>

namespace thimble::events {

// A value; `type` says which of the members holds it.
struct AttributeValue {
  enum class Type : std::uint8_t {
    kNull,       // nothing
    kString,     // text
    kNumber,     // text, as DynamoDB wrote it: up to 38 digits
    kBinary,     // text: bytes
    kBoolean,    // boolean
    kStringSet,  // set
    kNumberSet,  // set
    kBinarySet,  // set, of bytes
    kList,       // list
    kMap,        // map
  };

  Type type = Type::kNull;
  bool boolean = false;
  std::string text{};
  std::vector<std::string> set{};
  std::vector<AttributeValue> list{};
  FlatMap<AttributeValue> map{};

  bool operator==(const AttributeValue&) const = default;
};

// An item, or the key of one.
using DynamoDbItem = FlatMap<AttributeValue>;

}  // namespace thimble::events
