#pragma once
// Names and limits of Lambda's Invoke API, version 2015-03-31
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).

#include <cstddef>
#include <string_view>

namespace thimble::wire {

inline constexpr std::string_view kInvokePrefix = "/2015-03-31/functions/";
inline constexpr std::string_view kInvokeSuffix = "/invocations";
// InvokeWithResponseStream, version 2021-11-15.
inline constexpr std::string_view kStreamInvokePrefix = "/2021-11-15/functions/";
inline constexpr std::string_view kStreamInvokeSuffix = "/response-streaming-invocations";

// Request headers.
inline constexpr std::string_view kInvocationType = "X-Amz-Invocation-Type";
inline constexpr std::string_view kLogType = "X-Amz-Log-Type";
inline constexpr std::string_view kClientContext = "X-Amz-Client-Context";
inline constexpr std::string_view kTenantId = "X-Amz-Tenant-Id";
inline constexpr std::string_view kTraceId = "X-Amzn-Trace-Id";
// Of a durable execution. The runtime is told under the same names; the ARN is a response header
// too.
inline constexpr std::string_view kDurableExecutionName = "X-Amz-Durable-Execution-Name";
inline constexpr std::string_view kDurableExecutionArn = "X-Amz-Durable-Execution-Arn";

// Response headers.
inline constexpr std::string_view kRequestId = "X-Amzn-RequestId";
inline constexpr std::string_view kExecutedVersion = "X-Amz-Executed-Version";
inline constexpr std::string_view kFunctionError = "X-Amz-Function-Error";
inline constexpr std::string_view kLogResult = "X-Amz-Log-Result";
inline constexpr std::string_view kErrorType = "X-Amzn-ErrorType";
// The type of what an event stream carries.
inline constexpr std::string_view kRemappedContentType = "X-Amzn-Remapped-Content-Type";

// Values of X-Amz-Invocation-Type.
inline constexpr std::string_view kRequestResponse = "RequestResponse";
inline constexpr std::string_view kEvent = "Event";
inline constexpr std::string_view kDryRun = "DryRun";

// Values of X-Amz-Log-Type.
inline constexpr std::string_view kTail = "Tail";
inline constexpr std::string_view kNoLog = "None";

// Bytes of a synchronous request, and of a buffered response: 6 MiB, and 100 bytes more for the
// response. An event may have 1 MiB.
inline constexpr std::size_t kMaxRequestBytes = 6 * 1024 * 1024;
inline constexpr std::size_t kMaxResponseBytes = 6 * 1024 * 1024 + 100;
inline constexpr std::size_t kMaxEventBytes = 1024 * 1024;

// Bytes of a streamed response, of its beginning that goes as fast as it can, and of every second
// after that.
inline constexpr std::size_t kMaxStreamedBytes = 200 * 1024 * 1024;
inline constexpr std::size_t kUnhurriedAfterBytes = 6 * 1024 * 1024;
inline constexpr std::size_t kStreamedBytesPerSecond = 2 * 1024 * 1024;

}  // namespace thimble::wire
