# What the app needs even without a window. Targets: CLI11::CLI11, nlohmann_json::nlohmann_json, mh_zstd.
if(NOT FETCHCONTENT_SOURCE_DIR_CLI11)
  find_package(CLI11 2.1 QUIET)
endif()
if(NOT TARGET CLI11::CLI11)
  mh_fetch(cli11 libcli11-dev https://github.com/CLIUtils/CLI11.git
    6c7b07a878ad834957b98d0f9ce1dbe0cb204fc9)  # 2.4.2
endif()

if(NOT FETCHCONTENT_SOURCE_DIR_NLOHMANN_JSON)
  find_package(nlohmann_json 3.10 QUIET)
endif()
if(NOT TARGET nlohmann_json::nlohmann_json)
  mh_fetch(nlohmann_json nlohmann-json3-dev https://github.com/nlohmann/json.git
    9cca280a4d0ccf0c08f47a99aa71d1b0e52f8d03)  # 3.11.3
endif()

# Debian's package has no CMake file.
find_path(MH_ZSTD_INCLUDE zstd.h)
find_library(MH_ZSTD_LIBRARY zstd)
mark_as_advanced(MH_ZSTD_INCLUDE MH_ZSTD_LIBRARY)
if(NOT MH_ZSTD_INCLUDE OR NOT MH_ZSTD_LIBRARY)
  mh_system_missing(zstd libzstd-dev)
endif()
add_library(mh_zstd INTERFACE)
target_include_directories(mh_zstd SYSTEM INTERFACE ${MH_ZSTD_INCLUDE})
target_link_libraries(mh_zstd INTERFACE ${MH_ZSTD_LIBRARY})
