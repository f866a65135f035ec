#pragma once
// From a node to the type of a setting, and from there to text again.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <thimble/base/result.h>
#include <thimble/project/config.h>

#include "node.h"

namespace thimble::project::detail {

// Each sets `to`, or says what was expected: "expected true or false, not a string". Text that is a
// list has commas between its elements.
[[nodiscard]] Result<void> convert(const Node& node, std::string& to);
[[nodiscard]] Result<void> convert(const Node& node, bool& to);
[[nodiscard]] Result<void> convert(const Node& node, std::uint16_t& to);
[[nodiscard]] Result<void> convert(const Node& node, unsigned& to);
[[nodiscard]] Result<void> convert(const Node& node, Megabytes& to);
[[nodiscard]] Result<void> convert(const Node& node, std::chrono::seconds& to);
[[nodiscard]] Result<void> convert(const Node& node, std::filesystem::path& to);
[[nodiscard]] Result<void> convert(const Node& node, CommandLine& to);
[[nodiscard]] Result<void> convert(const Node& node, Language& to);
[[nodiscard]] Result<void> convert(const Node& node, Arch& to);
[[nodiscard]] Result<void> convert(const Node& node, Slim& to);
[[nodiscard]] Result<void> convert(const Node& node, Url& to);
[[nodiscard]] Result<void> convert(const Node& node, std::vector<std::string>& to);
[[nodiscard]] Result<void> convert(const Node& node, std::vector<Addition>& to);
[[nodiscard]] Result<void> convert(const Node& node, std::vector<image::Platform>& to);

// As TOML has it.
[[nodiscard]] std::string describe_value(const std::string& value);
[[nodiscard]] std::string describe_value(bool value);
[[nodiscard]] std::string describe_value(std::uint16_t value);
[[nodiscard]] std::string describe_value(unsigned value);
[[nodiscard]] std::string describe_value(const Megabytes& value);
[[nodiscard]] std::string describe_value(std::chrono::seconds value);
[[nodiscard]] std::string describe_value(const std::filesystem::path& value);
[[nodiscard]] std::string describe_value(const CommandLine& value);
[[nodiscard]] std::string describe_value(Language value);
[[nodiscard]] std::string describe_value(Arch value);
[[nodiscard]] std::string describe_value(Slim value);
[[nodiscard]] std::string describe_value(Url value);
[[nodiscard]] std::string describe_value(const std::vector<std::string>& value);
[[nodiscard]] std::string describe_value(const std::vector<Addition>& value);
[[nodiscard]] std::string describe_value(const std::vector<image::Platform>& value);

}  // namespace thimble::project::detail
