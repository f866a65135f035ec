#pragma once
// .dockerignore: what of a folder is not to be in an image.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <thimble/base/result.h>

namespace thimble::project {

// The patterns of one file, as Docker reads them: one a line; '#' begins a comment, '!' an
// exception; of all that match a path or a folder above it the last counts. '*', '?' and [a-z] stay
// within one name, "**" goes through any number of folders, a backslash takes the next character as
// it is. Everything is relative to the folder, whether it begins with a slash or not.
class IgnoreRules final {
 public:
  // Ignores nothing.
  IgnoreRules() = default;

  // Fails for a pattern that Docker refuses; errors begin with `name`:LINE.
  [[nodiscard]] static Result<IgnoreRules> parse(std::string_view text,
                                                 const std::string& name = ".dockerignore");

  // `folder`/.dockerignore, or nothing if there is none.
  [[nodiscard]] static Result<IgnoreRules> load(const std::filesystem::path& folder);

  // Whether the file or folder at `path` is left out. Relative, no slash at either end.
  [[nodiscard]] bool ignores(std::string_view path) const;

  // Whether something below an ignored folder may be wanted all the same.
  [[nodiscard]] bool has_exceptions() const { return has_exceptions_; }

 private:
  // One element of a pattern.
  struct Part {
    enum class Kind : std::uint8_t {
      kChar,
      kClass,       // [...]
      kAnyChar,     // ?
      kAnyName,     // *: any number of characters but no slash.
      kAnyFolders,  // "**" before something: nothing, or anything that ends in a slash.
      kAnything,    // "**" at the end.
    };
    Kind kind = Kind::kChar;
    char32_t c = 0;
    bool is_negated = false;
    std::vector<std::pair<char32_t, char32_t>> ranges = {};

    [[nodiscard]] bool takes(char32_t other) const;
  };
  struct Pattern {
    std::vector<Part> parts;
    bool is_exception = false;

    // Whether it matches the path or a folder above it.
    [[nodiscard]] bool matches(const std::u32string& path) const;
  };
  [[nodiscard]] static std::optional<std::vector<Part>> parts_of(const std::u32string& pattern);

  std::vector<Pattern> patterns_;
  bool has_exceptions_ = false;
};

}  // namespace thimble::project
