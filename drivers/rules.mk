# How a driver is built: mingw-w64, native subsystem, no C runtime, entry point DriverEntry.
#
# One folder in drivers/ is one driver (all its .c files); one file in tests/drivers/ is one too.
# The import libraries are made from the lists in drivers/lib/*.def: what Windows exports to
# miniports, whether or not dirql implements it yet (a driver that needs more is named at load).

# The Windows that a driver is written for, as _WIN32_WINNT has it.
DRV_WINDOWS := 0x0602
# A function that no header declares would be called as one that returns int: half a pointer.
DRV_CFLAGS := -O2 -g -gdwarf-4 -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Wno-unknown-pragmas \
          -Werror=implicit-function-declaration \
          -ffreestanding -fno-builtin -mno-red-zone -fno-stack-protector -fasynchronous-unwind-tables \
          -D_AMD64_ -DWINVER=$(DRV_WINDOWS) -D_WIN32_WINNT=$(DRV_WINDOWS) \
          -DNTDDI_VERSION=$(DRV_WINDOWS)0000 -Iinclude/ddk -I$(WDK)/ddk
DRV_LDFLAGS := -nostdlib -shared -Wl,--subsystem,native -Wl,--entry,DriverEntry -Wl,--dynamicbase \
          -Wl,--image-base,0x140000000 -Wl,--nxcompat -Wl,--file-alignment,0x200 \
          -Wl,--section-alignment,0x1000 -Wl,--exclude-all-symbols

DRV_DIRS  := $(patsubst drivers/%/,%,$(filter-out drivers/lib/ drivers/include/,$(wildcard drivers/*/)))
TDRV_SRCS := $(wildcard tests/drivers/*.c)
DRIVERS   := $(DRV_DIRS:%=$(O)/drivers/%.sys) $(TDRV_SRCS:tests/drivers/%.c=$(O)/drivers/%.sys)
INFS      := $(foreach d,$(DRV_DIRS),$(patsubst drivers/$(d)/%,$(O)/drivers/%,$(wildcard drivers/$(d)/*.inf))) \
             $(patsubst tests/drivers/%,$(O)/drivers/%,$(wildcard tests/drivers/*.inf))
IMPLIBS   := $(patsubst drivers/lib/%.def,$(O)/lib/lib%.a,$(wildcard drivers/lib/*.def))
# libgcc has what a function with a large stack frame calls.
DRV_LINK   = $(MINGW) $(DRV_LDFLAGS) -o $@ $(filter %.o,$^) -L$(O)/lib \
          $(patsubst $(O)/lib/lib%.a,-l%,$(IMPLIBS)) -lgcc

drivers: $(DRIVERS) $(INFS)
	@:

$(O)/lib/lib%.a: drivers/lib/%.def
	@mkdir -p $(@D)
	$(Q)x86_64-w64-mingw32-dlltool -d $< -l $@

# Sources of one driver folder, with headers as prerequisites through -MMD.
$(O)/obj/drv/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC   $<'
	$(Q)$(MINGW) $(DRV_CFLAGS) -I$(<D) -MD -MP -c $< -o $@

define driver_folder
$(O)/drivers/$(1).sys: $(patsubst %.c,$(O)/obj/drv/%.o,$(wildcard drivers/$(1)/*.c)) $(IMPLIBS)
	@mkdir -p $$(@D)
	@echo '  LINK $$@'
	$(Q)$$(DRV_LINK)
endef
$(foreach d,$(DRV_DIRS),$(eval $(call driver_folder,$(d))))

$(TDRV_SRCS:tests/drivers/%.c=$(O)/drivers/%.sys): $(O)/drivers/%.sys: $(O)/obj/drv/tests/drivers/%.o $(IMPLIBS)
	@mkdir -p $(@D)
	@echo '  LINK $@'
	$(Q)$(DRV_LINK)

$(foreach d,$(DRV_DIRS),$(eval $(O)/drivers/%.inf: drivers/$(d)/%.inf ; @mkdir -p $$(@D) && cp $$< $$@))
$(O)/drivers/%.inf: tests/drivers/%.inf
	@mkdir -p $(@D)
	$(Q)cp $< $@

-include $(patsubst %.c,$(O)/obj/drv/%.d,$(foreach d,$(DRV_DIRS),$(wildcard drivers/$(d)/*.c)) $(TDRV_SRCS))

# A driver from elsewhere, for `./dev drivers` (drivers/third_party.sh), which sets THIRD_PARTY, a
# folder with:
#   source/    a link to the driver's own folder, where TP_SOURCES are
#   options    what its driver.conf adds to the compiler's command line, a response file of gcc
#   ldflags    the same for the linker's
#   $(TP_SYS)  the result
# Warnings in a driver's own code are its maker's, but stay in the log.
ifdef THIRD_PARTY
TP_OBJS := $(TP_SOURCES:%.c=$(THIRD_PARTY)/obj/%.o)

$(THIRD_PARTY)/obj/%.o: $(THIRD_PARTY)/source/%.c $(THIRD_PARTY)/options
	@mkdir -p $(@D)
	@echo '  CC   $*.c'
	$(Q)$(MINGW) $(DRV_CFLAGS) -I$(THIRD_PARTY)/source -I$(<D) @$(THIRD_PARTY)/options \
	  -MD -MP -c $< -o $@

$(THIRD_PARTY)/$(TP_SYS): $(TP_OBJS) $(THIRD_PARTY)/options $(THIRD_PARTY)/ldflags $(IMPLIBS)
	@echo '  LINK $(TP_SYS)'
	$(Q)$(DRV_LINK) @$(THIRD_PARTY)/ldflags

-include $(TP_OBJS:.o=.d)
endif
