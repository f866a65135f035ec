#include "local_run.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include <thimble/base/fd.h>

#include "current_error.h"
#include "error_report.h"

namespace thimble::ric {
namespace {

// As long as Lambda's longest timeout: who debugs needs it.
constexpr std::chrono::minutes kTimeout{15};

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return fail(system_error("write the answer"));
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

void complain(std::string message) {
  [[maybe_unused]] const auto written = write_all(STDERR_FILENO, message.append("\n"));
}

Result<std::string> read_all(int fd, const std::string& what) {
  std::string text;
  char piece[4096];
  while (true) {
    const ssize_t got = ::read(fd, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error("read " + what));
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

Result<std::string> read_file(const std::string& name) {
  if (name == "-") return read_all(STDIN_FILENO, "the standard input");
  const std::string what = "'" + name + "'";
  const Fd fd(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return fail(system_error("open " + what));
  return read_all(fd.number(), what);
}

std::optional<std::string> event_argument(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[1] == "--event") return arguments[2];
  constexpr std::string_view kFlag = "--event=";
  if (arguments.size() == 2 && arguments[1].starts_with(kFlag)) {
    return arguments[1].substr(kFlag.size());
  }
  return std::nullopt;
}

class Printed final : public ResponseStream::Sink {
 public:
  Result<void> begin(std::string_view) override { return {}; }
  Result<void> write(std::string_view piece) override { return write_all(STDOUT_FILENO, piece); }
};

}  // namespace

std::vector<std::string> own_arguments() {
  std::vector<std::string> arguments;
  const auto text = read_file("/proc/self/cmdline");
  if (!text) return arguments;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\0', at), text->size());
    arguments.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return arguments;
}

int run_locally(detail::Handler handler, const Settings& settings,
                const std::vector<std::string>& arguments) {
  const auto file = event_argument(arguments);
  if (!file) {
    complain(
        "AWS_LAMBDA_RUNTIME_API is not set: start this program in Lambda or under aws-lambda-rie, "
        "or with --event FILE to handle that event once");
    return 2;
  }
  auto event = read_file(*file);
  if (!event) {
    complain(event.error().message);
    return 2;
  }
  const Context context{.request_id = "00000000-0000-0000-0000-000000000000",
                        .deadline = std::chrono::system_clock::now() + kTimeout,
                        .function_name = settings.function_name,
                        .function_version = settings.function_version.empty()
                                                ? std::string_view("$LATEST")
                                                : settings.function_version,
                        .memory_limit_mb = settings.memory_limit_mb,
                        .log_group_name = settings.log_group_name,
                        .log_stream_name = settings.log_stream_name};
  Printed sink;
  ResponseStream stream(sink);
  detail::Call call{.event = *event, .context = context, .stream = &stream};
  try {
    handler.call(handler.object, call);
  } catch (...) {
    call.error = current_error();
  }
  if (call.error) {
    std::string report;
    write_error_body(*call.error, report);
    complain(std::move(report));
    return 1;
  }
  auto printed = handler.streams ? stream.flush() : write_all(STDOUT_FILENO, call.body);
  if (printed && !handler.streams && !call.body.ends_with('\n')) {
    printed = write_all(STDOUT_FILENO, "\n");
  }
  if (!printed) {
    complain(printed.error().message);
    return 1;
  }
  return 0;
}

}  // namespace thimble::ric
