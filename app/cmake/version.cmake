# give_version(target): writes version_text.hpp for version.cpp at each build, and anew when it says something
# else. Called as a script it writes the file: cmake -DSOURCE=... -DVERSION=... -DOUTPUT=... -P version.cmake
function(give_version target)
  set(folder ${CMAKE_BINARY_DIR}/version)
  file(MAKE_DIRECTORY ${folder})
  add_custom_target(microheap_version BYPRODUCTS ${folder}/version_text.hpp VERBATIM
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
      -DOUTPUT=${folder}/version_text.hpp -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE})
  add_dependencies(${target} microheap_version)
  set_property(SOURCE version.cpp APPEND PROPERTY INCLUDE_DIRECTORIES ${folder})
endfunction()

# Adds what git knows to version: the commits since its tag, or the commit.
function(describe version)
  find_program(GIT git)
  if(NOT EXISTS ${SOURCE}/.git OR NOT GIT)
    return()
  endif()
  execute_process(
    COMMAND ${GIT} -C ${SOURCE} describe --tags --always --dirty=+changed --match "v[0-9]*"
    OUTPUT_VARIABLE text OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    return()
  endif()
  if(text MATCHES "^v(.*)")
    set(${version} "${CMAKE_MATCH_1}" PARENT_SCOPE)
  else()
    string(REPLACE "+changed" ", changed" text "${text}")
    set(${version} "${${version}} (${text})" PARENT_SCOPE)
  endif()
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  describe(VERSION)
  file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define MICROHEAP_VERSION \"${VERSION}\"\n")
endif()
