// Every shape a handler may have, as run.h says; and none without its result.

#include <functional>
#include <memory>
#include <system_error>

#include <thimble/ric.h>
#include <thimble/ric/extension.h>
#include <thimble/ric/identity.h>

using thimble::Result;
using thimble::ric::Context;
using thimble::ric::HandlerError;
using thimble::ric::Response;
using thimble::ric::ResponseStream;

struct Order {
  static Result<Order> from_json(std::string_view text) { return Order{std::string(text)}; }
  void to_json(std::string& out) const { out.append(id); }
  std::string id;
};
struct Foreign {};
template <>
struct thimble::ric::Json<Foreign> {
  static Result<Foreign> read(std::string_view) { return Foreign{}; }
  static void write(const Foreign&, std::string& out) { out.append("1"); }
};

std::string of_view(std::string_view event) {
  return std::string(event);
}
std::string_view of_string(const std::string&, const Context&) noexcept {
  return "1";
}
const char* by_value(std::string) {
  return "1";
}
std::string changed(std::string& event) {
  return std::move(event);
}
Response moved(std::string&& event, Context) {
  return {std::move(event), "text/plain"};
}
void nothing(std::string_view) {}
Order own(Order order, const Context&) {
  return order;
}
std::expected<Order, std::error_code> own_changed(Order& order) {
  return std::move(order);
}
Result<void> nothing_or_error(const Order&) {
  return {};
}
Foreign foreign(const Foreign& value) {
  return value;
}
std::expected<std::string, HandlerError> with_error(std::string_view event, const Context&) {
  return std::string(event);
}
const std::string& kept(std::string_view) {
  static const std::string text = "1";
  return text;
}
void streaming(std::string_view, ResponseStream&) {}
std::expected<void, std::string> streaming_too(const Order&, const Context&, ResponseStream& out) {
  if (!out.write("x")) return std::unexpected("gone");
  return {};
}
auto init() {
  return [text = std::make_unique<std::string>("1")](std::string_view) { return *text; };
}
std::expected<std::function<std::string(std::string_view)>, HandlerError> init_or_error() {
  return of_view;
}

struct Object {
  std::string operator()(std::string_view event) & { return std::string(event); }
};
struct ConstObject {
  std::string operator()(std::string_view event, const Context&) const& noexcept {
    return std::string(event);
  }
};

int run_all(int argument) {
  using thimble::ric::run;
  int codes = 0;
  codes +=
      run(of_view) + run(&of_view) + run(of_string) + run(by_value) + run(changed) + run(moved);
  codes += run(nothing) + run(own) + run(own_changed) + run(nothing_or_error) + run(foreign);
  codes += run(with_error) + run(kept) + run(streaming) + run(streaming_too);
  codes += run(init) + run(init_or_error) + run([] { return of_view; });
  codes += run(std::function<std::string(std::string_view)>(of_view));
  codes += run([argument](std::string_view) mutable { return std::to_string(++argument); });
  codes += run([](auto event) { return std::string(event); });
  codes += run([](auto event, const auto&) { return std::string(event); });
  codes += run([](auto event, const auto&, auto& out) { return out.write(event); });
  Object object;
  const ConstObject const_object;
  codes += run(object) + run(Object()) + run(const_object);
#ifdef WRONG
  run(of_view);
#endif
  return codes;
}
