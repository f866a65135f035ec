// aws-lambda-rie: Lambda's runtime interface emulator. Called lambda-entrypoint inside Lambda, it
// becomes the handler.

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include "thimble/emulator/emulator.h"
#include "thimble/emulator/entrypoint.h"
#include "thimble/emulator/secrets.h"

namespace {

constexpr std::string_view kVersion = "aws-lambda-rie (Thimble) " THIMBLE_VERSION "\n";

int complain(const thimble::Error& error) {
  std::fprintf(stderr, "aws-lambda-rie: %s\n", error.message.c_str());
  return 1;
}

int print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

// What is opened later must not take the numbers of stdin, stdout and stderr, should they be
// closed.
bool open_standard_descriptors() {
  for (int number = 0; number >= 0 && number <= 2;) {
    number = ::open("/dev/null", O_RDWR);
    if (number < 0) return false;
    if (number > 2) ::close(number);
  }
  return true;
}

int emulate(int argc, char** argv) {
  if (!open_standard_descriptors()) return 1;
  const thimble::Env env = thimble::Env::from(environ);
  const auto options = thimble::emulator::parse_options(
      {argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)}, env);
  const auto complain_of = [&env](const thimble::Error& error) {
    return complain({error.code, thimble::emulator::without_secrets(error.message, env)});
  };
  if (!options) return complain_of(options.error());
  if (options->help) return print(thimble::emulator::help_text());
  if (options->version) return print(kVersion);
  const auto ended = thimble::emulator::run(*options, env);
  return ended ? 0 : complain_of(ended.error());
}

}  // namespace

int main(int argc, char** argv) {
  // First, before anything else happens: in Lambda every microsecond here would be part of the cold
  // start.
  const char* runtime_api = std::getenv("AWS_LAMBDA_RUNTIME_API");
  const bool is_in_lambda = runtime_api != nullptr && *runtime_api != '\0';
  if (argc > 0 && is_in_lambda && thimble::emulator::is_entrypoint(argv[0])) {
    return complain(thimble::emulator::exec_handler(argv + 1, environ));
  }
  try {
    return emulate(argc, argv);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "aws-lambda-rie: %s\n", problem.what());
    return 1;
  }
}
