#include "thimble/ric/handler.h"

#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

#include "thimble/ric/run.h"

namespace thimble::ric {
namespace {

using detail::Call;

// A type that reads and writes itself.
struct Order {
  std::string id;
  static Result<Order> from_json(std::string_view text) {
    if (text == "bad") return fail(ErrorCode::kInvalid, "no order");
    return Order{std::string(text)};
  }
  void to_json(std::string& out) const { out.append("order ").append(id); }
};

// What a handler did with an event; several calls use the same memory.
struct Did {
  std::string body;
  std::string content_type;
  std::optional<HandlerError> error;
};

template <class H>
std::vector<Did> call(H&& handler, std::initializer_list<std::string_view> events) {
  detail::Handler made = detail::make_handler(handler);
  EXPECT_FALSE(made.streams);
  const Context context{.request_id = "id-1", .tenant_id = "blue"};
  Call one{.event = {}, .context = context};
  std::vector<Did> did;
  for (const std::string_view event : events) {
    one.event = event;
    one.body = {};
    one.content_type.clear();
    one.error.reset();
    made.call(made.object, one);
    did.push_back({std::string(one.body), one.content_type, one.error});
  }
  return did;
}

template <class H>
std::string answer(H&& handler, std::string_view event = "event") {
  const auto did = call(handler, {event});
  EXPECT_FALSE(did[0].error);
  return did[0].body;
}

template <class H>
HandlerError error(H&& handler, std::string_view event = "event") {
  const auto did = call(handler, {event});
  EXPECT_TRUE(did[0].error);
  return did[0].error.value_or(HandlerError{});
}

std::string plain(std::string_view event) {
  return "plain " + std::string(event);
}
std::string with_context(std::string_view event, const Context& context) noexcept {
  return std::string(event) + " " + std::string(context.tenant_id);
}

TEST(Handler, IsAFunction) {
  EXPECT_EQ(answer(plain), "plain event");
  EXPECT_EQ(answer(&plain), "plain event");
  EXPECT_EQ(answer(with_context), "event blue");
}

TEST(Handler, IsAnObjectWithState) {
  int calls = 0;
  EXPECT_EQ(answer([&calls](std::string_view) { return std::to_string(++calls); }), "1");
  const auto did = call([count = 0](std::string_view) mutable { return std::to_string(++count); },
                        {"a", "b", "c"});
  EXPECT_EQ(did[2].body, "3");
  const auto owner = std::make_shared<std::string>("kept");
  EXPECT_EQ(answer([owner](std::string_view) { return *owner; }), "kept");
  EXPECT_EQ(answer([own = std::make_unique<std::string>("own")](std::string_view) { return *own; }),
            "own");
  const std::function<std::string(std::string_view)> function = plain;
  EXPECT_EQ(answer(function), "plain event");
  EXPECT_EQ(answer([](const auto& event) { return std::string(event); }), "event");
}

TEST(Handler, TakesItsEventAsItLikes) {
  EXPECT_EQ(answer([](std::string event) { return event; }), "event");
  EXPECT_EQ(answer([](const std::string& event) { return event; }), "event");
  EXPECT_EQ(answer([](std::string&& event) { return std::move(event); }), "event");
  EXPECT_EQ(answer([](std::string& event) { return event += "!"; }), "event!");
  EXPECT_EQ(answer([](const std::string_view& event) { return std::string(event); }), "event");
  EXPECT_EQ(answer([](Order order) { return order.id; }), "event");
  EXPECT_EQ(answer([](const Order& order) { return order.id; }), "event");
  EXPECT_EQ(answer([](Order& order) { return order.id += "!"; }), "event!");
  EXPECT_EQ(answer([](Order&& order) { return std::move(order.id); }), "event");
  EXPECT_EQ(
      answer([](std::string_view, Context context) { return std::string(context.request_id); }),
      "id-1");
}

TEST(Handler, EchoesWithoutACopy) {
  const std::string event = "event";
  const auto echo = [](std::string_view text) { return text; };
  detail::Handler made = detail::make_handler(echo);
  const Context context;
  Call one{.event = event, .context = context};
  made.call(made.object, one);
  EXPECT_EQ(one.body.data(), event.data());
}

TEST(Handler, AnswersAsItLikes) {
  EXPECT_EQ(answer([](std::string_view) {}), "null");
  EXPECT_EQ(answer([](std::string_view) { return "literal"; }), "literal");
  EXPECT_EQ(answer([](std::string_view) -> const std::string& {
              static const std::string kept = "kept";
              return kept;
            }),
            "kept");
  EXPECT_EQ(answer([](Order order) { return order; }), "order event");
  EXPECT_EQ(answer([](std::string_view) -> std::expected<void, Error> { return {}; }), "null");
  EXPECT_EQ(answer([](Order order) -> Result<Order> { return order; }), "order event");
  EXPECT_EQ(answer([](std::string_view) { return std::string(); }), "");
}

// Longer than what a string keeps inside itself.
const std::string kLong(100, 'x');

TEST(Handler, MayAnswerWithAViewOfTheEventItWasGiven) {
  EXPECT_EQ(answer([](const Order& order) { return std::string_view(order.id); }, kLong), kLong);
  EXPECT_EQ(answer([](const std::string& event) { return std::string_view(event); }, kLong), kLong);
}

TEST(Handler, MayAnswerWithAnotherKindOfText) {
  struct Text {
    std::string text = kLong;
    operator std::string_view() const { return text; }  // NOLINT(google-explicit-constructor)
  };
  EXPECT_EQ(answer([](std::string_view) { return Text(); }), kLong);
  EXPECT_EQ(answer([](std::string_view) { return std::expected<Text, Error>(Text()); }), kLong);
}

TEST(Handler, SaysItsContentType) {
  const auto did = call(
      [](std::string_view event) -> std::expected<Response, Error> {
        return Response{std::string(event), "text/" + std::string(event)};
      },
      {"a", "b"});
  EXPECT_EQ(did[0].body, "a");
  EXPECT_EQ(did[1].content_type, "text/b");
  EXPECT_EQ(Response{}.content_type, "application/json");
}

TEST(Handler, AnswersDoNotMixInTheMemoryTheyShare) {
  const auto did = call([](Order order) { return order; }, {"a long one", "b", "bad", "c"});
  EXPECT_EQ(did[0].body, "order a long one");
  EXPECT_EQ(did[1].body, "order b");
  EXPECT_TRUE(did[2].error);
  EXPECT_EQ(did[2].body, "");
  EXPECT_EQ(did[3].body, "order c");
  EXPECT_FALSE(did[3].error);
}

template <class E>
HandlerError error_of(E value) {
  return error([value](std::string_view) -> std::expected<std::string, E> {
    return std::unexpected(value);
  });
}

TEST(Handler, FailsAsItLikes) {
  const HandlerError own = error_of(HandlerError{"App.Error", "no", {{"a.cc", 7, "f"}}});
  EXPECT_EQ(own.type, "App.Error");
  EXPECT_EQ(own.message, "no");
  ASSERT_EQ(own.stack.size(), 1U);
  EXPECT_EQ(error_of(Error{ErrorCode::kNotFound, "not there"}).message, "not there");
  EXPECT_EQ(error_of(Error{}).type, "Error");
  EXPECT_EQ(error_of(std::string("text")).message, "text");
  EXPECT_EQ(error_of("literal").message, "literal");
  EXPECT_EQ(error_of(std::string_view("view")).type, "Error");
  const HandlerError code = error_of(std::make_error_code(std::errc::permission_denied));
  EXPECT_EQ(code.type, "generic");
  EXPECT_EQ(code.message, std::make_error_code(std::errc::permission_denied).message());
  EXPECT_EQ(
      error([](std::string_view) -> Result<void> { return fail(ErrorCode::kIo, "no"); }).message,
      "no");
}

TEST(Handler, AnEventThatCannotBeReadIsAnErrorOfItsOwn) {
  bool was_called = false;
  const HandlerError unread = error([&was_called](const Order&) { was_called = true; }, "bad");
  EXPECT_EQ(unread.type, "Runtime.UnmarshalError");
  EXPECT_EQ(unread.message, "cannot read the event: no order");
  EXPECT_FALSE(was_called);
}

TEST(Handler, LetsExceptionsThrough) {
  const auto throws = [](std::string_view) -> std::string { throw 42; };
  EXPECT_THROW(call(throws, {"event"}), int);
}

TEST(HandlerError, KnowsTheLineItIsMadeOn) {
  const HandlerError here = HandlerError::here("App.Error", "no");
  ASSERT_EQ(here.stack.size(), 1U);
  EXPECT_TRUE(here.stack[0].path.ends_with("handler_test.cc"));
  EXPECT_GT(here.stack[0].line, 100U);
  EXPECT_NE(here.stack[0].label.find("KnowsTheLine"), std::string::npos);
}

class Pieces final : public ResponseStream::Sink {
 public:
  Result<void> begin(std::string_view content_type) override {
    told.append("begin ").append(content_type).append("\n");
    if (fails_to_begin) return fail(ErrorCode::kIo, "gone");
    return {};
  }
  Result<void> write(std::string_view piece) override {
    told.append("[").append(piece).append("]");
    if (fails) return fail(ErrorCode::kIo, "gone");
    return {};
  }
  std::string told;
  bool fails = false;
  bool fails_to_begin = false;
};

TEST(Handler, Streams) {
  const auto handler = [](Order order, const Context& context,
                          ResponseStream& out) -> Result<void> {
    if (auto sent = out.write(order.id); !sent) return sent;
    return out.write(context.tenant_id);
  };
  detail::Handler made = detail::make_handler(handler);
  EXPECT_TRUE(made.streams);
  Pieces sink;
  ResponseStream stream(sink);
  const Context context{.tenant_id = "blue"};
  Call one{.event = "event", .context = context, .stream = &stream};
  made.call(made.object, one);
  EXPECT_EQ(sink.told, "begin application/octet-stream\n[event][blue]");
  EXPECT_FALSE(one.error);

  sink.fails = true;
  made.call(made.object, one);
  ASSERT_TRUE(one.error);
  EXPECT_EQ(one.error->message, "gone");
}

TEST(Handler, StreamsWithoutAContext) {
  const auto handler = [](std::string_view event, ResponseStream& out) {
    EXPECT_TRUE(out.write(event));
  };
  detail::Handler made = detail::make_handler(handler);
  ASSERT_TRUE(made.streams);
  Pieces sink;
  ResponseStream stream(sink);
  const Context context;
  Call one{.event = "event", .context = context, .stream = &stream};
  made.call(made.object, one);
  EXPECT_EQ(sink.told, "begin application/octet-stream\n[event]");
}

TEST(ResponseStream, SendsItsHeadWithTheFirstPiece) {
  Pieces sink;
  ResponseStream stream(sink);
  stream.set_http_head(
      {.status_code = 404, .headers = {{"A", "\"b\"\r\n"}, {"A", "c"}}, .cookies = {"d=e"}});
  EXPECT_EQ(sink.told, "");
  EXPECT_FALSE(stream.has_begun());
  ASSERT_TRUE(stream.write("body"));
  EXPECT_TRUE(stream.has_begun());
  const std::string head =
      "{\"statusCode\":404,\"headers\":{\"A\":\"\\\"b\\\"\\r\\n\",\"A\":\"c\"},"
      "\"cookies\":[\"d=e\"]}" +
      std::string(8, '\0');
  EXPECT_EQ(sink.told,
            "begin application/vnd.awslambda.http-integration-response\n[" + head + "][body]");
}

TEST(ResponseStream, TellsTheClientItsContentTypeInTheHead) {
  for (const bool head_first : {true, false}) {
    Pieces sink;
    ResponseStream stream(sink);
    if (head_first) stream.set_http_head({.status_code = 201});
    stream.set_content_type("text/html");
    if (!head_first) stream.set_http_head({.status_code = 201});
    ASSERT_TRUE(stream.write("body"));
    const std::string head =
        "{\"statusCode\":201,\"headers\":{\"content-type\":\"text/html\"},\"cookies\":[]}" +
        std::string(8, '\0');
    EXPECT_EQ(sink.told,
              "begin application/vnd.awslambda.http-integration-response\n[" + head + "][body]");
  }
}

TEST(ResponseStream, SendsNoEmptyPiece) {
  Pieces sink;
  ResponseStream stream(sink);
  stream.set_content_type("text/plain");
  ASSERT_TRUE(stream.write(""));
  ASSERT_TRUE(stream.flush());
  ASSERT_TRUE(stream.flush());
  EXPECT_EQ(sink.told, "begin text/plain\n");
}

TEST(ResponseStream, HasNotBegunWhereItCouldNotBegin) {
  Pieces sink;
  sink.fails_to_begin = true;
  ResponseStream stream(sink);
  EXPECT_FALSE(stream.write("x"));
  EXPECT_FALSE(stream.has_begun());
  EXPECT_FALSE(stream.flush());
}

// What run() is given, without a Runtime API.
class Told final : public detail::Server {
 public:
  int serve(detail::Handler handler) noexcept override {
    const Context context;
    Call one{.event = "event", .context = context};
    handler.call(handler.object, one);
    told = one.body;
    return 7;
  }
  int fail(const HandlerError& error) noexcept override {
    told = error.type + ": " + error.message;
    return 8;
  }
  std::string told;
};

template <class F>
std::string init(F&& function, int expected) {
  static_assert(detail::is_init<F>);
  Told server;
  const detail::Init made = detail::make_init(function);
  EXPECT_EQ(made.call(made.object, server), expected);
  return server.told;
}

std::string (*chosen())(std::string_view) {
  return plain;
}

TEST(Init, MakesTheHandler) {
  EXPECT_EQ(init(chosen, 7), "plain event");
  EXPECT_EQ(init(&chosen, 7), "plain event");
  EXPECT_EQ(init([] { return [](std::string_view) { return "made"; }; }, 7), "made");
  EXPECT_EQ(init([] { return std::function<std::string(std::string_view)>(plain); }, 7),
            "plain event");
  EXPECT_EQ(init(
                [own = std::string("own")]() mutable {
                  return [text = std::move(own)](std::string_view) { return text; };
                },
                7),
            "own");
}

TEST(Init, MayFail) {
  using Maybe = std::expected<std::string (*)(std::string_view), HandlerError>;
  EXPECT_EQ(init([]() -> Maybe { return plain; }, 7), "plain event");
  EXPECT_EQ(init([]() -> Maybe { return std::unexpected(HandlerError{"App.Init", "no"}); }, 8),
            "App.Init: no");
  using OrText = std::expected<std::string (*)(std::string_view), std::string>;
  EXPECT_EQ(init([]() -> OrText { return std::unexpected("no"); }, 8), "Error: no");
}

TEST(Init, IsNotWhatAnswers) {
  static_assert(!detail::is_init<std::string (*)()>);
  static_assert(!detail::is_init<void (*)()>);
  static_assert(!detail::is_init<decltype(plain)>);
}

}  // namespace
}  // namespace thimble::ric
