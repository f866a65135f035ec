#include "thimble/ric/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <mutex>

#include <thimble/base/parse_number.h>
#include <thimble/json/writer.h>

#include "error_report.h"
#include "log_request.h"
#include "request_head.h"

namespace thimble::ric::log {
namespace {

constexpr std::string_view kNames[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};

std::string_view name_of(Level level) {
  return kNames[static_cast<std::size_t>(level) - 1];
}

// What the environment says, once.
struct Configuration {
  Level least = Level::kInfo;
  bool is_json = false;
  int frames = -1;  // the descriptor for frames, if there is one

  Configuration() {
    const auto variable = [](const char* name) {
      const char* value = std::getenv(name);
      return std::string_view(value == nullptr ? "" : value);
    };
    const std::string_view format = variable("AWS_LAMBDA_LOG_FORMAT");
    is_json = format == "JSON" || format == "json" || format == "Json";
    const std::string_view level = variable("AWS_LAMBDA_LOG_LEVEL");
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
      if (level == kNames[i]) least = static_cast<Level>(i + 1);
    }
    // The handler's children are not to write there.
    const auto number = parse_number<int>(variable("_LAMBDA_TELEMETRY_LOG_FD"));
    if (number && ::fcntl(*number, F_SETFD, FD_CLOEXEC) == 0) frames = *number;
    ::unsetenv("_LAMBDA_TELEMETRY_LOG_FD");
  }
};

const Configuration& configuration() {
  static const Configuration configuration;
  return configuration;
}

thread_local std::string_view request_id;

using Micros = std::chrono::sys_time<std::chrono::microseconds>;

void append_digits(std::string& out, std::int64_t number, std::size_t width) {
  std::array<char, 20> digits{};
  for (std::size_t i = width; i-- > 0; number /= 10) {
    digits[i] = static_cast<char>('0' + number % 10);
  }
  out.append(digits.data(), width);
}

// "2026-01-31T23:59:59.000Z"
void append_time(std::string& out, Micros now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::milliseconds>(now - day));
  append_digits(out, static_cast<int>(date.year()), 4);
  append_digits(out.append("-"), static_cast<unsigned>(date.month()), 2);
  append_digits(out.append("-"), static_cast<unsigned>(date.day()), 2);
  append_digits(out.append("T"), time.hours().count(), 2);
  append_digits(out.append(":"), time.minutes().count(), 2);
  append_digits(out.append(":"), time.seconds().count(), 2);
  append_digits(out.append("."), time.subseconds().count(), 3);
  out.append("Z");
}

std::string number_text(const Field& field) {
  std::string text;
  if (field.kind == Field::Kind::kReal) {
    field.write_real(field.real, text);
  } else {
    std::array<char, 24> digits{};
    char* const last = digits.data() + digits.size();
    const auto [end, error] =
        field.kind == Field::Kind::kUnsigned
            ? std::to_chars(digits.data(), last, static_cast<std::uint64_t>(field.integer))
            : std::to_chars(digits.data(), last, field.integer);
    text.assign(digits.data(), end);
  }
  return text;
}

// A field of that name would be a second member of it.
bool is_reserved(std::string_view name) {
  return name == "timestamp" || name == "level" || name == "message" || name == "requestId";
}

void append_json(std::string& out, Level level, Micros now, std::string_view message,
                 Fields fields) {
  std::string time;
  append_time(time, now);
  json::Writer writer(out);
  writer.begin_object().key("timestamp").string(time).key("level").string(name_of(level));
  writer.key("message").string(message);
  if (!request_id.empty()) writer.key("requestId").string(request_id);
  for (const Field& field : fields) {
    is_reserved(field.name) ? writer.key(std::string(field.name) + "_") : writer.key(field.name);
    switch (field.kind) {
      case Field::Kind::kString:
        writer.string(field.text);
        break;
      case Field::Kind::kBoolean:
        writer.boolean(field.integer != 0);
        break;
      default:
        writer.raw(number_text(field));
    }
  }
  writer.end_object();
}

void append_text(std::string& out, Level level, Micros now, std::string_view message,
                 Fields fields) {
  out.append("[").append(name_of(level)).append("]\t");
  append_time(out, now);
  out.append("\t").append(request_id).append("\t").append(message);
  for (const Field& field : fields) {
    out.append(" ").append(field.name).append("=");
    switch (field.kind) {
      case Field::Kind::kString:
        out.append(field.text);
        break;
      case Field::Kind::kBoolean:
        out.append(field.integer != 0 ? "true" : "false");
        break;
      default:
        out.append(number_text(field));
    }
  }
}

// Big-endian, as the frames want it.
void put(char* at, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0; number >>= 8) at[i] = static_cast<char>(number & 0xFF);
}

// One record at a time: a pipe takes a large one in pieces.
void write_all(int fd, std::string_view bytes) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return;  // a log that cannot be written is nobody's error
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void start() {
  [[maybe_unused]] const Configuration& how = configuration();
}

void set_request_id(std::string_view id) {
  request_id = id;
}

bool is_enabled(Level level) {
  return level >= configuration().least;
}

void write(Level level, std::string_view message, Fields fields) {
  if (!is_enabled(level)) return;
  const Configuration& how = configuration();
  const auto now =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  // A frame is: type (0xA55A, then level, whether a time is there, whether it is text), length,
  // microseconds, message; the numbers big-endian.
  constexpr std::size_t kFrameHead = 16;
  std::string out(how.frames >= 0 ? kFrameHead : 0, '\0');
  if (how.is_json) {
    append_json(out, level, now, message, fields);
  } else {
    append_text(out, level, now, message, fields);
  }
  if (how.frames < 0) {
    // Lambda takes every line for a record; within one it shows a CR as a line's end.
    for (char& c : out) {
      if (c == '\n') c = '\r';
    }
    return write_all(STDERR_FILENO, out.append("\n"));
  }
  const auto type = 0xA55A0000U | static_cast<unsigned>(level) << 2 | 2U | (how.is_json ? 0U : 1U);
  put(out.data(), type, 4);
  put(out.data() + 4, out.size() - kFrameHead, 4);
  put(out.data() + 8, static_cast<std::uint64_t>(now.time_since_epoch().count()), 8);
  write_all(how.frames, out);
}

void write_error(std::string_view what, const HandlerError& error) {
  const std::string message = joined({what, type_of(error), ": ", error.message});
  if (!configuration().is_json) return log::error(message);
  log::error(message, {{"errorType", type_of(error)}, {"errorMessage", error.message}});
}

}  // namespace thimble::ric::log
