# The compiler, its warnings, the hardening of release builds, and the sanitizers of the test builds.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR
    "GCC ${CMAKE_CXX_COMPILER_VERSION} destroys temporaries of co_await expressions twice (docs/decisions/0001-compiler.md). "
    "Use Clang 19: `make deps`, then `make`.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_LINK_DEPENDS_NO_SHARED ON)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # base_dir and no hash_dir: a second checkout of the same sources finds the first one's objects.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wimplicit-fallthrough -Werror -fno-omit-frame-pointer)
add_link_options(-fuse-ld=lld)

set(YUBIN_SANITIZE "" CACHE STRING "address,undefined | thread | fuzzer (with address,undefined)")
if(YUBIN_SANITIZE STREQUAL "fuzzer")
  add_compile_options(-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
elseif(YUBIN_SANITIZE)
  add_compile_options(-fsanitize=${YUBIN_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${YUBIN_SANITIZE})
else()
  add_compile_options(-fstack-protector-strong -fcf-protection=full -ftrivial-auto-var-init=zero)
  add_compile_definitions($<$<CONFIG:Release>:_FORTIFY_SOURCE=3> _GLIBCXX_ASSERTIONS)
  add_link_options(-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
