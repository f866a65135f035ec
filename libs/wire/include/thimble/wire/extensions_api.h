#pragma once
// Names of Lambda's Extensions API, version 2020-01-01
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).

#include <cstddef>
#include <string_view>

namespace thimble::wire {

inline constexpr std::string_view kExtensionPrefix = "/2020-01-01/extension/";
inline constexpr std::string_view kExtensionRegister = "/2020-01-01/extension/register";
inline constexpr std::string_view kExtensionNext = "/2020-01-01/extension/event/next";
inline constexpr std::string_view kExtensionInitError = "/2020-01-01/extension/init/error";
inline constexpr std::string_view kExtensionExitError = "/2020-01-01/extension/exit/error";

// Headers.
inline constexpr std::string_view kExtensionName = "Lambda-Extension-Name";
inline constexpr std::string_view kExtensionIdentifier = "Lambda-Extension-Identifier";
inline constexpr std::string_view kExtensionAcceptFeature = "Lambda-Extension-Accept-Feature";
inline constexpr std::string_view kExtensionEventIdentifier = "Lambda-Extension-Event-Identifier";
inline constexpr std::string_view kExtensionErrorType = "Lambda-Extension-Function-Error-Type";

// Where external extensions are, and how many extensions of both kinds there may be.
inline constexpr std::string_view kExtensionsFolder = "/opt/extensions";
inline constexpr std::size_t kMaxExtensions = 10;

// Error types, to the extension.
inline constexpr std::string_view kInvalidExtensionName = "Extension.InvalidExtensionName";
inline constexpr std::string_view kInvalidRequestFormat = "InvalidRequestFormat";
inline constexpr std::string_view kInvalidEventType = "Extension.InvalidEventType";
inline constexpr std::string_view kInvalidExtensionState = "Extension.InvalidExtensionState";
inline constexpr std::string_view kTooManyExtensions = "Extension.TooManyExtensions";
inline constexpr std::string_view kRegistrationClosed = "Extension.RegistrationClosed";
inline constexpr std::string_view kMissingExtensionIdentifier =
    "Extension.MissingExtensionIdentifier";
inline constexpr std::string_view kInvalidExtensionIdentifier =
    "Extension.InvalidExtensionIdentifier";
inline constexpr std::string_view kUnknownExtensionIdentifier =
    "Extension.UnknownExtensionIdentifier";
inline constexpr std::string_view kMissingHeader = "Extension.MissingHeader";

// Error types, to the caller.
inline constexpr std::string_view kExtensionExitErrorType = "Extension.ExitError";
inline constexpr std::string_view kExtensionInitErrorType = "Extension.InitError";
inline constexpr std::string_view kExtensionLaunchErrorType = "Extension.LaunchError";

}  // namespace thimble::wire
