#pragma once
// How a handler's own types are read from an event and written as an answer.

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include <thimble/base/result.h>

namespace thimble::ric {

// Reads and writes T. A type of your own has the two members, as those of thimble::events have, or
// either of them:
//
//   struct Order {
//     static thimble::Result<Order> from_json(std::string_view text);
//     void to_json(std::string& out) const;  // appends
//   };
//
// For a type that is not yours, specialise Json:
//
//   template <> struct thimble::ric::Json<nlohmann::json> {
//     static thimble::Result<nlohmann::json> read(std::string_view text) { … }
//     static void write(const nlohmann::json& value, std::string& out) { out += value.dump(); }
//   };
template <class T>
struct Json {
  [[nodiscard]] static Result<T> read(std::string_view text)
    requires requires {
      { T::from_json(text) } -> std::convertible_to<Result<T>>;
    }
  {
    return T::from_json(text);
  }

  static void write(const T& value, std::string& out)
    requires requires { value.to_json(out); }
  {
    value.to_json(out);
  }
};

template <class T>
concept ReadableFromJson = requires(std::string_view text) {
  { Json<T>::read(text) } -> std::convertible_to<Result<T>>;
};

template <class T>
concept WritableAsJson = requires(const T& value, std::string& out) { Json<T>::write(value, out); };

}  // namespace thimble::ric
