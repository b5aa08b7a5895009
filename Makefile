# Builds dirql, its tests and its drivers into $(O). `./dev` is the front door: it installs what is
# missing first and then calls this.
#
#   make                 dirql, the test runner, all drivers
#   make ROOMS="src/nt"  only these rooms (while a neighbour is under construction)
#   make O=dir           somewhere else
#   make V=1             show the commands
#   make bench           the benchmarks, $(O)/dirql-bench
#   make fuzz            the fuzz targets, $(O)/fuzz/NAME

O       ?= build
# With ccache, what another build directory has compiled is not compiled again.
CC      := $(if $(shell command -v ccache),ccache )gcc
MINGW   := x86_64-w64-mingw32-gcc
WDK     := /usr/share/mingw-w64/include
ROOMS   ?= $(wildcard src/*) src/device/model src/device/qemu

CFLAGS  ?= -O2 -g
# -fshort-wchar and -fms-extensions: host code compiles the drivers' own headers (include/host).
# -fno-omit-frame-pointer: stacks of dirql itself stay readable next to a driver's.
ALL_CFLAGS = $(CFLAGS) -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Wno-unknown-pragmas \
          -Wno-missing-field-initializers -fshort-wchar -fms-extensions -fno-strict-aliasing \
          -fno-omit-frame-pointer -fvisibility=hidden -pthread -D_GNU_SOURCE -Isrc -I. -Iinclude/ddk \
          -isystem include/host -idirafter $(WDK) -idirafter $(WDK)/ddk $(EXTRA_CFLAGS)
# The porting tool reads drivers with libclang and uses no Windows type: compiled as any C program, into
# a library that `dirql port` loads: libclang takes longer to load than a run of dirql to begin.
CLANG   := $(patsubst %/include/clang-c/Index.h,%,$(lastword $(sort $(wildcard /usr/lib/llvm-*/include/clang-c/Index.h))))
PORT_CFLAGS = $(CFLAGS) -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers \
          -fno-omit-frame-pointer -fvisibility=hidden -fPIC -pthread -D_GNU_SOURCE -Isrc -I. \
          -isystem $(CLANG)/include $(EXTRA_CFLAGS)
LIBS    = -lpcap -ljansson -lZydis -lslirp -pthread -lm

# Recipes say what they do in a word; V=1 shows the commands.
Q       := $(if $(V),,@)

SRCS    := $(foreach r,$(ROOMS),$(wildcard $(r)/*.c) $(wildcard $(r)/*.S))
TESTS   := $(filter %_test.c,$(SRCS)) $(wildcard tests/harness/*.c) $(wildcard tests/*.c)
CODE    := $(filter-out %_test.c src/port/%,$(SRCS))
PORT    := $(filter-out %_test.c,$(filter src/port/%,$(SRCS)))
MAIN    := src/cli/main.c
LIBOBJS := $(patsubst %,$(O)/obj/%.o,$(filter-out $(MAIN),$(CODE)))
PORTOBJS := $(patsubst %,$(O)/obj/%.o,$(PORT))
TESTOBJS := $(patsubst %,$(O)/obj/%.o,$(TESTS))

all: $(if $(wildcard $(MAIN)),$(O)/dirql $(O)/dirql-port.so) $(O)/dirql-test drivers
	@:

$(O)/obj/%.c.o: %.c
	@mkdir -p $(@D)
	@echo '  CC   $<'
	$(Q)$(CC) $(ALL_CFLAGS) -MD -MP -c $< -o $@

$(O)/obj/src/port/%.c.o: src/port/%.c Makefile
	@mkdir -p $(@D)
	@echo '  CC   $<'
	$(Q)$(CC) $(PORT_CFLAGS) -MD -MP -c $< -o $@

$(O)/obj/%.S.o: %.S
	@mkdir -p $(@D)
	@echo '  CC   $<'
	$(Q)$(CC) $(ALL_CFLAGS) -MD -MP -c $< -o $@

$(O)/dirql: $(LIBOBJS) $(O)/obj/$(MAIN).o
	@echo '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LIBS)

$(O)/dirql-port.so: $(PORTOBJS)
	@echo '  LINK $@'
	$(Q)$(CC) $(PORT_CFLAGS) -shared -Wl,-z,defs -o $@ $^ -L$(CLANG)/lib -lclang -ljansson -pthread

# The tests take from it what needs no libclang.
$(O)/dirql-port.a: $(PORTOBJS)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/dirql-test: $(LIBOBJS) $(TESTOBJS) $(O)/dirql-port.a
	@echo '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LIBS)

# Every folder in drivers/ and every file in tests/drivers/ becomes a Windows driver: a PE image,
# native subsystem, entry DriverEntry, linked against import libraries made from our export lists.
include drivers/rules.mk
include fuzz/rules.mk

# The benchmarks, as soon as there are any: one program from bench/*.c.
BENCHOBJS := $(patsubst %,$(O)/obj/%.o,$(wildcard bench/*.c))
bench: $(if $(BENCHOBJS),$(O)/dirql-bench)
	@:

$(O)/dirql-bench: $(LIBOBJS) $(BENCHOBJS)
	@echo '  LINK $@'
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LIBS)

clean:
	rm -rf $(O)

-include $(patsubst %.o,%.d,$(LIBOBJS) $(PORTOBJS) $(TESTOBJS) $(BENCHOBJS) $(O)/obj/$(MAIN).o)
.PHONY: all bench clean drivers
