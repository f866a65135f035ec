#pragma once
// Which durable execution an invocation belongs to
// (https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html).

#include "thimble/base/random_id.h"
#include "thimble/base/result.h"
#include "thimble/http/request.h"

#include "function.h"
#include "invocation.h"

namespace thimble::emulator {

// Takes the name and the ARN of `request` into `invocation`, whose qualifier is known. A name
// without an ARN begins an execution, which gets one. Fails, in Lambda's words, if its name has a
// form that Lambda refuses; then only the name is taken, as it is.
[[nodiscard]] Result<void> read_durable_execution(const http::Request& request,
                                                  const Function& function, RandomIds& ids,
                                                  Invocation& invocation);

}  // namespace thimble::emulator
