# The OpenGL loader: glad 2 writes it into the build tree, for exactly what we use.
find_package(Python3 QUIET COMPONENTS Interpreter)
if(NOT FETCHCONTENT_SOURCE_DIR_GLAD)
  # The distribution's program runs the distribution's Python; another one in PATH may not have glad.
  find_program(GLAD_PROGRAM glad PATHS /usr/bin NO_DEFAULT_PATH)
  find_program(GLAD_PROGRAM glad)
endif()
if(GLAD_PROGRAM)
  set(glad_command ${GLAD_PROGRAM})
elseif(Python3_FOUND)
  mh_fetch(glad python3-glad https://github.com/Dav1dde/glad.git
    658f48e72aee3c6582e80b05ac0f8787a64fe6bb)  # 2.0.6
  set(glad_command ${CMAKE_COMMAND} -E env PYTHONPATH=${glad_SOURCE_DIR} ${Python3_EXECUTABLE} -m glad)
else()
  mh_missing(glad python3-glad https://github.com/Dav1dde/glad.git)
endif()

set(glad_folder ${CMAKE_BINARY_DIR}/glad)
if(NOT EXISTS ${glad_folder}/src/gl.c)
  execute_process(
    COMMAND ${glad_command} --api gl:core=3.3 --extensions "" --reproducible
            --out-path ${glad_folder} c
    RESULT_VARIABLE glad_status OUTPUT_VARIABLE glad_output ERROR_VARIABLE glad_output)
  if(NOT glad_status EQUAL 0 OR NOT EXISTS ${glad_folder}/src/gl.c)
    file(REMOVE_RECURSE ${glad_folder})
    message(FATAL_ERROR "glad 2 could not write the OpenGL loader (Debian, Ubuntu: apt-get install "
      "python3-glad; elsewhere: pip install glad2, or jinja2 for a fetched glad):\n${glad_output}")
  endif()
endif()
# The target of a fetched glad's own CMake files has another name.
add_library(glad STATIC ${glad_folder}/src/gl.c)
target_include_directories(glad SYSTEM PUBLIC ${glad_folder}/include)
