# How every target of the project is compiled, written once.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g0 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
if(RECKON_SANITIZE)
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
endif()

set(RECKON_SANITIZE "" CACHE STRING "Sanitizers to compile with, e.g. address,undefined or thread")

add_library(reckon_options INTERFACE)
target_include_directories(reckon_options INTERFACE ${CMAKE_SOURCE_DIR})
# Invariance promise: a product and a sum are fused only where the source says fma.
target_compile_options(reckon_options INTERFACE
  $<$<COMPILE_LANGUAGE:C,CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Wno-sign-conversion;-Werror;-ffp-contract=off>
  $<$<COMPILE_LANGUAGE:CUDA>:-fmad=false;-Werror=all-warnings;-Xcompiler=-Wall,-ffp-contract=off>)
if(RECKON_SANITIZE)
  # GCC 12 warns falsely where sanitizers rewrite the code; the other builds keep warnings as errors.
  target_compile_options(reckon_options INTERFACE -Wno-error -fsanitize=${RECKON_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g1)
  target_link_options(reckon_options INTERFACE -fsanitize=${RECKON_SANITIZE})
endif()

find_package(Threads REQUIRED)

option(RECKON_PRECOMPILE "Precompile what nearly every file includes: a third less to compile from nothing" OFF)
# GCC 12 warns falsely of std::string's bounds when it comes from a precompiled header; builds without one keep the warnings.
set(RECKON_PRECOMPILED_OPTIONS -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict)
set(RECKON_COMMON_HEADERS <algorithm> <functional> <map> <memory> <optional> <string> <string_view> <unordered_map> <vector>
    <fmt/format.h> <rapidjson/document.h>)

# Compiled once for all libraries of the project.
if(RECKON_PRECOMPILE)
  find_package(fmt REQUIRED)
  file(WRITE ${CMAKE_BINARY_DIR}/common_headers.cpp "")
  add_library(reckon_common_headers STATIC ${CMAKE_BINARY_DIR}/common_headers.cpp)
  target_link_libraries(reckon_common_headers PRIVATE reckon_options fmt::fmt Threads::Threads)
  target_compile_options(reckon_common_headers PRIVATE ${RECKON_PRECOMPILED_OPTIONS})
  target_precompile_headers(reckon_common_headers PRIVATE ${RECKON_COMMON_HEADERS})
endif()

# reckon_library(NAME sources... ): a static library of one folder of the house, C++ only.
function(reckon_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC reckon_options)
  list(LENGTH ARGN files)
  if(RECKON_PRECOMPILE AND files GREATER 2)
    target_link_libraries(${name} PRIVATE fmt::fmt)
    target_precompile_headers(${name} REUSE_FROM reckon_common_headers)
    target_compile_options(${name} PRIVATE ${RECKON_PRECOMPILED_OPTIONS})
  endif()
endfunction()

# reckon_compile_briefly(NAME): for a library in which nobody waits for a computation. -O1 takes a quarter less to compile
# than -O2, and eight files compiled as one a half; a build without RECKON_PRECOMPILE compiles each alone.
function(reckon_compile_briefly name)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  if(RECKON_PRECOMPILE)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # A file's own types are no others' because they are included in one.
    target_compile_options(${name} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# The code under test is optimised; its tests need it less, and compile in two thirds of the time, without it in half.
if(RECKON_SANITIZE)
  set(RECKON_TEST_OPTIMISATION -O0)
else()
  set(RECKON_TEST_OPTIMISATION $<$<CONFIG:Release>:-O1>)
endif()

# reckon_test(NAME SOURCES ... LIBRARIES ... [LABEL unit|whole]): one GoogleTest program per folder, each case known to ctest
# by name. Label "whole": what only the release build does in CI, such as running the finished program; the others are what
# the target reckon_unit_tests builds.
function(reckon_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} reckon_test_support GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${RECKON_TEST_OPTIMISATION})
  if(RECKON_PRECOMPILE)
    target_compile_options(${name} PRIVATE ${RECKON_PRECOMPILED_OPTIONS})
    target_precompile_headers(${name} REUSE_FROM reckon_test_headers)
  endif()
  # Names of values stand in the name of the case already; without one, its bytes would.
  if(ARG_LABEL STREQUAL unit)
    add_dependencies(reckon_unit_tests ${name})
  endif()
  gtest_discover_tests(${name} NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600 LABELS ${ARG_LABEL})
endfunction()
