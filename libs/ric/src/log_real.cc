// Apart from log.cc: the tables behind it are larger than all the rest.

#include "thimble/ric/log.h"
#include <thimble/json/writer.h>

namespace thimble::ric::log::detail {

void write_real(double value, std::string& out) {
  json::Writer(out).real(value);
}

}  // namespace thimble::ric::log::detail
