#pragma once
// Lambda function URLs, whose events are those of HTTP APIs, payload format 2.0.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html

#include <thimble/events/api_gateway_v2.h>

namespace thimble::events {

// Its route is "$default", and so is its stage.
using FunctionUrlRequest = ApiGatewayV2Request;
using FunctionUrlResponse = ApiGatewayV2Response;

}  // namespace thimble::events
