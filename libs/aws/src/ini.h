#pragma once
// Reads the INI files of the AWS CLI, ~/.aws/config and ~/.aws/credentials, as Python's
// configparser does for it.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <thimble/base/result.h>

namespace thimble::aws {

// Names of properties are in lower case. A value that goes on in indented lines has them all, each
// behind a line feed.
using IniSection = std::map<std::string, std::string, std::less<>>;
using Ini = std::map<std::string, IniSection, std::less<>>;

// Sections that occur twice are joined, and of two equal properties the last one counts. A value
// runs to the end of its line, comments take whole lines. An error names the line and never shows
// it: it may be a secret.
[[nodiscard]] Result<Ini> parse_ini(std::string_view text);

// A property of a value that is indented "name = value" lines itself.
[[nodiscard]] std::optional<std::string> nested_property(std::string_view value,
                                                         std::string_view name);

// The X of a section called `KIND X` or `KIND "X"`; nothing for another one.
[[nodiscard]] std::optional<std::string> named_section(std::string_view section,
                                                       std::string_view kind);

}  // namespace thimble::aws
