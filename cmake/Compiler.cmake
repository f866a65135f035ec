# Refuses a compiler that is too old, instead of a page of errors in <expected>. Installed, too: what
# holds for building the libraries holds for using them.

set(thimble_compilers "GCC 12 or newer, clang 19 or newer, or clang 16 or newer with libc++")
if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
   OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16))
  message(FATAL_ERROR "Thimble needs ${thimble_compilers}; '${CMAKE_CXX_COMPILER}' is "
                      "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
endif()

# The version alone does not say it: clang 16 to 18 cannot read the <expected> of GCC's library.
if(NOT THIMBLE_HAS_EXPECTED)
  block()
    set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
    try_compile(
      THIMBLE_HAS_EXPECTED "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/thimble"
      SOURCES "${CMAKE_CURRENT_LIST_DIR}/expected.cc"
      CXX_STANDARD 23
      CXX_STANDARD_REQUIRED ON
      CXX_EXTENSIONS OFF)
  endblock()
  if(NOT THIMBLE_HAS_EXPECTED)
    message(FATAL_ERROR "Thimble needs ${thimble_compilers}: "
                        "'${CMAKE_CXX_COMPILER} ${CMAKE_CXX_FLAGS}' has no std::expected")
  endif()
endif()
unset(thimble_compilers)
