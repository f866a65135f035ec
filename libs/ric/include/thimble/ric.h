#pragma once
// Everything a handler needs:
//
//   #include <thimble/ric.h>
//
//   std::string handle(std::string_view event, const thimble::ric::Context& context) {
//     return std::string(event);
//   }
//
//   int main() { return thimble::ric::run(handle); }

#include <thimble/ric/context.h>
#include <thimble/ric/error.h>
#include <thimble/ric/log.h>
#include <thimble/ric/response.h>
#include <thimble/ric/response_stream.h>
#include <thimble/ric/run.h>
