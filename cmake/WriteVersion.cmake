# Run at build time: writes version.cpp with the commit, and only when it changed.
execute_process(COMMAND git describe --always --dirty --abbrev=12 WORKING_DIRECTORY ${SOURCE_DIR}
  OUTPUT_VARIABLE RECKON_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR RECKON_COMMIT STREQUAL "")
  set(RECKON_COMMIT unknown)
endif()
configure_file(${SOURCE_DIR}/harness/version.cpp.in ${OUTPUT} @ONLY)
