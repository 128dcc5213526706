# What the benchmarks need. Target: benchmark::benchmark.
if(NOT FETCHCONTENT_SOURCE_DIR_BENCHMARK)
  find_package(benchmark QUIET)
endif()
if(NOT TARGET benchmark::benchmark)
  set(BENCHMARK_ENABLE_TESTING OFF CACHE BOOL "" FORCE)
  set(BENCHMARK_ENABLE_INSTALL OFF CACHE BOOL "" FORCE)
  mh_fetch(benchmark libbenchmark-dev https://github.com/google/benchmark.git
    a6ad7fbbdc2e14fab82bb8a6d27760d700198cbf)  # 1.8.5
endif()
