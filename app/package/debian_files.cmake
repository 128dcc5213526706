# Gives each staged package what Debian asks for: copyright and changelog in a folder of its own name, packed
# manual pages, the example beside them. Run by cpack, which sets CPACK_*.
set(source ${CMAKE_CURRENT_LIST_DIR}/../..)
find_program(GZIP gzip REQUIRED)

function(pack file)
  execute_process(COMMAND ${GZIP} -9 -n -f ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Sets result to the entries of CHANGELOG.md's first version, as a Debian changelog has them.
function(debian_changelog package result)
  file(READ ${source}/CHANGELOG.md text)
  string(REGEX REPLACE "^.*\n## ${CPACK_PACKAGE_VERSION} [^\n]*\n+" "" text "${text}")
  string(REGEX REPLACE "\n+## .*" "" text "\n${text}")
  string(REPLACE "\n- " "\n* " text "${text}")
  string(REPLACE "\n" "\n  " text "${text}")
  string(STRIP "${text}" text)
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
  set(${result} "${package} (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n  ${text}\n\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n" PARENT_SCOPE)
endfunction()

file(READ ${source}/LICENSE license)
string(REGEX REPLACE "^MIT License\n+(Copyright[^\n]*)\n+" "" license "${license}")
set(holder "${CMAKE_MATCH_1}")
string(REGEX REPLACE "^Copyright *(\\(c\\))? *" "" holder "${holder}")
string(REGEX REPLACE "\n+$" "" license "${license}")
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " license "${license}")
set(copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: MicroHeap

Files: *
Copyright: ${holder}
License: Expat

License: Expat
 ${license}
")

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${component}/usr/share)
  set(documents ${share}/doc/${package})
  if(EXISTS ${share}/doc/microheap AND NOT package STREQUAL "microheap")
    file(RENAME ${share}/doc/microheap ${documents})
  endif()
  file(WRITE ${documents}/copyright "${copyright}")
  debian_changelog(${package} changelog)
  file(WRITE ${documents}/changelog "${changelog}")
  pack(${documents}/changelog)
  file(GLOB pages ${share}/man/man?/*.[13])
  foreach(page IN LISTS pages)
    pack(${page})
  endforeach()
endforeach()
