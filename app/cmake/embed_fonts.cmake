# embed_fonts(target): finds the typefaces and puts their files into target as bytes (app/render/fonts.hpp).
enable_language(ASM)

# Sets result to the first of the names that exists in a folder of fonts, or to nothing.
function(find_font result)
  file(GLOB folders
    /usr/share/fonts/*/inter /usr/share/fonts/*/inter-variable /usr/share/fonts/inter*
    /usr/share/fonts/*/jetbrains-mono /usr/share/fonts/*/jetbrains-mono* /usr/share/fonts/jetbrains-mono*
    /usr/share/fonts/OTF /usr/share/fonts/TTF /usr/local/share/fonts)
  foreach(name ${ARGN})
    foreach(folder ${MICROHEAP_FONT_DIR} ${folders})
      foreach(ending otf ttf)
        # file(GLOB) would read the [] of variable fonts as a pattern.
        if(EXISTS "${folder}/${name}.${ending}")
          set(${result} "${folder}/${name}.${ending}" PARENT_SCOPE)
          return()
        endif()
      endforeach()
    endforeach()
  endforeach()
  set(${result} "" PARENT_SCOPE)
endfunction()

function(embed_fonts target)
  set(MICROHEAP_FONT_DIR "" CACHE PATH "A folder with Inter and JetBrains Mono, looked at first")
  find_font(inter_regular Inter-Regular "InterVariable" "Inter[opsz,wght]" "Inter[slnt,wght]" Inter)
  find_font(inter_medium Inter-Medium)
  find_font(inter_semibold Inter-SemiBold Inter-Bold)
  find_font(mono_regular JetBrainsMono-Regular "JetBrainsMono[wght]" JetBrainsMonoNL-Regular)
  find_font(mono_medium JetBrainsMono-Medium)

  set(assembly "")
  set(files "")
  foreach(face inter_regular inter_medium inter_semibold mono_regular mono_medium)
    set(file "${${face}}")
    if(NOT file AND face MATCHES "inter")
      set(file "${inter_regular}")
    elseif(NOT file)
      set(file "${mono_regular}")
    endif()
    string(APPEND assembly ".global mh_font_${face}\n.balign 16\nmh_font_${face}:\n")
    if(file)
      string(APPEND assembly ".incbin \"${file}\"\n")
      list(APPEND files "${file}")
    endif()
    string(APPEND assembly ".global mh_font_${face}_end\nmh_font_${face}_end:\n.byte 0\n")
  endforeach()
  if(NOT inter_regular OR NOT mono_regular)
    message(STATUS "Inter or JetBrains Mono is not installed (fonts-inter, fonts-jetbrains-mono): "
      "Dear ImGui's own typeface stands in")
  endif()

  set(source ${CMAKE_CURRENT_BINARY_DIR}/fonts_data.S)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
    ".section .rodata\n${assembly}.section .note.GNU-stack,\"\",%progbits\n")
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${source})
endfunction()
