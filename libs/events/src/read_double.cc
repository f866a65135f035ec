// Apart from the other kinds, for the tables that only this one needs.

#include "read.h"

namespace thimble::events::detail {

void read_value(In& in, double& out) {
  if (!in.reader.read_null()) out = in.reader.read_double();
}

}  // namespace thimble::events::detail
