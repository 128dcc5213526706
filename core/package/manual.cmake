# write_manual(header output): writes the manual's page on a C header from the header itself, whose comments
# are its reference: a section for each /* ---- title ---- */, comments as text, declarations as they are.
function(write_manual header output)
  file(READ ${header} text)
  # What roff or CMake's lists would take for something else.
  string(REPLACE "\\" "\\e" text "${text}")
  string(REPLACE ";" "<semicolon>" text "${text}")
  string(REPLACE "[" "<open>" text "${text}")
  string(REPLACE "]" "<close>" text "${text}")
  string(REPLACE "-" "\\-" text "${text}")
  string(REGEX REPLACE "#ifdef __cplusplus\n[^#]*#endif\n" "" text "${text}")
  string(REGEX REPLACE "#(include|ifndef|endif)[^\n]*\n|#define MICROHEAP_H\n" "" text "${text}")
  string(REPLACE "\n" ";" lines "${text}")

  set(page "")
  set(block "")  # what the lines before belong to: comment, code
  foreach(line IN LISTS lines)
    if(line MATCHES "^/\\* \\\\-\\\\-\\\\-\\\\- (.*[^-\\\\ ]) [-\\\\]+ \\*/$")
      end_block()
      string(TOUPPER "${CMAKE_MATCH_1}" title)
      string(APPEND page ".SH ${title}\n")
    elseif(line STREQUAL "")
      end_block()
    elseif(line MATCHES "^/\\*" OR block STREQUAL "comment")
      if(line MATCHES "^/\\*")
        end_block()
        string(APPEND page ".PP\n")
        set(block comment)
      endif()
      set(last FALSE)
      if(line MATCHES "\\*/$")
        set(last TRUE)
      endif()
      string(REGEX REPLACE "^ */?\\*+/? *" "" line "${line}")
      string(REGEX REPLACE " *\\*+/$" "" line "${line}")
      if(line)
        string(APPEND page "\\&${line}\n")
      endif()
      if(last)
        set(block "")
      endif()
    else()
      if(NOT block STREQUAL "code")
        string(APPEND page ".PP\n.nf\n.ft CW\n")
        set(block code)
      endif()
      string(APPEND page "\\&${line}\n")
    endif()
  endforeach()
  end_block()
  string(REPLACE "<semicolon>" ";" page "${page}")
  string(REPLACE "<open>" "[" page "${page}")
  string(REPLACE "<close>" "]" page "${page}")
  string(TIMESTAMP date "%Y-%m-%d" UTC)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
".TH MICROHEAP.H 3 \"${date}\" \"MicroHeap ${PROJECT_VERSION}\" \"Library Functions\"
.SH NAME
microheap.h \\- a heap to look at: an allocator on sbrk() with statistics, a check and a walk
.SH SYNOPSIS
.nf
#include <microheap.h>

cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs microheap)
.fi
.SH DESCRIPTION
${page}.SH SEE ALSO
.BR microheap (1),
.BR malloc (3),
.BR sbrk (2)
")
endfunction()

macro(end_block)
  if(block STREQUAL "code")
    string(APPEND page ".ft\n.fi\n")
  endif()
  set(block "")
endmacro()
