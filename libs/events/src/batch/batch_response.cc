#include <thimble/events/batch_response.h>

#include "../schema.h"

namespace thimble::events {
namespace detail {

// clang-format off
template <>
struct Schema<BatchItemFailure> {
  using T = BatchItemFailure;
  using Members = List<
      Member<"itemIdentifier", &T::item_identifier>>;
};

template <>
struct Schema<BatchResponse> {
  using T = BatchResponse;
  using Members = List<
      Always<"batchItemFailures", &T::batch_item_failures>>;
};

// clang-format on

}  // namespace detail

Result<BatchResponse> BatchResponse::from_json(std::string_view text) {
  return detail::parse<BatchResponse>(text);
}
void BatchResponse::to_json(std::string& out) const {
  detail::append(out, *this);
}

}  // namespace thimble::events
