# How a library or a program of ours is declared, and who may use whom.

# The allow-list. A name that is missing here cannot be declared; a use that is missing is refused.
# ARCHITECTURE.md says why; change both together.
set(thimble_may_use_base "")
set(thimble_may_use_small base)
set(thimble_may_use_wire base)
set(thimble_may_use_http base)
set(thimble_may_use_json base)
set(thimble_may_use_hash base)
set(thimble_may_use_fetch base)
set(thimble_may_use_aws fetch hash json base)
set(thimble_may_use_events json base)
set(thimble_may_use_ric json wire base)
set(thimble_may_use_router ric events base)
set(thimble_may_use_gateway json wire base)
set(thimble_may_use_emulator gateway http json wire base)
set(thimble_may_use_image hash json base)
set(thimble_may_use_registry image aws fetch hash json base)
set(thimble_may_use_closure image json base)
set(thimble_may_use_project closure image json base)
set(thimble_may_use_deploy registry image aws fetch json base)
set(thimble_may_use_apps/aws-lambda-rie emulator base)
set(thimble_may_use_apps/thimble
    project closure registry image deploy gateway events aws fetch hash json wire base)

# Stops the configuration unless the allow-list lets `user` use every library in `USES`.
function(thimble_check_uses user)
  if(NOT DEFINED "thimble_may_use_${user}")
    message(FATAL_ERROR "'${user}' is not in the allow-list of cmake/Module.cmake")
  endif()
  foreach(used IN LISTS ARGN)
    if(NOT used IN_LIST "thimble_may_use_${user}")
      list(JOIN "thimble_may_use_${user}" ", " allowed)
      if(NOT allowed)
        set(allowed "nothing")
      endif()
      message(FATAL_ERROR "'${user}' may not use '${used}', only: ${allowed} "
                          "(see the allow-list in cmake/Module.cmake)")
    endif()
  endforeach()
endfunction()

# Gives a target what all of ours have in common.
function(thimble_target target)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_features(${target} PRIVATE cxx_std_23)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:thimble_flags>)
endfunction()

# With THIMBLE_PRECOMPILE: what nearly every source includes, and the headers given here, are read
# once for the whole target. An include that a source forgets is then noticed by other builds, as
# the static one. A compiler's cache does better without.
function(thimble_precompile target)
  if(THIMBLE_PRECOMPILE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    target_precompile_headers(
      ${target}
      PRIVATE
      <algorithm>
      <chrono>
      <functional>
      <map>
      <memory>
      <optional>
      <string>
      <string_view>
      <variant>
      <vector>
      ${ARGN})
  endif()
endfunction()

# What ThreadSanitizer has to see.
if(THIMBLE_TESTS)
  add_custom_target(thimble_threads)
endif()

# A library `thimble::NAME`, in libs/NAME.
#   HEADERS  public headers, in include/thimble/NAME/
#   SOURCES  and private headers, in src/
#   TESTS    in src/; linked into one GoogleTest program, thimble_NAME_test
#   USES     our own libraries, checked against the allow-list
#   LINKS    third-party targets; private, their headers never leak
#   THREADS  it starts threads, or locks against those of others: ThreadSanitizer must see its tests
function(thimble_module)
  cmake_parse_arguments(arg "THREADS" "NAME" "HEADERS;SOURCES;TESTS;USES;LINKS" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "thimble_module: what is '${arg_UNPARSED_ARGUMENTS}'?")
  endif()
  thimble_check_uses("${arg_NAME}" ${arg_USES})

  set(target thimble_${arg_NAME})
  list(TRANSFORM arg_HEADERS PREPEND "include/thimble/${arg_NAME}/")
  list(TRANSFORM arg_SOURCES PREPEND "src/")
  list(TRANSFORM arg_TESTS PREPEND "src/")
  list(TRANSFORM arg_USES PREPEND "thimble::" OUTPUT_VARIABLE uses)

  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    thimble_target(${target})
    target_include_directories(${target} PRIVATE src)
    thimble_precompile(${target})
    foreach(link IN LISTS arg_LINKS)
      target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${link}>)
    endforeach()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(thimble::${arg_NAME} ALIAS ${target})
  target_compile_features(${target} ${scope} cxx_std_23)
  target_link_libraries(${target} ${scope} ${uses})
  target_sources(
    ${target} ${scope} FILE_SET HEADERS
    BASE_DIRS include
    FILES ${arg_HEADERS})

  if(THIMBLE_TESTS AND arg_TESTS)
    add_executable(${target}_test ${arg_TESTS})
    thimble_target(${target}_test)
    target_include_directories(${target}_test PRIVATE src)
    thimble_precompile(${target}_test <gtest/gtest.h>)
    target_link_libraries(${target}_test PRIVATE thimble::${arg_NAME} ${arg_LINKS} GTest::gtest_main)
    if(THIMBLE_SANITIZE)
      # As a whole: one process for each of hundreds of tests is mostly the sanitizer's start.
      add_test(NAME ${arg_NAME} COMMAND ${target}_test --gtest_brief=1)
      set_tests_properties(${arg_NAME} PROPERTIES TIMEOUT 600)
      if(arg_THREADS)
        set_tests_properties(${arg_NAME} PROPERTIES LABELS threads)
        add_dependencies(thimble_threads ${target}_test)
      endif()
    else()
      gtest_discover_tests(
        ${target}_test
        TEST_PREFIX ${arg_NAME}.
        DISCOVERY_MODE PRE_TEST
        PROPERTIES TIMEOUT 60)
    endif()
  endif()
endfunction()

# A program NAME, in apps/NAME, built into bin/ of the build folder.
#   SOURCES      in the same folder
#   USES         our own libraries, checked against the allow-list
#   LINKS        third-party targets
#   ALSO_CALLED  other names of the same file
function(thimble_app)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;USES;LINKS;ALSO_CALLED" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "thimble_app: what is '${arg_UNPARSED_ARGUMENTS}'?")
  endif()
  thimble_check_uses("apps/${arg_NAME}" ${arg_USES})
  list(TRANSFORM arg_USES PREPEND "thimble::" OUTPUT_VARIABLE uses)

  add_executable(${arg_NAME} ${arg_SOURCES})
  thimble_target(${arg_NAME})
  target_link_libraries(${arg_NAME} PRIVATE ${uses} ${arg_LINKS})
  if("CLI11::CLI11" IN_LIST arg_LINKS)
    thimble_precompile(${arg_NAME} <CLI/CLI.hpp>)
  endif()
  target_compile_definitions(${arg_NAME} PRIVATE THIMBLE_VERSION="${PROJECT_VERSION}")
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  foreach(name IN LISTS arg_ALSO_CALLED)
    add_custom_command(
      TARGET ${arg_NAME} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -E rm -f "$<TARGET_FILE_DIR:${arg_NAME}>/${name}"
      COMMAND ${CMAKE_COMMAND} -E create_hardlink "$<TARGET_FILE:${arg_NAME}>"
              "$<TARGET_FILE_DIR:${arg_NAME}>/${name}"
      VERBATIM)
  endforeach()
endfunction()
