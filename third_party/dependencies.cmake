# How each dependency is found: the system's package first, else fetched at a pinned commit. What is
# fetched can be a local copy instead: -DFETCHCONTENT_SOURCE_DIR_<NAME>=folder, NAME one of GLFW, IMGUI,
# STB, GLAD, MIMALLOC, CLI11, NLOHMANN_JSON, GOOGLETEST, RAPIDCHECK, BENCHMARK.
include(FetchContent)
include(${CMAKE_CURRENT_LIST_DIR}/find_or_fetch.cmake)
option(MICROHEAP_FETCH "Fetch dependencies that this system does not have" ON)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
if(MICROHEAP_BUILD_APP OR MICROHEAP_BUILD_TESTS)
  include(${CMAKE_CURRENT_LIST_DIR}/model_dependencies.cmake)
endif()
if(MICROHEAP_BUILD_APP)
  include(${CMAKE_CURRENT_LIST_DIR}/app_dependencies.cmake)
endif()
if(MICROHEAP_BUILD_TESTS)
  include(${CMAKE_CURRENT_LIST_DIR}/test_dependencies.cmake)
endif()
if(MICROHEAP_BUILD_BENCH)
  include(${CMAKE_CURRENT_LIST_DIR}/bench_dependencies.cmake)
endif()
