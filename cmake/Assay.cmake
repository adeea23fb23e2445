# assay_library(), assay_executable(), assay_test(): one target per folder, one warning level, shared precompiled headers.

add_library(assay_options INTERFACE)
target_compile_features(assay_options INTERFACE cxx_std_23)
target_compile_options(assay_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror -fcoroutines)
# At -O2 g++ 12 warns of correct inlined code (GCC PR 105329, 105651, 105762: strings, member pointers, coroutine frames);
# AddressSanitizer finds the real ones.
target_compile_options(assay_options INTERFACE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict
  -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
target_include_directories(assay_options INTERFACE ${CMAKE_SOURCE_DIR})
# A compilation is over before collecting its garbage pays: an eighth of its time, for some hundred megabytes.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(--param=ggc-min-expand=1000 --param=ggc-min-heapsize=3000000)
endif()

set(ASSAY_SANITIZER "" CACHE STRING "address (with undefined) or thread")
option(ASSAY_SANITIZE_ALL "every check of UndefinedBehaviorSanitizer" OFF)
if(ASSAY_SANITIZER STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  if(NOT ASSAY_SANITIZE_ALL)
    # These five double the time of compiling, and what they find in a run AddressSanitizer stops at too, or the processor allows.
    add_compile_options(-fno-sanitize=null,alignment,vptr,object-size,nonnull-attribute)
  endif()
  add_link_options(-fsanitize=address,undefined)
elseif(ASSAY_SANITIZER STREQUAL "thread")
  # It does not understand Asio's fences, and says so where they are; Asio's queues also lock, which it does see.
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -Wno-tsan)
  add_link_options(-fsanitize=thread)
endif()

find_program(ASSAY_LLD ld.lld)
if(ASSAY_LLD)
  add_link_options(-fuse-ld=lld)
endif()
find_program(ASSAY_CCACHE ccache)
if(ASSAY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${ASSAY_CCACHE})
endif()

set(ASSAY_STANDARD_HEADERS <algorithm> <array> <chrono> <cstdint> <expected> <functional> <map> <memory> <optional> <span>
    <string> <string_view> <unordered_map> <utility> <variant> <vector>)

# One precompiled set of standard headers for every library; tests add GoogleTest.
file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cc "")
add_library(assay_precompiled STATIC ${CMAKE_BINARY_DIR}/precompiled.cc)
target_link_libraries(assay_precompiled PRIVATE assay_options)
target_precompile_headers(assay_precompiled PRIVATE ${ASSAY_STANDARD_HEADERS})

# What keeps a clean build short; most of it is the parsing of Asio, gRPC and GoogleTest, again in every file.
#  - The release and sanitizer presets set CMAKE_UNITY_BUILD: up to eight files of a folder are one compilation. Names in anonymous
#    namespaces then have to differ within a folder; a file that cannot do so is listed as ALONE. The dev preset compiles every file
#    by itself, so that a change costs one file and a missing include is an error.
#  - COLD libraries (they run once a command or once a reload, or wait for people), the programs' own files and generated code
#    are -O1 in a release.
#  - Tests are -O0 in a release: they run once. Most of a test's compilation is what it includes, so that twice as many of them are
#    one compilation: three in ten of the time less. Of a library it would be one in ten.
set(ASSAY_COLD "$<$<CONFIG:RelWithDebInfo>:-O1>")
if(CMAKE_UNITY_BUILD)
  # The warning looks at which file a class is in; to it, all but one file of a compilation are headers.
  target_compile_options(assay_options INTERFACE -Wno-subobject-linkage)
endif()

# assay_library(NAME SOURCES ... DEPENDS ... PRIVATE_DEPENDS ... [ALONE ...] [COLD])
# DEPENDS are folders of ours whose headers ours include; PRIVATE_DEPENDS are third-party, seen by our .cc files only.
function(assay_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "COLD" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS;ALONE")
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC assay_options ${arg_DEPENDS} PRIVATE ${arg_PRIVATE_DEPENDS})
  if(arg_COLD)
    target_compile_options(${name} PRIVATE ${ASSAY_COLD})
  endif()
  set_source_files_properties(${arg_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  assay_precompile(${name})
endfunction()

function(assay_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT" "SOURCES;DEPENDS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE assay_options ${arg_DEPENDS})
  target_compile_options(${name} PRIVATE ${ASSAY_COLD})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  if(arg_OUTPUT)
    set_target_properties(${name} PROPERTIES OUTPUT_NAME ${arg_OUTPUT})
  endif()
  assay_precompile(${name})
endfunction()

function(assay_precompile name)
  target_precompile_headers(${name} REUSE_FROM assay_precompiled)
endfunction()

# Tests run once: they are compiled without optimisation, whatever the preset, with GoogleTest precompiled. What they test is
# compiled as the preset says.
add_library(assay_test_options INTERFACE)
target_link_libraries(assay_test_options INTERFACE assay_options GTest::gmock)
target_compile_options(assay_test_options INTERFACE -O0 -U_FORTIFY_SOURCE -fno-stack-protector)
add_library(assay_test_precompiled STATIC ${CMAKE_BINARY_DIR}/precompiled.cc)
target_link_libraries(assay_test_precompiled PRIVATE assay_test_options)
target_precompile_headers(assay_test_precompiled PRIVATE ${ASSAY_STANDARD_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)

# assay_test(NAME LABEL unit|integration|grpc|... SOURCES ... DEPENDS ... [ALONE ...] [SERIAL] [WHOLE | SHARDED]): one GoogleTest binary per folder.
# WHOLE makes it one entry of ctest, for tests that share something costly within their process, a PostgreSQL cluster say;
# SHARDED four, but in Debug, where one wants to pick tests by name.
function(assay_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL;WHOLE;SHARDED" "LABEL;TIMEOUT" "SOURCES;DEPENDS;ALONE")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE assay_test_options ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
  set_source_files_properties(${arg_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_precompile_headers(${name} REUSE_FROM assay_test_precompiled)
  target_compile_definitions(${name} PRIVATE
    ASSAY_SOURCE_DIR="${CMAKE_SOURCE_DIR}" ASSAY_BINARY_DIR="${CMAKE_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests UNITY_BUILD_BATCH_SIZE 16)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(arg_WHOLE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT})
    return()
  endif()
  if(ASSAY_SANITIZER OR (arg_SHARDED AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug"))
    assay_sharded_test(${name} "${arg_LABEL}" 4)
    return()
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT})
endfunction()

# One process a test would cost a sanitizer more than the tests do: under TSan a start takes over half a second.
function(assay_sharded_test name label shards)
  foreach(shard RANGE 1 ${shards})
    math(EXPR index "${shard} - 1")
    add_test(NAME ${name}.${shard} COMMAND ${name})
    set_tests_properties(${name}.${shard} PROPERTIES LABELS "${label}" TIMEOUT 600
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${index};GTEST_BRIEF=1")
  endforeach()
endfunction()
