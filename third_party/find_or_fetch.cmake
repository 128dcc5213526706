# mh_fetch(name package repository commit): makes a git repository available at a commit, whose hash
# is also the check of what arrives; or says how to go on. Targets of the repository are system ones:
# their warnings are not ours. They are built as far as something needs them, and not installed with us.
macro(mh_fetch name package repository commit)
  string(TOUPPER "${name}" mh_upper)
  set(mh_local ${FETCHCONTENT_SOURCE_DIR_${mh_upper}})
  find_package(Git QUIET)
  if(NOT mh_local AND NOT (MICROHEAP_FETCH AND GIT_FOUND))
    mh_missing("${name}" "${package}" "${repository}")
  endif()
  if(mh_local)
    message(STATUS "${name}: taking the copy in ${mh_local}")
  else()
    message(STATUS "${name} is not installed (package ${package}): taking ${repository} at ${commit}")
  endif()
  FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${commit} SYSTEM ${ARGN})
  FetchContent_MakeAvailable(${name})
  if(EXISTS ${${name}_SOURCE_DIR}/CMakeLists.txt)
    set_property(DIRECTORY ${${name}_SOURCE_DIR} PROPERTY EXCLUDE_FROM_ALL ON)
  endif()
endmacro()

function(mh_missing name package repository)
  string(TOUPPER "${name}" upper)
  message(FATAL_ERROR
    "${name} is missing.\n"
    "Debian, Ubuntu: apt-get install ${package}   (or third_party/setup.sh, which installs all that is needed)\n"
    "Elsewhere: install git and configure with -DMICROHEAP_FETCH=ON to fetch ${repository},\n"
    "or with -DFETCHCONTENT_SOURCE_DIR_${upper}=folder to use a copy of it.")
endfunction()

# For what belongs to the system and is not fetched.
function(mh_system_missing name package)
  message(FATAL_ERROR
    "${name} is missing.\n"
    "Debian, Ubuntu: apt-get install ${package}   (or third_party/setup.sh, which installs all that is needed)\n"
    "Elsewhere: install it with your system's package manager, or name its place in -DCMAKE_PREFIX_PATH=folder.")
endfunction()
