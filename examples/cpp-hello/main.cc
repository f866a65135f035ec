#include <thimble/ric.h>

#include "service.h"

int main() {
  return thimble::ric::run(hello::make_service(&std::chrono::system_clock::now));
}
