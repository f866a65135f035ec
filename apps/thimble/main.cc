// thimble: builds, runs and ships container images for AWS Lambda.

#include <exception>

#include <CLI/CLI.hpp>

#include <thimble/base/env.h>

#include "context.h"
#include "interrupt.h"
#include "verbs.h"

// NOLINTNEXTLINE(readability-redundant-declaration)
extern char** environ;

int main(int argc, char** argv) {
  using namespace thimble;
  cli::Interrupt interrupt;
  const Env env = Env::from(environ);
  cli::Context context(env, interrupt);
  try {
    CLI::App program("Builds, runs and ships container images for AWS Lambda", "thimble");
    program.set_version_flag("--version", THIMBLE_VERSION);
    program.require_subcommand(1);
    program.failure_message(CLI::FailureMessage::help);
    cli::add_build(program, context);
    cli::add_inspect(program, context);
    cli::add_invoke(program, context);
    cli::add_pull(program, context);
    cli::add_push(program, context);
    cli::add_run(program, context);
    cli::add_unpack(program, context);
    try {
      program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      const int code = program.exit(error);
      return code == 0 ? 0 : static_cast<int>(cli::ExitCode::kUsage);
    }
  } catch (const std::exception& error) {
    context.fail({cli::ExitCode::kEngine, {ErrorCode::kIo, error.what()}});
  }
  return static_cast<int>(context.exit_code());
}
