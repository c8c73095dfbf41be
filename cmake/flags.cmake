# SPDX-License-Identifier: Apache-2.0
# pq_flags has every warning and hardening flag. Each target links it.
add_library(pq_flags INTERFACE)
target_compile_definitions(pq_flags INTERFACE _GNU_SOURCE)
target_compile_options(pq_flags INTERFACE
	-Wall -Wextra
	-Wconversion -Wsign-conversion  # a peer's length must not change sign
	-Wdeclaration-after-statement  # declarations open their block
	-Wshadow -Wvla -Wformat=2 -Wundef
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
	-Wwrite-strings -Wpointer-arith -Wcast-qual
	-Wimplicit-fallthrough
	# texts for people are truncated on purpose; clang has no such warning
	$<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>
	-Werror
	-fno-strict-aliasing -fno-common)
if(PQ_FUZZ)
	# tests/fuzz/CMakeLists.txt links libFuzzer's main() to the fuzz targets
	target_compile_options(pq_flags INTERFACE
		-fsanitize=fuzzer-no-link,address,undefined
		-fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(pq_flags INTERFACE -fsanitize=address,undefined)
	target_compile_definitions(pq_flags INTERFACE PQ_SANITIZE=1)
elseif(PQ_SANITIZE)
	target_compile_options(pq_flags INTERFACE
		-fsanitize=address,undefined -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	target_link_options(pq_flags INTERFACE -fsanitize=address,undefined)
	target_compile_definitions(pq_flags INTERFACE PQ_SANITIZE=1)
else()
	# every preset without a sanitizer has the hardening
	target_compile_options(pq_flags INTERFACE
		-fstack-protector-strong -fstack-clash-protection
		-fcf-protection $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
	target_link_options(pq_flags INTERFACE
		-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
endif()

# pq_library(NAME SOURCES...) - add the static library of a folder
function(pq_library name)
	add_library(${name} STATIC ${ARGN})
	target_link_libraries(${name} PRIVATE pq_flags)
	target_include_directories(${name} PUBLIC
		${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/agent
		${PROJECT_SOURCE_DIR}/verify)
endfunction()

# pq_objects(NAME SOURCES...) - compile files once, for a program and its tests
function(pq_objects name)
	add_library(${name} OBJECT ${ARGN})
	target_link_libraries(${name} PRIVATE pq_flags)
	target_include_directories(${name} PUBLIC
		${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/agent
		${PROJECT_SOURCE_DIR}/verify)
endfunction()

# pq_program(NAME SOURCES...) - add an executable of build/<preset>/bin
function(pq_program name)
	add_executable(${name} ${ARGN})
	target_link_libraries(${name} PRIVATE pq_flags)
	target_include_directories(${name} PRIVATE
		${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/agent
		${PROJECT_SOURCE_DIR}/verify)
endfunction()

# pq_unit_test(NAME SOURCE LIBRARIES...) - add a cmocka program for ctest
function(pq_unit_test name source)
	add_executable(${name} ${source})
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
	target_link_libraries(${name} PRIVATE pq_flags test_support ${ARGN}
		PkgConfig::cmocka)
	target_compile_definitions(${name} PRIVATE
		PQ_FIXTURES="${PROJECT_SOURCE_DIR}/tests/fixtures")
	add_test(NAME ${name} COMMAND ${name})
endfunction()

# pq_wrap_memory(NAME) - let tests/unit/support/memory.h fail an allocation
function(pq_wrap_memory name)
	foreach(call malloc calloc realloc reallocarray strdup)
		target_link_options(${name} PRIVATE -Wl,--wrap=${call})
	endforeach()
endfunction()
