#include "handler.h"

int main() {
  return thimble::ric::run(echo::handle);
}
