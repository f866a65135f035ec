#include "container.h"

#include <unistd.h>

namespace thimble::emulator {
namespace {

bool is_container(const Env& env) {
  return ::getpid() == 1 || ::access("/.dockerenv", F_OK) == 0 ||
         ::access("/run/.containerenv", F_OK) == 0 || env.has("container") ||
         env.has("KUBERNETES_SERVICE_HOST");
}

}  // namespace

std::string_view default_invoke_address(const Env& env) {
  return is_container(env) ? "0.0.0.0:8080" : "127.0.0.1:8080";
}

}  // namespace thimble::emulator
