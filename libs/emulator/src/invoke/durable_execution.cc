#include "durable_execution.h"

#include <string>
#include <string_view>

#include "thimble/wire/invoke_api.h"

namespace thimble::emulator {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kOfNames =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
constexpr std::size_t kLongestName = 64;

// An execution belongs to a version, also if it was invoked by an alias.
std::string_view version_of(const Function& function, std::string_view qualifier) {
  const bool is_version =
      qualifier == "$LATEST" || qualifier.find_first_not_of(kDigits) == std::string_view::npos;
  return is_version && !qualifier.empty() ? qualifier : std::string_view(function.version);
}

}  // namespace

Result<void> read_durable_execution(const http::Request& request, const Function& function,
                                    RandomIds& ids, Invocation& invocation) {
  invocation.durable_arn = request.header(wire::kDurableExecutionArn).value_or("");
  invocation.durable_name = request.header(wire::kDurableExecutionName).value_or("");
  const std::string& name = invocation.durable_name;
  if (name.empty()) return {};
  if (name.size() > kLongestName || name.find_first_not_of(kOfNames) != std::string::npos) {
    return fail(ErrorCode::kInvalid,
                "X-Amz-Durable-Execution-Name must be 1 to 64 letters, digits, - and _");
  }
  if (!invocation.durable_arn.empty()) return {};
  invocation.durable_arn.append(function.arn).append(":");
  invocation.durable_arn.append(version_of(function, invocation.qualifier));
  invocation.durable_arn.append("/durable-execution/").append(name).append("/").append(ids.uuid());
  return {};
}

}  // namespace thimble::emulator
