# Toolchain for static Linux programs: zig's clang with musl, from the PyPI package `ziglang`.
# THIMBLE_ARCH says for which processor: x86_64 or aarch64. tools/setup installs zig.
#
# The first link for a target compiles musl and libc++ and takes about two minutes; the result is
# kept in build/zig. Another optimisation level means another such wait, so it is in the compiler's
# script, which even CMake's own trials use.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${THIMBLE_ARCH})
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES THIMBLE_ARCH THIMBLE_ZIG)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

if(NOT THIMBLE_ARCH MATCHES "^(x86_64|aarch64)$")
  message(FATAL_ERROR "THIMBLE_ARCH is '${THIMBLE_ARCH}', not x86_64 or aarch64")
endif()

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH thimble_root)
if(NOT THIMBLE_ZIG)
  file(GLOB THIMBLE_ZIG "${thimble_root}/build/venv/lib/python3*/site-packages/ziglang/zig")
endif()
if(NOT EXISTS "${THIMBLE_ZIG}")
  message(FATAL_ERROR "zig was not found in build/venv: run tools/setup, or set THIMBLE_ZIG")
endif()

# CMake wants one program per tool, zig is one program for all: a small script each. zig turns UBSan
# on by itself when it takes a build for one to debug.
set(thimble_zig_dir "${thimble_root}/build/zig")
function(thimble_zig_tool name)
  list(JOIN ARGN " " arguments)
  file(CONFIGURE OUTPUT "${thimble_zig_dir}/${name}" @ONLY CONTENT [[#!/bin/sh
export ZIG_GLOBAL_CACHE_DIR='@thimble_zig_dir@/cache' ZIG_LOCAL_CACHE_DIR='@thimble_zig_dir@/cache'
exec '@THIMBLE_ZIG@' @arguments@ "$@"
]])
  file(CHMOD "${thimble_zig_dir}/${name}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
       GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endfunction()
thimble_zig_tool(c++-${THIMBLE_ARCH} c++ -target ${THIMBLE_ARCH}-linux-musl -Os -fno-sanitize=all)
thimble_zig_tool(ar ar)
thimble_zig_tool(ranlib ranlib)

set(CMAKE_CXX_COMPILER "${thimble_zig_dir}/c++-${THIMBLE_ARCH}")
set(CMAKE_AR "${thimble_zig_dir}/ar" CACHE FILEPATH "")
set(CMAKE_RANLIB "${thimble_zig_dir}/ranlib" CACHE FILEPATH "")

# The prefix map keeps the path of this folder out of the programs.
set(CMAKE_CXX_FLAGS_INIT
    "-ffunction-sections -fdata-sections -ffile-prefix-map=${thimble_root}/=")
set(CMAKE_CXX_FLAGS_MINSIZEREL_INIT "-DNDEBUG")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -s -Wl,--gc-sections")
