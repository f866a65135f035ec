# Compiles SOURCE twice with the command COMPILE: right as it is, refused with EXPECT under -DWRONG.
execute_process(
  COMMAND ${COMPILE} -fsyntax-only "${SOURCE}"
  RESULT_VARIABLE result
  ERROR_VARIABLE errors)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the right code does not compile:\n${errors}")
endif()

execute_process(
  COMMAND ${COMPILE} -fsyntax-only -DWRONG "${SOURCE}"
  RESULT_VARIABLE result
  ERROR_VARIABLE errors)
if(result EQUAL 0)
  message(FATAL_ERROR "the wrong code compiles")
elseif(NOT errors MATCHES "${EXPECT}")
  message(FATAL_ERROR "the wrong code is refused, but not with '${EXPECT}':\n${errors}")
endif()
