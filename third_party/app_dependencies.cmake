# What the app needs. Targets: glfw, stb, imgui, microheap_egl, Fontconfig::Fontconfig, glad, mimalloc.
# mimalloc is left out of sanitizer builds, whose malloc is the sanitizer's.

# The window.
if(NOT FETCHCONTENT_SOURCE_DIR_GLFW)
  find_package(glfw3 3.3 QUIET)
endif()
if(NOT TARGET glfw)
  set(GLFW_BUILD_EXAMPLES OFF CACHE BOOL "" FORCE)
  set(GLFW_BUILD_TESTS OFF CACHE BOOL "" FORCE)
  set(GLFW_BUILD_DOCS OFF CACHE BOOL "" FORCE)
  set(GLFW_INSTALL OFF CACHE BOOL "" FORCE)
  find_program(WAYLAND_SCANNER wayland-scanner)
  if(NOT WAYLAND_SCANNER)
    set(GLFW_BUILD_WAYLAND OFF CACHE BOOL "" FORCE)  # X11 is enough, Wayland desktops have it too
  endif()
  mh_fetch(glfw libglfw3-dev https://github.com/glfw/glfw.git
    7b6aead9fb88b3623e3b3725ebb42670cbe4c579)  # 3.4
endif()

# PNG files: headers alone.
if(NOT FETCHCONTENT_SOURCE_DIR_STB)
  find_path(STB_INCLUDE_DIR stb_image_write.h PATH_SUFFIXES stb)
endif()
add_library(stb INTERFACE)
if(STB_INCLUDE_DIR)
  target_include_directories(stb SYSTEM INTERFACE ${STB_INCLUDE_DIR})
else()
  mh_fetch(stb libstb-dev https://github.com/nothings/stb.git
    31c1ad37456438565541f4919958214b6e762fb4)  # has no versions
  target_include_directories(stb SYSTEM INTERFACE ${stb_SOURCE_DIR})
endif()

# The user interface, with its backends for GLFW and OpenGL 3.
if(NOT FETCHCONTENT_SOURCE_DIR_IMGUI)
  find_path(IMGUI_INCLUDE_DIR backends/imgui_impl_opengl3.h PATH_SUFFIXES imgui)
  find_library(IMGUI_LIBRARY imgui)
endif()
if(IMGUI_INCLUDE_DIR AND IMGUI_LIBRARY)
  # Debian's library takes stb's packing and its typefaces from Debian's libstb.
  find_library(STB_LIBRARY stb)
  add_library(imgui STATIC IMPORTED)
  set_target_properties(imgui PROPERTIES IMPORTED_LOCATION ${IMGUI_LIBRARY})
  target_include_directories(imgui SYSTEM INTERFACE ${IMGUI_INCLUDE_DIR})
  target_link_libraries(imgui INTERFACE
    $<$<BOOL:${STB_LIBRARY}>:${STB_LIBRARY}> glfw ${CMAKE_DL_LIBS})
else()
  mh_fetch(imgui libimgui-dev https://github.com/ocornut/imgui.git
    f5befd2d29e66809cd1110a152e375a7f1981f06)  # 1.91.9b
  add_library(imgui STATIC
    ${imgui_SOURCE_DIR}/imgui.cpp
    ${imgui_SOURCE_DIR}/imgui_draw.cpp
    ${imgui_SOURCE_DIR}/imgui_tables.cpp
    ${imgui_SOURCE_DIR}/imgui_widgets.cpp
    ${imgui_SOURCE_DIR}/backends/imgui_impl_glfw.cpp
    ${imgui_SOURCE_DIR}/backends/imgui_impl_opengl3.cpp)
  target_include_directories(imgui SYSTEM PUBLIC ${imgui_SOURCE_DIR})
  target_link_libraries(imgui PUBLIC glfw ${CMAKE_DL_LIBS})
endif()

# Pictures without a display. Belongs to the graphics driver, so it is not fetched.
find_path(EGL_INCLUDE_DIR EGL/eglext.h)
find_library(EGL_LIBRARY EGL)
if(NOT EGL_INCLUDE_DIR OR NOT EGL_LIBRARY)
  mh_system_missing(EGL libegl-dev)
endif()
add_library(microheap_egl INTERFACE)
target_include_directories(microheap_egl SYSTEM INTERFACE ${EGL_INCLUDE_DIR})
target_link_libraries(microheap_egl INTERFACE ${EGL_LIBRARY})

# Typefaces of the system, for letters that the app's own do not have. Belongs to the desktop, so it is
# not fetched.
find_package(Fontconfig QUIET)
if(NOT TARGET Fontconfig::Fontconfig)
  mh_system_missing(Fontconfig libfontconfig-dev)
endif()

# The app's own malloc.
if(NOT MICROHEAP_SANITIZE)
  if(NOT FETCHCONTENT_SOURCE_DIR_MIMALLOC)
    find_package(mimalloc QUIET)  # its version file refuses newer ones
  endif()
  if(NOT TARGET mimalloc)
    set(MI_BUILD_STATIC OFF CACHE BOOL "" FORCE)
    set(MI_BUILD_OBJECT OFF CACHE BOOL "" FORCE)
    set(MI_BUILD_TESTS OFF CACHE BOOL "" FORCE)
    mh_fetch(mimalloc libmimalloc-dev https://github.com/microsoft/mimalloc.git
      8c532c32c3c96e5ba1f2283e032f69ead8add00f)  # 2.1.7
  endif()
endif()

include(${CMAKE_CURRENT_LIST_DIR}/glad.cmake)
