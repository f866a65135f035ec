#pragma once
// Names of Lambda's Runtime API, version 2018-06-01
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

#include <string_view>

namespace thimble::wire {

inline constexpr std::string_view kPing = "/2018-06-01/ping";
inline constexpr std::string_view kInvocationPrefix = "/2018-06-01/runtime/invocation/";
inline constexpr std::string_view kNext = "/2018-06-01/runtime/invocation/next";
inline constexpr std::string_view kInitError = "/2018-06-01/runtime/init/error";
// SnapStart only.
inline constexpr std::string_view kRestoreNext = "/2018-06-01/runtime/restore/next";
inline constexpr std::string_view kRestoreError = "/2018-06-01/runtime/restore/error";
inline constexpr std::string_view kCredentials = "/2021-04-23/credentials";
inline constexpr std::string_view kResponseSuffix = "/response";
inline constexpr std::string_view kErrorSuffix = "/error";

// Headers of an answer to /next.
inline constexpr std::string_view kRuntimeRequestId = "Lambda-Runtime-Aws-Request-Id";
inline constexpr std::string_view kRuntimeDeadlineMs = "Lambda-Runtime-Deadline-Ms";
inline constexpr std::string_view kRuntimeFunctionArn = "Lambda-Runtime-Invoked-Function-Arn";
inline constexpr std::string_view kRuntimeTraceId = "Lambda-Runtime-Trace-Id";
inline constexpr std::string_view kRuntimeClientContext = "Lambda-Runtime-Client-Context";
inline constexpr std::string_view kRuntimeCognitoIdentity = "Lambda-Runtime-Cognito-Identity";
inline constexpr std::string_view kRuntimeTenantId = "Lambda-Runtime-Aws-Tenant-Id";
// Also echoed on /response and /error: says which delivery of the invocation is answered.
inline constexpr std::string_view kRuntimeInvocationId = "Lambda-Runtime-Invocation-Id";

// Headers of a post.
inline constexpr std::string_view kResponseMode = "Lambda-Runtime-Function-Response-Mode";
inline constexpr std::string_view kStreamingMode = "streaming";
inline constexpr std::string_view kFunctionErrorType = "Lambda-Runtime-Function-Error-Type";
// A trailer of a streamed response that went wrong: base64 of the error object. kFunctionErrorType
// is one too.
inline constexpr std::string_view kFunctionErrorBody = "Lambda-Runtime-Function-Error-Body";
inline constexpr std::string_view kXRayErrorCause = "Lambda-Runtime-Function-XRay-Error-Cause";
inline constexpr std::string_view kErrorWithCauseType =
    "application/vnd.aws.lambda.error.cause+json";

}  // namespace thimble::wire
