#include "current_error.h"

#include <cxxabi.h>

#include <exception>
#include <expected>
#include <typeinfo>

#include <thimble/base/result.h>
#include <thimble/base/type_name.h>

namespace thimble::ric {

// Works without RTTI in the handler: what is thrown carries its type's name all the same.
HandlerError current_error() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  const auto named = [type](std::string message) {
    return HandlerError{type == nullptr ? "Error" : type_name(type->name()), std::move(message)};
  };
  try {
    throw;
  } catch (const HandlerError& error) {
    return error;  // a copy: the object may be thrown again
  } catch (const std::bad_expected_access<HandlerError>& error) {
    return error.error();
  } catch (const std::bad_expected_access<Error>& error) {
    return {.message = error.error().message};
  } catch (const std::exception& error) {
    return named(error.what() == nullptr ? "" : error.what());
  } catch (const Error& error) {
    return {.message = error.message};
  } catch (const std::string& text) {
    return {.message = text};
  } catch (std::string_view text) {
    return {.message = std::string(text)};
  } catch (const char* text) {
    return {.message = text == nullptr ? "" : text};
  } catch (...) {
    return named("an exception that is no std::exception");
  }
}

}  // namespace thimble::ric
