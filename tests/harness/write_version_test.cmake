# The commit that a build without git says: from the files of a repository alone.
# cmake -DSOURCE_DIR=... -DFOLDER=... -P write_version_test.cmake
set(one 1111111111111111111111111111111111111111)
set(two 2222222222222222222222222222222222222222)

function(expect name expected)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env PATH=${FOLDER}/nothing
    ${CMAKE_COMMAND} -DSOURCE_DIR=${FOLDER}/tree -DOUTPUT=${FOLDER}/version.cpp -P ${SOURCE_DIR}/cmake/WriteVersion.cmake
    RESULT_VARIABLE failed ERROR_VARIABLE errors)
  file(READ ${FOLDER}/version.cpp text)
  if(failed OR NOT text MATCHES "\"${expected}\"")
    message(SEND_ERROR "${name}: expected the commit ${expected} in\n${text}${errors}")
  endif()
endfunction()

file(REMOVE_RECURSE ${FOLDER})
file(COPY ${SOURCE_DIR}/harness/version.cpp.in DESTINATION ${FOLDER}/tree/harness)
expect("no repository" unknown)

set(git ${FOLDER}/tree/.git)
file(WRITE ${git}/HEAD "${one}\n")
expect("a commit that is checked out by itself" 111111111111)

file(WRITE ${git}/HEAD "ref: refs/heads/a+b\n")
expect("a branch without a commit" unknown)
file(WRITE ${git}/packed-refs "# pack-refs with: peeled\n${one} refs/heads/aab\n${two} refs/heads/a+b\n^${one}\n")
expect("a branch among the packed ones" 222222222222)
file(WRITE ${git}/refs/heads/a+b "${one}\n")
expect("a branch with a file, which goes before" 111111111111)

file(RENAME ${git} ${FOLDER}/repository)
file(WRITE ${FOLDER}/repository/worktrees/tree/HEAD "ref: refs/heads/a+b\n")
file(WRITE ${FOLDER}/repository/worktrees/tree/commondir "../..\n")
file(WRITE ${git} "gitdir: ../repository/worktrees/tree\n")
expect("a worktree" 111111111111)
