# Compiler flags: warnings for our own targets only, sanitizers for everything.

# Every target of ours links this privately; it is never exported.
add_library(thimble_flags INTERFACE)
target_compile_options(
  thimble_flags
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
            # GCC 12 warns about its own std::string with -O3 (its bug 105651).
            $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)

# GCC warns wrongly about code that sanitizers have been put into; the other builds have the warnings.
if(THIMBLE_WERROR AND NOT THIMBLE_SANITIZE)
  target_compile_options(thimble_flags INTERFACE -Werror)
endif()

if(THIMBLE_SANITIZE)
  add_compile_options(-fsanitize=${THIMBLE_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${THIMBLE_SANITIZE})
endif()

if(THIMBLE_LIBFUZZER)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "THIMBLE_LIBFUZZER needs clang, this is ${CMAKE_CXX_COMPILER_ID}")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
