# Toolchain for static programs of some 200 KB that need nothing of the system they run on: clang, musl
# and libc++, all of them in zig. `pip install ziglang` is enough; installed as
# share/thimble/cmake/ZigMusl.cmake.
#
#   cmake -B build --toolchain .../ZigMusl.cmake -DTHIMBLE_ARCH=aarch64 -DCMAKE_BUILD_TYPE=MinSizeRel
#
#   THIMBLE_ARCH       the processor: x86_64 or aarch64; this machine's, if it is not said
#   THIMBLE_ZIG        the program zig; else the one on PATH, or in the ziglang of python3 on PATH
#   THIMBLE_ZIG_CACHE  where zig keeps what it has compiled; else where it always does
#
# The first link for a processor compiles musl and libc++ and takes about two minutes; zig keeps the
# result. Another optimisation level means another such wait, so it is in the compiler's script, which
# even CMake's own trials use.

if(NOT THIMBLE_ARCH)
  cmake_host_system_information(RESULT THIMBLE_ARCH QUERY OS_PLATFORM)
  string(REPLACE "arm64" "aarch64" THIMBLE_ARCH "${THIMBLE_ARCH}")
endif()
if(NOT THIMBLE_ARCH MATCHES "^(x86_64|aarch64)$")
  message(FATAL_ERROR "THIMBLE_ARCH is '${THIMBLE_ARCH}', not x86_64 or aarch64")
endif()

if(NOT THIMBLE_ZIG)
  find_program(THIMBLE_ZIG zig)
endif()
if(NOT THIMBLE_ZIG)
  execute_process(
    COMMAND python3 -c "import ziglang, os; print(os.path.dirname(ziglang.__file__) + '/zig', end='')"
    OUTPUT_VARIABLE THIMBLE_ZIG
    ERROR_QUIET)
endif()
if(NOT EXISTS "${THIMBLE_ZIG}")
  message(FATAL_ERROR "zig was not found: `pip install ziglang`, or set THIMBLE_ZIG")
endif()
if(NOT THIMBLE_ZIG_TOOLS)
  set(THIMBLE_ZIG_TOOLS "${CMAKE_BINARY_DIR}/zig")
endif()

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${THIMBLE_ARCH})
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES THIMBLE_ARCH THIMBLE_ZIG THIMBLE_ZIG_CACHE THIMBLE_ZIG_TOOLS)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

# CMake wants one program per tool, zig is one program for all: a small script each. zig turns UBSan
# on by itself when it takes a build for one to debug.
function(thimble_zig_tool name)
  list(JOIN ARGN " " arguments)
  set(cache)
  if(THIMBLE_ZIG_CACHE)
    set(cache "export ZIG_GLOBAL_CACHE_DIR='${THIMBLE_ZIG_CACHE}' ZIG_LOCAL_CACHE_DIR='${THIMBLE_ZIG_CACHE}'\n")
  endif()
  file(CONFIGURE OUTPUT "${THIMBLE_ZIG_TOOLS}/${name}" @ONLY CONTENT [[#!/bin/sh
@cache@exec '@THIMBLE_ZIG@' @arguments@ "$@"
]])
  file(CHMOD "${THIMBLE_ZIG_TOOLS}/${name}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
       GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endfunction()
thimble_zig_tool(cc-${THIMBLE_ARCH} cc -target ${THIMBLE_ARCH}-linux-musl -Os -fno-sanitize=all)
thimble_zig_tool(c++-${THIMBLE_ARCH} c++ -target ${THIMBLE_ARCH}-linux-musl -Os -fno-sanitize=all)
thimble_zig_tool(ar ar)
thimble_zig_tool(ranlib ranlib)

set(CMAKE_C_COMPILER "${THIMBLE_ZIG_TOOLS}/cc-${THIMBLE_ARCH}")
set(CMAKE_CXX_COMPILER "${THIMBLE_ZIG_TOOLS}/c++-${THIMBLE_ARCH}")
set(CMAKE_AR "${THIMBLE_ZIG_TOOLS}/ar" CACHE FILEPATH "")
set(CMAKE_RANLIB "${THIMBLE_ZIG_TOOLS}/ranlib" CACHE FILEPATH "")

# The prefix map keeps the path of the sources out of the programs.
foreach(language IN ITEMS C CXX)
  set(CMAKE_${language}_FLAGS_INIT
      "-ffunction-sections -fdata-sections -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
  set(CMAKE_${language}_FLAGS_MINSIZEREL_INIT "-DNDEBUG")
endforeach()
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -s -Wl,--gc-sections")
