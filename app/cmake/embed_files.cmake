# embed_files(target symbol file...): puts files into target as bytes, each with its name; C++ finds them by
# symbol, see app/lessons/embedded_file.hpp.
enable_language(ASM)

function(embed_files target symbol)
  set(table ".global ${symbol}\n.balign 8\n${symbol}:\n")
  set(bodies "")
  set(number 0)
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME)
    string(APPEND table ".quad .Lname${number}, .Ltext${number}, .Lend${number}\n")
    string(APPEND bodies ".Lname${number}: .asciz \"${name}\"\n")
    string(APPEND bodies ".Ltext${number}:\n.incbin \"${file}\"\n.Lend${number}: .byte 0\n")
    math(EXPR number "${number} + 1")
  endforeach()
  string(APPEND table ".quad 0, 0, 0\n")
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  # The table's addresses are filled in when the program is loaded, so not in .rodata.
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
    ".section .data.rel.ro.local,\"aw\",%progbits\n${table}.section .rodata\n${bodies}.section .note.GNU-stack,\"\",%progbits\n")
  set_source_files_properties(${output} PROPERTIES OBJECT_DEPENDS "${ARGN}")
  target_sources(${target} PRIVATE ${output})
endfunction()
