# The page's scripts, one after the other, inside one strict function: names of one part are known to those after it.
set(text "(() => {\n\"use strict\";\n")
foreach(part ${PARTS})
  file(READ ${part} content)
  string(APPEND text "${content}")
endforeach()
string(APPEND text "})();\n")
file(WRITE ${OUTPUT} "${text}")
