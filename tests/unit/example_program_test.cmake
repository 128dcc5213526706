# Runs the example and compares what it prints, byte for byte.
#   cmake -DPROGRAM=... -DEXPECTED=... -P example_program_test.cmake
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE printed ERROR_VARIABLE complaint RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the example ended with ${status}: ${complaint}")
endif()
file(READ ${EXPECTED} expected)
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "the example printed\n${printed}\nand not what ${EXPECTED} says")
endif()
