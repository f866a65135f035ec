#pragma once
// Makes one thing of all the shapes a handler may have. Not for users; run.h says what they may
// write.

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

#include <thimble/base/result.h>
#include <thimble/ric/context.h>
#include <thimble/ric/error.h>
#include <thimble/ric/json.h>
#include <thimble/ric/response.h>
#include <thimble/ric/response_stream.h>

namespace thimble::ric::detail {

// One invocation for the handler, and what came of it. Used again for the next one, so that
// `written` keeps its memory.
struct Call {
  std::string_view event;
  const Context& context;
  ResponseStream* stream = nullptr;  // for a handler that takes one

  std::string written = {};       // what an answer was made in
  std::string_view body = {};     // the answer: in `written`, in `event`, or the handler's own
  std::string content_type = {};  // empty: application/json
  std::optional<HandlerError> error = {};
};

// A handler without its type. The object outlives it.
struct Handler {
  void* object;
  void (*call)(void* object, Call& call);
  bool streams;
};

// Who runs a handler, once an init function has made it. Both return the program's exit code.
class Server {
 public:
  virtual ~Server() = default;
  virtual int serve(Handler handler) noexcept = 0;
  virtual int fail(const HandlerError& error) noexcept = 0;
};

// An init function without its type.
struct Init {
  void* object;
  int (*call)(void* object, Server& server);
};

// The parameters and the result of what can be called in one way only.
template <class T>
struct Signature : Signature<decltype(&T::operator())> {};
template <class R, class... As>
struct Signature<R (*)(As...)> {
  using Result = R;
  using Parameters = std::tuple<As...>;
};
template <class R, class... As>
struct Signature<R (*)(As...) noexcept> : Signature<R (*)(As...)> {};
template <class C, class R, class... As>
struct Signature<R (C::*)(As...)> : Signature<R (*)(As...)> {};
template <class C, class R, class... As>
struct Signature<R (C::*)(As...) const> : Signature<R (*)(As...)> {};
template <class C, class R, class... As>
struct Signature<R (C::*)(As...) noexcept> : Signature<R (*)(As...)> {};
template <class C, class R, class... As>
struct Signature<R (C::*)(As...) const noexcept> : Signature<R (*)(As...)> {};
template <class C, class R, class... As>
struct Signature<R (C::*)(As...)&> : Signature<R (*)(As...)> {};
template <class C, class R, class... As>
struct Signature<R (C::*)(As...) const&> : Signature<R (*)(As...)> {};
template <class C, class R, class... As>
struct Signature<R (C::*)(As...) & noexcept> : Signature<R (*)(As...)> {};
template <class C, class R, class... As>
struct Signature<R (C::*)(As...) const & noexcept> : Signature<R (*)(As...)> {};

template <class T>
concept IsFunction = std::is_function_v<std::remove_pointer_t<std::decay_t<T>>>;
template <class T>
concept HasSignature = IsFunction<T> || requires { &std::remove_cvref_t<T>::operator(); };

// A generic lambda, or an overloaded operator(), has no signature; it gets the bytes.
template <class H>
constexpr auto signature_of() {
  if constexpr (IsFunction<H>) {
    return Signature<std::decay_t<H>>{};
  } else if constexpr (HasSignature<H>) {
    return Signature<std::remove_cvref_t<H>>{};
  } else if constexpr (std::is_invocable_v<H&, std::string_view, const Context&, ResponseStream&>) {
    using R = std::invoke_result_t<H&, std::string_view, const Context&, ResponseStream&>;
    return Signature<R (*)(std::string_view, const Context&, ResponseStream&)>{};
  } else if constexpr (std::is_invocable_v<H&, std::string_view, const Context&>) {
    using R = std::invoke_result_t<H&, std::string_view, const Context&>;
    return Signature<R (*)(std::string_view, const Context&)>{};
  } else if constexpr (std::is_invocable_v<H&, std::string_view>) {
    return Signature<std::invoke_result_t<H&, std::string_view> (*)(std::string_view)>{};
  } else {
    return;
  }
}
template <class H>
using SignatureOf = decltype(signature_of<std::remove_reference_t<H>>());

template <class T>
struct IsExpected : std::false_type {};
template <class T, class E>
struct IsExpected<std::expected<T, E>> : std::true_type {};

template <class T>
struct ValueOf {
  using Type = T;
};
template <class T, class E>
struct ValueOf<std::expected<T, E>> {
  using Type = T;
};

template <class A>
concept IsContext =
    std::same_as<std::remove_cvref_t<A>, Context> && std::convertible_to<const Context&, A>;
template <class A>
concept IsStream = std::same_as<A, ResponseStream&>;
template <class A>
concept IsBytes = std::same_as<std::remove_cvref_t<A>, std::string_view> ||
                  std::same_as<std::remove_cvref_t<A>, std::string>;
template <class A>
concept IsEvent = IsBytes<A> || ReadableFromJson<std::remove_cvref_t<A>>;

template <class E>
concept IsHandlerError =
    std::same_as<E, HandlerError> || std::same_as<E, Error> || std::same_as<E, std::error_code> ||
    std::convertible_to<const E&, std::string_view>;

template <class R>
concept IsAnswer = std::same_as<R, void> || std::same_as<R, Response> ||
                   std::convertible_to<R, std::string_view> || WritableAsJson<R>;

template <class H>
constexpr bool is_handler = !std::is_void_v<SignatureOf<H>>;

// Whether it is called without arguments and gives a handler.
template <class H>
constexpr bool is_init = [] {
  if constexpr (std::is_invocable_v<H&>) {
    using R = typename ValueOf<std::invoke_result_t<H&>>::Type;
    if constexpr (!std::is_void_v<R> && !IsAnswer<R>) return is_handler<R>;
  }
  return false;
}();

// What the last parameters are: nothing, a Context, a ResponseStream or both in this order.
template <class... As>
constexpr bool are_extras = false;
template <>
inline constexpr bool are_extras<> = true;
template <class A>
constexpr bool are_extras<A> = IsContext<A> || IsStream<A>;
template <class A, class B>
constexpr bool are_extras<A, B> = IsContext<A> && IsStream<B>;

template <class T>
struct Shape {
  static constexpr bool takes_event = false;
  static constexpr bool takes_extras = false;
  static constexpr bool streams = false;
};
template <class A, class... As>
struct Shape<std::tuple<A, As...>> {
  static constexpr bool takes_event = IsEvent<A>;
  static constexpr bool takes_extras = are_extras<As...>;
  static constexpr bool streams = (IsStream<As> || ...);
};

template <class E>
HandlerError to_handler_error(E&& error) {
  using T = std::remove_cvref_t<E>;
  if constexpr (std::same_as<T, HandlerError>) {
    return std::forward<E>(error);
  } else if constexpr (std::same_as<T, Error>) {
    return {.message = std::forward<E>(error).message};
  } else if constexpr (std::same_as<T, std::error_code>) {
    return {.type = error.category().name(), .message = error.message()};
  } else {
    return {.message = std::string(std::string_view(error))};
  }
}

// `kEventLives`: the handler was given a view of the event's own bytes, and no copy that ends with
// the call.
template <bool kEventLives, class R>
void take_answer(R&& answer, Call& call) {
  using T = std::remove_cvref_t<R>;
  if constexpr (std::same_as<T, Response>) {
    call.written = std::forward<R>(answer).body;
    call.content_type = std::forward<R>(answer).content_type;
    call.body = call.written;
  } else if constexpr (std::same_as<T, std::string>) {
    call.written = std::forward<R>(answer);
    call.body = call.written;
  } else if constexpr (kEventLives && (std::same_as<T, std::string_view> || std::is_pointer_v<T>)) {
    call.body = std::string_view(answer);
  } else if constexpr (std::convertible_to<R, std::string_view>) {
    call.written = std::string_view(std::forward<R>(answer));
    call.body = call.written;
  } else {
    call.written.clear();
    Json<T>::write(answer, call.written);
    call.body = call.written;
  }
}

template <class A>
decltype(auto) extra(Call& call) {
  if constexpr (IsStream<A>) {
    return (*call.stream);
  } else {
    return (call.context);
  }
}

template <class A, class... As, class F>
void call_with(F& function, std::tuple<A, As...>*, Call& call) {
  constexpr bool kEventLives = std::same_as<std::remove_cvref_t<A>, std::string_view>;
  const auto invoke = [&](auto&& event) {
    using R = std::invoke_result_t<F&, decltype(event), decltype(extra<As>(call))...>;
    using V = typename ValueOf<R>::Type;
    if constexpr (std::is_void_v<R>) {
      std::invoke(function, std::forward<decltype(event)>(event), extra<As>(call)...);
      call.body = "null";
    } else if constexpr (IsExpected<R>::value) {
      R result = std::invoke(function, std::forward<decltype(event)>(event), extra<As>(call)...);
      if (!result) {
        call.error = to_handler_error(std::move(result).error());
      } else if constexpr (std::is_void_v<V>) {
        call.body = "null";
      } else {
        take_answer<kEventLives>(*std::move(result), call);
      }
    } else {
      take_answer<kEventLives>(
          std::invoke(function, std::forward<decltype(event)>(event), extra<As>(call)...), call);
    }
  };
  using Event = std::remove_cvref_t<A>;
  if constexpr (IsBytes<A>) {
    if constexpr (std::is_lvalue_reference_v<A>) {
      Event event(call.event);
      invoke(event);
    } else {
      invoke(Event(call.event));
    }
  } else {
    Result<Event> event = Json<Event>::read(call.event);
    if (!event) {
      call.error =
          HandlerError{"Runtime.UnmarshalError", "cannot read the event: " + event.error().message};
    } else if constexpr (std::is_lvalue_reference_v<A>) {
      invoke(*event);
    } else {
      invoke(*std::move(event));
    }
  }
}

// `handler` is called later and must outlive the answer.
template <class H>
Handler make_handler(H& handler) {
  static_assert(is_handler<H>,
                "thimble::ric::run: a handler is a function, or an object with one operator(), of "
                "(event), (event, const Context&) or (event, const Context&, ResponseStream&)");
  if constexpr (is_handler<H>) {
    using S = SignatureOf<H>;
    using P = Shape<typename S::Parameters>;
    using V = typename ValueOf<typename S::Result>::Type;
    static_assert(P::takes_event,
                  "thimble::ric::run: a handler's first parameter is the event: std::string_view, "
                  "std::string, or a type with `static Result<T> from_json(std::string_view)`");
    static_assert(P::takes_extras,
                  "thimble::ric::run: after its event a handler takes nothing, a const Context&, a "
                  "ResponseStream&, or both in this order");
    static_assert(!P::streams || std::is_void_v<V>,
                  "thimble::ric::run: a handler that takes a ResponseStream& returns void, or an "
                  "std::expected<void, E>");
    static_assert(IsAnswer<V>,
                  "thimble::ric::run: a handler returns std::string, std::string_view, Response, "
                  "void, a type with `void to_json(std::string&) const`, or an std::expected of "
                  "one of these");
    if constexpr (IsExpected<typename S::Result>::value) {
      static_assert(IsHandlerError<typename S::Result::error_type>,
                    "thimble::ric::run: a handler's error is a HandlerError, a thimble::Error, an "
                    "std::error_code or a string");
    }
    if constexpr (P::takes_event && P::takes_extras && IsAnswer<V>) {
      if constexpr (IsFunction<H>) {
        return {.object = reinterpret_cast<void*>(+handler),
                .call =
                    [](void* object, Call& call) {
                      auto* function = reinterpret_cast<std::decay_t<H>>(object);
                      call_with(function, static_cast<typename S::Parameters*>(nullptr), call);
                    },
                .streams = P::streams};
      } else {
        return {.object = const_cast<void*>(static_cast<const void*>(std::addressof(handler))),
                .call =
                    [](void* object, Call& call) {
                      call_with(*static_cast<H*>(object),
                                static_cast<typename S::Parameters*>(nullptr), call);
                    },
                .streams = P::streams};
      }
    }
  }
  return {};
}

// Serves with what an init function has made.
template <class F>
int serve_made(F& init, Server& server) {
  auto made = std::invoke(init);
  if constexpr (IsExpected<decltype(made)>::value) {
    static_assert(IsHandlerError<typename decltype(made)::error_type>,
                  "thimble::ric::run: an init function's error is a HandlerError, a "
                  "thimble::Error, an std::error_code or a string");
    if (!made) return server.fail(to_handler_error(std::move(made).error()));
    return server.serve(make_handler(*made));
  } else {
    return server.serve(make_handler(made));
  }
}

template <class H>
Init make_init(H& init) {
  if constexpr (IsFunction<H>) {
    return {.object = reinterpret_cast<void*>(+init), .call = [](void* object, Server& server) {
              auto* function = reinterpret_cast<std::decay_t<H>>(object);
              return serve_made(function, server);
            }};
  } else {
    return {.object = const_cast<void*>(static_cast<const void*>(std::addressof(init))),
            .call = [](void* object, Server& server) {
              return serve_made(*static_cast<H*>(object), server);
            }};
  }
}

}  // namespace thimble::ric::detail
