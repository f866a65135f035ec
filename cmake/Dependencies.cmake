# Third-party code that our libraries use privately. Those for handlers use none.

if(THIMBLE_EMULATOR)
  include("${CMAKE_CURRENT_LIST_DIR}/Boost.cmake")
endif()

if(THIMBLE_TESTS)
  find_package(GTest CONFIG REQUIRED)
  include(GoogleTest)
endif()
