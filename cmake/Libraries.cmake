# Other people's libraries, each under the name that folders use in their CMakeLists.txt.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ARGON2 REQUIRED IMPORTED_TARGET libargon2)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc icu-i18n)
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
find_library(CRYPT_LIBRARY crypt REQUIRED)
find_library(UNBOUND_LIBRARY unbound REQUIRED)
find_library(PSL_LIBRARY psl REQUIRED)

add_library(rocksdb INTERFACE)
target_link_libraries(rocksdb INTERFACE ${ROCKSDB_LIBRARY})

add_library(crypt INTERFACE)
target_link_libraries(crypt INTERFACE ${CRYPT_LIBRARY})

add_library(unbound INTERFACE)
target_link_libraries(unbound INTERFACE ${UNBOUND_LIBRARY})

add_library(psl INTERFACE)
target_link_libraries(psl INTERFACE ${PSL_LIBRARY})

add_library(xxhash ALIAS PkgConfig::XXHASH)
add_library(argon2 ALIAS PkgConfig::ARGON2)
add_library(seccomp ALIAS PkgConfig::SECCOMP)
add_library(icu ALIAS PkgConfig::ICU)
add_library(zlib ALIAS PkgConfig::ZLIB)
add_library(expat ALIAS PkgConfig::EXPAT)

# Boost 1.81's headers only: Asio and Beast.
add_library(boost_headers INTERFACE)
find_path(BOOST_INCLUDE_DIR boost/asio.hpp REQUIRED)
target_include_directories(boost_headers SYSTEM INTERFACE ${BOOST_INCLUDE_DIR})
target_compile_definitions(boost_headers INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_NO_TS_EXECUTORS BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(boost_headers INTERFACE Threads::Threads)

# Boost.JSON, compiled here once.
add_library(boost_json STATIC "${CMAKE_SOURCE_DIR}/cmake/boost_json.cpp")
target_link_libraries(boost_json PUBLIC boost_headers)
