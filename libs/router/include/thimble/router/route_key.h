#pragma once
// Which requests a route is for.

#include <cstddef>
#include <optional>
#include <string_view>

namespace thimble::router {

namespace detail {
// Nowhere defined: a compiler that meets it in a RouteKey stops, and shows the message.
void wrong_route(const char* message);
}  // namespace detail

// The part of `path` up to the next slash, which is taken away with it. A path begins with a slash.
constexpr std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::size_t end = path.find('/') == std::string_view::npos ? path.size() : path.find('/');
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

// "GET /hello/{name}", as API Gateway writes it: a method, or ANY, and a path. `{name}` stands for
// one segment that is not empty, `{name+}` at the end for all the rest, at least one. Made of a
// literal only; one that is wrong does not compile.
class RouteKey final {
 public:
  template <std::size_t kSize>
  consteval RouteKey(const char (&literal)[kSize])
      : RouteKey(std::string_view(literal, kSize - 1)) {}

  [[nodiscard]] constexpr std::string_view method() const { return method_; }
  // Without a slash at the end; empty for "/".
  [[nodiscard]] constexpr std::string_view path() const { return path_; }

 private:
  explicit consteval RouteKey(std::string_view key) {
    const std::size_t space = key.find(' ');
    if (space == std::string_view::npos)
      detail::wrong_route("a route is METHOD, one space and a path");
    method_ = key.substr(0, space);
    path_ = key.substr(space + 1);
    check_method();
    check_path();
  }

  consteval void check_method() const {
    if (method_.empty()) detail::wrong_route("a route begins with its method, or ANY");
    for (const char c : method_) {
      if (c < 'A' || c > 'Z') detail::wrong_route("a method has capital letters only");
    }
  }

  consteval void check_path() {
    if (!path_.starts_with('/')) detail::wrong_route("a route's path begins with a slash");
    if (path_.ends_with('/')) path_.remove_suffix(1);
    for (std::string_view rest = path_; !rest.empty();) {
      const std::string_view segment = take_segment(rest);
      if (segment.empty()) detail::wrong_route("a route's path has no empty segments");
      if (segment.find_first_of("?# ") != std::string_view::npos)
        detail::wrong_route("that is no path");
      check_segment(segment, rest.empty());
    }
  }

  static consteval void check_segment(std::string_view segment, bool last) {
    const std::size_t brace = segment.find_first_of("{}");
    if (brace == std::string_view::npos) return;
    if (brace != 0 || segment.find_first_of("{}", 1) != segment.size() - 1 ||
        segment.back() != '}') {
      detail::wrong_route("a parameter is a whole segment: {name} or {name+}");
    }
    const bool rest = segment.ends_with("+}");
    if (segment.size() == (rest ? 3U : 2U)) detail::wrong_route("a parameter has a name");
    if (rest && !last) detail::wrong_route("{name+} is the last segment");
  }

  std::string_view method_;
  std::string_view path_;
};

}  // namespace thimble::router
