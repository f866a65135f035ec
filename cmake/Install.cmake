# `cmake --install`: the libraries for handlers, for CMake's find_package and for pkg-config. Nothing
# that is installed knows where it is, so that the folder may be moved.
#
# Components: `libraries`, `headers`, and with the command line tool `cli`: the tool, and the emulators
# that images get, if `tools/build` has built them.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(thimble_installed base small wire json events ric router)
set(thimble_description_base "What Thimble's other libraries have in common")
set(thimble_description_small "Makes a static program smaller")
set(thimble_description_router "Routes for handlers behind HTTP APIs and function URLs")
set(thimble_description_wire "Names and limits of AWS Lambda's APIs")
set(thimble_description_json "JSON pull parser and writer")
set(thimble_description_ric "Runtime interface client of AWS Lambda, for handlers in C++")
set(thimble_description_events "Events of AWS Lambda as C++ types")

set(thimble_config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/thimble")
set(thimble_pkgconfig_folder "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
cmake_path(RELATIVE_PATH CMAKE_INSTALL_LIBDIR BASE_DIRECTORY "${thimble_pkgconfig_folder}"
           OUTPUT_VARIABLE thimble_to_libraries)
foreach(folder IN ITEMS LIBDIR INCLUDEDIR)
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
    message(FATAL_ERROR "CMAKE_INSTALL_${folder} is '${CMAKE_INSTALL_${folder}}': "
                        "it is to be relative to the prefix")
  endif()
endforeach()
cmake_path(RELATIVE_PATH CMAKE_INSTALL_INCLUDEDIR BASE_DIRECTORY "${thimble_pkgconfig_folder}"
           OUTPUT_VARIABLE thimble_to_headers)

# thimble-NAME.pc. Private and public uses are the same to it, since the libraries are static.
function(thimble_install_pkgconfig name)
  get_target_property(type thimble_${name} TYPE)
  get_target_property(links thimble_${name} INTERFACE_LINK_LIBRARIES)
  get_target_property(options thimble_${name} INTERFACE_LINK_OPTIONS)
  set(requires)
  set(libs)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    set(libs "-L\${libdir} -lthimble_${name}")
  endif()
  foreach(link IN LISTS links options)
    if(link MATCHES "^thimble::(.+)$")
      list(APPEND requires "thimble-${CMAKE_MATCH_1} = ${PROJECT_VERSION}")
    elseif(link MATCHES "^-")
      string(APPEND libs " ${link}")
    elseif(link MATCHES "^LINKER:(.+)$")
      # In one word: pkg-config leaves out words that it has seen before.
      string(APPEND libs " -Wl,${CMAKE_MATCH_1}")
    endif()
  endforeach()
  list(JOIN requires ", " requires)
  set(description "${thimble_description_${name}}")
  set(file "${CMAKE_CURRENT_BINARY_DIR}/install/thimble-${name}.pc")
  file(CONFIGURE OUTPUT "${file}" @ONLY CONTENT [[libdir=${pcfiledir}/@thimble_to_libraries@
includedir=${pcfiledir}/@thimble_to_headers@

Name: thimble-@name@
Description: @description@
Version: @PROJECT_VERSION@
Requires: @requires@
Cflags: -I${includedir}
Libs: @libs@
]])
  install(
    FILES "${file}"
    DESTINATION "${thimble_pkgconfig_folder}"
    COMPONENT libraries)
endfunction()

foreach(name IN LISTS thimble_installed)
  set_target_properties(thimble_${name} PROPERTIES EXPORT_NAME ${name})
  install(
    TARGETS thimble_${name}
    EXPORT thimble
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT libraries
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT headers)
  thimble_install_pkgconfig(${name})
endforeach()

install(
  EXPORT thimble
  NAMESPACE thimble::
  FILE thimble-targets.cmake
  DESTINATION "${thimble_config_folder}"
  COMPONENT libraries)
configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/thimble-config.cmake.in"
  "${CMAKE_CURRENT_BINARY_DIR}/install/thimble-config.cmake"
  INSTALL_DESTINATION "${thimble_config_folder}"
  NO_SET_AND_CHECK_MACRO)
# Until 1.0 a new minor version may change the API.
write_basic_package_version_file(
  "${CMAKE_CURRENT_BINARY_DIR}/install/thimble-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(
  FILES "${CMAKE_CURRENT_BINARY_DIR}/install/thimble-config.cmake"
        "${CMAKE_CURRENT_BINARY_DIR}/install/thimble-config-version.cmake"
        "${CMAKE_CURRENT_LIST_DIR}/Compiler.cmake" "${CMAKE_CURRENT_LIST_DIR}/expected.cc"
  DESTINATION "${thimble_config_folder}"
  COMPONENT libraries)
install(
  FILES "${CMAKE_CURRENT_LIST_DIR}/ZigMusl.cmake"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/thimble/cmake"
  COMPONENT libraries)

if(TARGET thimble)
  install(TARGETS thimble RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT cli)
  foreach(arch IN ITEMS x86_64 aarch64)
    install(
      PROGRAMS "${PROJECT_SOURCE_DIR}/build/bin/${arch}/aws-lambda-rie"
      DESTINATION "${CMAKE_INSTALL_DATADIR}/thimble/${arch}"
      COMPONENT cli
      OPTIONAL)
  endforeach()
endif()
