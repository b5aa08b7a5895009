# How a fuzz target is built (`make fuzz`): clang, libFuzzer, AddressSanitizer, UBSan.
#
# fuzz/NAME_fuzz.c names the code that it is after, folders or files, in a comment line of its own:
#     /* fuzz: src/inf src/net/frame.c */
# That code is compiled with the fuzzer's instrumentation. All else that the target draws in comes from
# dirql's ordinary objects. Seeds lie in fuzz/seeds/NAME; `./dev test` runs every target for a while.

FUZZ_CC    := clang
FUZZ_SAN   := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -Wno-everything
FUZZ_NAMES := $(patsubst fuzz/%_fuzz.c,%,$(wildcard fuzz/*_fuzz.c))

fuzz: $(FUZZ_NAMES:%=$(O)/fuzz/%)
	@:

# Only members of this archive that are needed are linked, so a target stays small.
$(O)/fuzz/libdirql.a: $(LIBOBJS) $(PORTOBJS)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcT $@ $(abspath $^)

$(O)/obj/fuzz/%.c.o: %.c
	@mkdir -p $(@D)
	@echo '  FUZZ $<'
	$(Q)$(FUZZ_CC) $(ALL_CFLAGS) $(FUZZ_SAN) -fsanitize=fuzzer-no-link -MD -MP -c $< -o $@

$(O)/obj/fuzz/src/port/%.c.o: src/port/%.c
	@mkdir -p $(@D)
	@echo '  FUZZ $<'
	$(Q)$(FUZZ_CC) $(PORT_CFLAGS) $(FUZZ_SAN) -fsanitize=fuzzer-no-link -MD -MP -c $< -o $@

# The objects of what a target's comment line names.
fuzz_names = $(shell sed -n 's,^/\* fuzz: \(.*\) \*/$$,\1,p' fuzz/$(1)_fuzz.c)
fuzz_code  = $(foreach p,$(fuzz_names),$(if $(filter %.c,$(p)),$(p),$(filter-out %_test.c,$(wildcard $(p)/*.c))))

define fuzz_target
$(O)/fuzz/$(1): $(patsubst %,$(O)/obj/fuzz/%.o,fuzz/$(1)_fuzz.c $(2)) $(O)/fuzz/libdirql.a
	$(if $(2),,$$(error fuzz/$(1)_fuzz.c: no line "/* fuzz: FILES */" that names the code under test))
	@echo '  LINK $$@'
	$(Q)$(FUZZ_CC) $(FUZZ_SAN) -fsanitize=fuzzer -o $$@ $$^ $(LIBS)
-include $(patsubst %,$(O)/obj/fuzz/%.d,$(2) fuzz/$(1)_fuzz.c)
endef
# Reading the comment lines takes a moment, so only when fuzz targets are asked for.
ifneq ($(filter fuzz $(O)/fuzz/%,$(MAKECMDGOALS)),)
$(foreach n,$(FUZZ_NAMES),$(eval $(call fuzz_target,$(n),$(call fuzz_code,$(n)))))
endif
.PHONY: fuzz
