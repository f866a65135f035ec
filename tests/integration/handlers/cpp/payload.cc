// Does what an event tells it to do. Called with the word "stream", it streams.

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <thimble/base/fd.h>
#include <thimble/json/reader.h>
#include <thimble/json/writer.h>
#include <thimble/ric.h>
#include <thimble/ric/identity.h>

namespace payload {

struct Boom : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "boom"; }
};

}  // namespace payload

namespace {

using thimble::ric::Context;
using thimble::ric::HandlerError;
using thimble::ric::ResponseStream;

struct Order {
  std::string what;
  std::int64_t code = 0;
  std::size_t count = 0;
  std::vector<std::string> pieces;
  std::string gate;
  bool fails = false;
  std::string folder;
  std::string name;

  static thimble::Result<Order> from_json(std::string_view text) {
    Order order;
    std::string scratch;
    thimble::json::Reader in(text, scratch);
    in.enter_object();
    while (auto key = in.next_key()) {
      if (*key == "do") order.what = in.read_string();
      if (*key == "code") order.code = in.read_int64();
      if (*key == "count") order.count = static_cast<std::size_t>(in.read_int64());
      if (*key == "gate") order.gate = in.read_string();
      if (*key == "fail") order.fails = in.read_bool();
      if (*key == "folder") order.folder = in.read_string();
      if (*key == "name") order.name = in.read_string();
      if (*key == "pieces") {
        in.enter_array();
        while (in.next_element()) order.pieces.emplace_back(in.read_string());
      }
    }
    if (auto done = in.finish(); !done) return thimble::fail(std::move(done.error()));
    return order;
  }
};

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A line in the file $CALLS for each call.
void note(std::string_view request_id) {
  const std::string path(variable("CALLS"));
  if (path.empty()) return;
  const thimble::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const std::string line = std::string(request_id) + "\n";
  if (::write(file.number(), line.data(), line.size()) < 0) std::perror("note");
}

std::string describe(const Context& context, std::string_view name = {}) {
  std::string out;
  thimble::json::Writer writer(out);
  const auto text = [&writer](std::string_view key, std::string_view value) {
    writer.key(key);
    value.empty() ? writer.null() : writer.string(value);
  };
  const auto client = thimble::ric::parse_client_context(context.client_context).value();
  writer.begin_object();
  text("requestId", context.request_id);
  writer.key("remainingMs").integer(context.remaining_time().count());
  text("functionArn", context.invoked_function_arn);
  text("functionName", context.function_name);
  text("functionVersion", context.function_version);
  writer.key("memoryMB").integer(context.memory_limit_mb);
  text("appTitle", client.client.app_title);
  writer.key("custom");
  if (client.custom.empty()) {
    writer.null();
  } else {
    writer.begin_object();
    for (const auto& [key, value] : client.custom) text(key, value);
    writer.end_object();
  }
  text("tenantId", context.tenant_id);
  text("traceId", variable("_X_AMZN_TRACE_ID"));
  writer.key("processId").integer(::getpid());
  if (!name.empty()) text("name", name);
  writer.end_object();
  return out;
}

void wait_until(auto condition) {
  while (!condition()) ::poll(nullptr, 0, 2);
}

// Returns when so many invocations are here at the same time.
std::string meet(const Context& context, const Order& order) {
  namespace fs = std::filesystem;
  const thimble::Fd mark(
      ::creat((order.folder + "/" + std::string(context.request_id)).c_str(), 0644));
  wait_until([&order] {
    const auto here = fs::directory_iterator(order.folder);
    return static_cast<std::size_t>(std::distance(begin(here), end(here))) >= order.count;
  });
  return describe(context, order.name);
}

std::string handle(std::string_view event, const Context& context) {
  const auto order = Order::from_json(event);
  if (!order) throw HandlerError{"Order", order.error().message};
  note(context.request_id);
  if (order->what == "echo") return std::string(event);
  if (order->what == "describe") return describe(context);
  if (order->what == "fail") throw payload::Boom();
  if (order->what == "exit") std::exit(static_cast<int>(order->code));
  if (order->what == "hang") wait_until([] { return false; });
  if (order->what == "meet") return meet(context, *order);
  throw HandlerError{"Order", "cannot do '" + order->what + "'"};
}

// The pieces; before the second it waits for a file.
void stream(const Order& order, const Context& context, ResponseStream& out) {
  note(context.request_id);
  for (std::size_t i = 0; i < order.pieces.size(); ++i) {
    if (i == 1) wait_until([&order] { return std::filesystem::exists(order.gate); });
    if (!out.write(order.pieces[i])) return;
  }
  if (order.fails) throw payload::Boom();
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::string_view(arguments[1]) == "stream") return thimble::ric::run(stream);
  thimble::ric::Hooks hooks;
  if (!variable("SAY_GOODBYE").empty()) hooks.on_shutdown = [] { std::puts("goodbye"); };
  return thimble::ric::run(
      [] {
        if (std::getenv("FAIL_INIT") != nullptr) throw HandlerError{"Init", "no database"};
        return &handle;
      },
      hooks);
}
