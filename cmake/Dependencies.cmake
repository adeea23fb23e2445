# Third-party packages, all of Debian 12. Each library target names what it needs as PRIVATE.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)          # module mode, before gRPC's config package
unset(re2_FOUND CACHE)                  # set by pkg_check_modules below; gRPC would take it for its own target re2::re2
find_package(gRPC CONFIG REQUIRED)
find_package(CURL REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(ZLIB REQUIRED)
find_package(EXPAT REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(simdjson CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(benchmark REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(muparser REQUIRED IMPORTED_TARGET muparser)
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-i18n icu-uc)
find_library(ASSAY_JQ jq REQUIRED)       # it has neither a pkg-config file nor a CMake package
find_library(ASSAY_CLD2 cld2 REQUIRED)   # likewise
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(systemd REQUIRED IMPORTED_TARGET libsystemd)

# The language profiles of python3-langdetect are compiled into the graders of instructions.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_path(ASSAY_LANGDETECT profiles/en PATHS /usr/lib/python3/dist-packages/langdetect NO_DEFAULT_PATH REQUIRED)

# RE2's pkg-config file asks for -pthread when compiling; the C library does not need it, and the precompiled headers are
# made without it.
foreach(target re2::re2 PkgConfig::re2)
  if(TARGET ${target})
    set_property(TARGET ${target} PROPERTY INTERFACE_COMPILE_OPTIONS "")
  endif()
endforeach()

add_library(assay_asio INTERFACE)        # Asio header-only, with coroutines, for runners/ and daemon/
target_link_libraries(assay_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(assay_asio INTERFACE BOOST_ASIO_NO_DEPRECATED)
