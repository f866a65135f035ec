// A handler for HTTP APIs, with typed events.
#include <string>

#include <thimble/events/api_gateway_v2.h>
#include <thimble/ric.h>

namespace {

using thimble::events::ApiGatewayV2Request;
using thimble::events::ApiGatewayV2Response;

ApiGatewayV2Response handle(const ApiGatewayV2Request& request) {
  ApiGatewayV2Response response{.headers = {{"content-type", "text/plain"}}};
  response.body =
      "Hello, " + std::string(request.query_string_parameters.get("name", "whoever")) + "!";
  return response;
}

}  // namespace

int main() {
  return thimble::ric::run(handle);
}
