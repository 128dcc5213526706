# Installs the library, moves it elsewhere, and uses it there as others would.
#   cmake -DTREE=... -DSOURCE=... -DWORK=... -DVERSION=... -DLIBDIR=... -DINCLUDEDIR=... -DC=... -DCXX=...
#     -DGENERATOR=... -DNM=... -P package_test.cmake
cmake_minimum_required(VERSION 3.25)
find_program(PKG_CONFIG NAMES pkg-config pkgconf REQUIRED)
set(staged ${WORK}/staged)
set(prefix ${WORK}/moved)
set(library_path ${prefix}/${LIBDIR})

# Runs a command; what it prints is in the variable printed. Any other status than 0 ends the test.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE complaint
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}\nended with ${status}:\n${output}\n${complaint}")
  endif()
  set(printed "${output}" PARENT_SCOPE)
endfunction()

function(expect_equal what actual expected)
  if(NOT actual STREQUAL expected)
    message(FATAL_ERROR "${what}:\n${actual}\nand not\n${expected}")
  endif()
endfunction()

function(install_and_move)
  file(REMOVE_RECURSE ${WORK})
  run(${CMAKE_COMMAND} -E env DESTDIR=${staged}
    ${CMAKE_COMMAND} --install ${TREE} --component library --prefix /opt/microheap)
  file(RENAME ${staged}/opt/microheap ${prefix})
endfunction()

# The library's component is what a developer needs, no more.
function(check_files)
  string(REGEX MATCH "^[0-9]+\\.[0-9]+" interface ${VERSION})
  file(GLOB headers RELATIVE ${SOURCE}/core/include ${SOURCE}/core/include/*.h)
  list(TRANSFORM headers PREPEND ${INCLUDEDIR}/)
  set(expected ${headers})
  foreach(file libmicroheap.a libmicroheap.so libmicroheap.so.${interface} libmicroheap.so.${VERSION}
      pkgconfig/microheap.pc)
    list(APPEND expected ${LIBDIR}/${file})
  endforeach()
  file(GLOB_RECURSE files LIST_DIRECTORIES FALSE RELATIVE ${prefix} ${prefix}/*)
  list(FILTER files EXCLUDE REGEX "/cmake/MicroHeap/MicroHeap[A-Za-z-]+\\.cmake$")
  list(SORT files)
  list(SORT expected)
  expect_equal("installed are" "${files}" "${expected}")
endfunction()

# The shared library exports each function that the header declares, and nothing else.
function(check_symbols)
  file(READ ${prefix}/${INCLUDEDIR}/microheap.h header)
  string(REGEX REPLACE "/\\*([^*]|\\*+[^*/])*\\*+/" "" header "${header}")
  string(REGEX MATCHALL "[ *\n](my|mh)_[a-z0-9_]+\\(" declared "${header}")
  list(TRANSFORM declared REPLACE "[ *\n(]" "")
  run(${NM} -D --defined-only --format=posix ${library_path}/libmicroheap.so)
  string(REGEX MATCHALL "[^\n]+" exported "${printed}")
  list(TRANSFORM exported REPLACE " .*" "")
  list(SORT declared)
  list(SORT exported)
  expect_equal("exported are" "${exported}" "${declared}")
endfunction()

function(check_header_alone)
  foreach(compiler gcc clang)
    find_program(found_${compiler} ${compiler})
    if(NOT found_${compiler})
      continue()
    endif()
    foreach(standard c11 c17 c++20)
      string(REGEX MATCH "^c(\\+\\+)?" language ${standard})
      run(${found_${compiler}} -std=${standard} -x ${language} -fsyntax-only
        -pedantic -Wall -Wextra -Wshadow -Wconversion -Wundef -Werror
        -include ${prefix}/${INCLUDEDIR}/microheap.h /dev/null)
    endforeach()
  endforeach()
endfunction()

# Compiles the example as the README tells, with pkg-config's flags, and compares what it prints.
function(check_example linkage)
  set(query ${PKG_CONFIG} --cflags --libs microheap)
  set(flags "")
  if(linkage STREQUAL static)
    list(APPEND query --static)
    set(flags -static)
  endif()
  run(${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${library_path}/pkgconfig ${query})
  separate_arguments(package_flags UNIX_COMMAND "${printed}")
  set(program ${WORK}/example_${linkage})
  run(${C} ${flags} ${SOURCE}/core/examples/example_program.c ${package_flags} -o ${program})
  run(${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${library_path} ${program})
  file(READ ${SOURCE}/tests/unit/example_program.expected expected)
  string(STRIP "${expected}" expected)
  string(STRIP "${printed}" printed)
  expect_equal("the example linked ${linkage} printed" "${printed}" "${expected}")
endfunction()

function(check_cmake_consumer language)
  set(tree ${WORK}/${language})
  run(${CMAKE_COMMAND} -S ${SOURCE}/tests/package/${language} -B ${tree} -G ${GENERATOR}
    -DCMAKE_C_COMPILER=${C} -DCMAKE_CXX_COMPILER=${CXX} --no-warn-unused-cli
    -DCMAKE_PREFIX_PATH=${prefix} -DVERSION=${VERSION})
  run(${CMAKE_COMMAND} --build ${tree})
  run(${tree}/consumer_core)
  run(${tree}/consumer_core_static)
endfunction()

install_and_move()
check_files()
check_symbols()
check_header_alone()
check_example(shared)
check_example(static)
check_cmake_consumer(c)
check_cmake_consumer(cpp)
