#pragma once
// The error types Lambda's platform itself reports, as they stand in errorType and
// X-Amzn-ErrorType.

#include <string_view>

namespace thimble::wire {

// Of the runtime and the sandbox.
inline constexpr std::string_view kExitError = "Runtime.ExitError";
inline constexpr std::string_view kOutOfMemory = "Runtime.OutOfMemory";
inline constexpr std::string_view kInvalidEntrypoint = "Runtime.InvalidEntrypoint";
inline constexpr std::string_view kInvalidWorkingDir = "Runtime.InvalidWorkingDir";
inline constexpr std::string_view kInvalidResponseMode = "Runtime.InvalidResponseModeHeader";
inline constexpr std::string_view kTruncatedResponse = "Runtime.TruncatedResponse";
inline constexpr std::string_view kUnknownRuntimeError = "Runtime.Unknown";
inline constexpr std::string_view kUnknownFunctionError = "Function.Unknown";
inline constexpr std::string_view kResponseSizeTooLarge = "Function.ResponseSizeTooLarge";
inline constexpr std::string_view kTimedOut = "Sandbox.Timedout";

// Of the Runtime API, to the runtime.
inline constexpr std::string_view kInvalidStateTransition = "InvalidStateTransition";
inline constexpr std::string_view kInvalidRequestId = "InvalidRequestID";
inline constexpr std::string_view kInvalidFunctionResponseMode = "InvalidFunctionResponseMode";
inline constexpr std::string_view kRequestEntityTooLarge = "RequestEntityTooLarge";
inline constexpr std::string_view kInvokeTimeout = "ErrorRuntimeInvokeTimeout";

// Of the Invoke API, to the caller.
inline constexpr std::string_view kRequestTooLarge = "RequestTooLargeException";
inline constexpr std::string_view kTooManyRequests = "TooManyRequestsException";
inline constexpr std::string_view kInvalidRequestContent = "InvalidRequestContentException";
inline constexpr std::string_view kUnsupportedMediaType = "UnsupportedMediaTypeException";
inline constexpr std::string_view kInvalidParameterValue = "InvalidParameterValueException";
inline constexpr std::string_view kResourceNotFound = "ResourceNotFoundException";
inline constexpr std::string_view kServiceError = "ServiceException";

}  // namespace thimble::wire
