#pragma once
// A value that remembers who said it.

#include <cstdint>
#include <string>
#include <string_view>

namespace thimble::project {

// Who may say a value, from the weakest to the strongest.
enum class Source : std::uint8_t {
  kDefault,
  kImageConfig,  // The configuration of the base image.
  kFile,         // thimble.toml
  kEnvironment,  // [env.NAME] in it
  kVariable,     // THIMBLE_SECTION_KEY
  kFlag,
};

// Who said a value, and where: "thimble.toml:12", "THIMBLE_IMAGE_BASE", "--base"; empty for a
// default. Errors begin with it.
struct Origin {
  Source source = Source::kDefault;
  std::string where = {};

  // "default", or `where`.
  [[nodiscard]] std::string str() const { return where.empty() ? "default" : where; }

  friend bool operator==(const Origin&, const Origin&) = default;
};

template <class T>
struct Setting {
  T value = {};
  Origin origin = {};

  [[nodiscard]] bool is_set() const { return origin.source != Source::kDefault; }
  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }

  friend bool operator==(const Setting&, const Setting&) = default;
};

}  // namespace thimble::project
