# cpack makes Debian packages and a tar.gz of a build tree: cmake --workflow --preset package.
set(CPACK_PACKAGE_NAME microheap)
set(CPACK_PACKAGE_VENDOR "The MicroHeap authors")
set(CPACK_PACKAGE_CONTACT "The MicroHeap authors <authors@microheap.invalid>" CACHE STRING
  "Who is named as the packages' maintainer")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "See a heap: a real allocator, drawn live")
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/cpack_generator.cmake)
set(CPACK_STRIP_FILES ON)
set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_IGNORE_FILES "/build/" "/\\\\.git/" "/\\\\.git$" "/__pycache__/")
set(CPACK_SOURCE_PACKAGE_FILE_NAME microheap-${PROJECT_VERSION})

# One package each; the documentation is in the tar.gz alone, Debian has its own way with it.
set(CPACK_COMPONENTS_ALL app runtime development documentation)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_APP_PACKAGE_NAME microheap)
set(CPACK_DEBIAN_APP_PACKAGE_SECTION education)
# GLFW opens OpenGL by its name, so that no library says that it is needed.
set(CPACK_DEBIAN_APP_PACKAGE_DEPENDS "libgl1")
set(CPACK_DEBIAN_APP_PACKAGE_RECOMMENDS "libgl1-mesa-dri")
set(CPACK_DEBIAN_APP_PACKAGE_SUGGESTS "ffmpeg, xclip | wl-clipboard, bash-completion")
set(CPACK_DEBIAN_APP_DESCRIPTION "see a heap: a real allocator, drawn live
MicroHeap runs a real sbrk() allocator, lets you and up to 64 threads
allocate and free on it, and draws what is there: every block, its header,
its padding, and the program break. A course of lessons, each on the real
engine, makes figures for lectures. The allocator is also there as a malloc
that any program can be run on.")

set(interface ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libmicroheap${interface})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "heap to look at, as a shared library
An allocator on sbrk() with every decision a switch, statistics, a check of
the whole heap and a walk over its blocks. This package is what programs
need that were built with it.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libmicroheap-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libmicroheap${interface} (= ${PROJECT_VERSION})")
# A C program that is linked -static needs the C++ runtime of the library.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS "g++")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "pkgconf | pkg-config")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "heap to look at, for building programs
An allocator on sbrk() with every decision a switch, statistics, a check of
the whole heap and a walk over its blocks, for C and C++. This package has
the header, the static library, the manual's page, an example, and what
CMake and pkg-config need.")
include(CPack)
