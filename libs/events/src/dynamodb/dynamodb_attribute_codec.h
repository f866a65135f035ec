#pragma once
// Reads and writes the values of DynamoDB's items.

#include <thimble/events/dynamodb_attribute.h>

#include "../schema.h"

namespace thimble::events::detail {

// Of several types the last one counts, of none it is a null; types of the future are skipped.
void read_value(In& in, AttributeValue& out);
void write_value(Out& out, const AttributeValue& value);

}  // namespace thimble::events::detail
