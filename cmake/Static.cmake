# Toolchain for the programs that images ship: ZigMusl.cmake with the zig that tools/setup installs. What
# musl and libc++ were compiled to is kept in build/zig. THIMBLE_ARCH says for which processor: x86_64 or
# aarch64.

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH thimble_root)
if(NOT THIMBLE_ZIG)
  file(GLOB THIMBLE_ZIG "${thimble_root}/build/venv/lib/python3*/site-packages/ziglang/zig")
endif()
if(NOT EXISTS "${THIMBLE_ZIG}")
  message(FATAL_ERROR "zig was not found in build/venv: run tools/setup, or set THIMBLE_ZIG")
endif()
set(THIMBLE_ZIG_TOOLS "${thimble_root}/build/zig")
set(THIMBLE_ZIG_CACHE "${THIMBLE_ZIG_TOOLS}/cache")
include("${CMAKE_CURRENT_LIST_DIR}/ZigMusl.cmake")
