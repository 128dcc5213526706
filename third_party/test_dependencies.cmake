# What the tests need. Targets: GTest::gtest_main, rapidcheck, rapidcheck_gtest.
if(NOT FETCHCONTENT_SOURCE_DIR_GOOGLETEST)
  find_package(GTest QUIET)
endif()
if(NOT TARGET GTest::gtest_main)
  set(INSTALL_GTEST OFF CACHE BOOL "" FORCE)
  mh_fetch(googletest libgtest-dev https://github.com/google/googletest.git
    f8d7d77c06936315286eb55f8de22cd23c188571)  # 1.14.0
endif()

if(NOT FETCHCONTENT_SOURCE_DIR_RAPIDCHECK)
  find_package(rapidcheck QUIET)
endif()
if(NOT TARGET rapidcheck)
  mh_fetch(rapidcheck librapidcheck-dev https://github.com/emil-e/rapidcheck.git
    ff6af6fc683159deb51c543b065eba14dfcf329b)  # has no versions
endif()
if(NOT TARGET rapidcheck_gtest)
  add_library(rapidcheck_gtest INTERFACE)
  if(rapidcheck_SOURCE_DIR)
    target_include_directories(rapidcheck_gtest SYSTEM INTERFACE
      ${rapidcheck_SOURCE_DIR}/extras/gtest/include)
  endif()
endif()

# The window's tests have a display of their own.
if(MICROHEAP_BUILD_APP)
  find_program(XVFB_RUN xvfb-run)
  if(NOT XVFB_RUN)
    mh_system_missing("xvfb-run, which gives the window's tests a display," "xvfb xauth")
  endif()
endif()
