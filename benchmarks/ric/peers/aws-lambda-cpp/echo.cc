// The same work on aws-lambda-cpp: the payload of the event back, without decoding it.
#include <aws/lambda-runtime/runtime.h>

using aws::lambda_runtime::invocation_request;
using aws::lambda_runtime::invocation_response;

int main() {
  aws::lambda_runtime::run_handler([](const invocation_request& request) {
    return invocation_response::success(request.payload, "application/json");
  });
  return 0;
}
