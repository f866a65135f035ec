# Third-party code that our libraries use privately. Those for handlers use none.

if(THIMBLE_EMULATOR)
  include("${CMAKE_CURRENT_LIST_DIR}/Boost.cmake")
endif()

if(THIMBLE_CLI)
  find_package(PkgConfig REQUIRED)
  find_package(OpenSSL REQUIRED)
  find_package(CURL 7.88 REQUIRED)
  find_package(ZLIB REQUIRED)
  find_package(CLI11 REQUIRED)
  pkg_check_modules(deflate REQUIRED IMPORTED_TARGET libdeflate)
  pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive)
  pkg_check_modules(elf REQUIRED IMPORTED_TARGET libelf)
  pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
  pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
endif()

if(THIMBLE_TESTS)
  find_package(GTest CONFIG REQUIRED)
  include(GoogleTest)
endif()
