# What http and the emulator use of Boost.

# Boost is used for its headers only. The include path is a folder that holds nothing but a link to
# them: a cross compiler must never see the host's /usr/include.
find_path(
  THIMBLE_BOOST_PARENT boost/beast/version.hpp
  HINTS /usr/include /usr/local/include
  NO_CMAKE_FIND_ROOT_PATH
  DOC "Folder that holds Boost's 'boost' folder")
if(NOT THIMBLE_BOOST_PARENT)
  message(FATAL_ERROR "Boost's headers were not found (Debian: apt-get install libboost1.81-dev, "
                      "or run tools/setup)")
endif()
file(STRINGS "${THIMBLE_BOOST_PARENT}/boost/version.hpp" thimble_boost_version
     REGEX "^#define BOOST_VERSION [0-9]+")
string(REGEX MATCH "[0-9]+$" thimble_boost_version "${thimble_boost_version}")
if(thimble_boost_version LESS 108100)
  message(FATAL_ERROR "Boost in ${THIMBLE_BOOST_PARENT} is too old (${thimble_boost_version}), "
                      "1.81 is needed (Debian: apt-get install libboost1.81-dev)")
endif()
set(thimble_third_party "${PROJECT_BINARY_DIR}/third_party/include")
file(MAKE_DIRECTORY "${thimble_third_party}")
file(CREATE_LINK "${THIMBLE_BOOST_PARENT}/boost" "${thimble_third_party}/boost" SYMBOLIC)
add_library(thimble_boost INTERFACE)
target_include_directories(thimble_boost SYSTEM INTERFACE "${thimble_third_party}")
# Boost 1.81 uses std::aligned_storage, which C++23 deprecates and libc++ warns about.
target_compile_definitions(thimble_boost INTERFACE _LIBCPP_DISABLE_DEPRECATION_WARNINGS)
