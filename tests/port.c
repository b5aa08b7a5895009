/* SPDX-License-Identifier: MIT */
/* port.c - the compiler's command lines are those of drivers/rules.mk. */
#include "tests/port.h"
#include <libgen.h>
#include <stdlib.h>

#define WDK "/usr/share/mingw-w64/include"

static const char *const compile[] = {"-std=gnu11",
                                      "-Wall",
                                      "-Wextra",
                                      "-Wno-unused-parameter",
                                      "-Wno-unknown-pragmas",
                                      "-Wno-multichar",
                                      "-Wno-missing-field-initializers",
                                      "-ffreestanding",
                                      "-fno-builtin",
                                      "-D_AMD64_",
                                      "-DWINVER=0x0602",
                                      "-D_WIN32_WINNT=0x0602",
                                      "-DNTDDI_VERSION=0x06020000",
                                      "-DNDIS_MINIPORT_DRIVER=1",
                                      "-DNDIS51_MINIPORT=1",
                                      "-Iinclude/ddk",
                                      "-I" WDK "/ddk"};
static const char *const compile_cplusplus[] = {"--target=x86_64-w64-windows-gnu",
                                                "-std=gnu++14",
                                                "-Wall",
                                                "-Wno-unknown-pragmas",
                                                "-fms-extensions",
                                                "-D_AMD64_",
                                                "-DWINVER=0x0602",
                                                "-D_WIN32_WINNT=0x0602",
                                                "-DNTDDI_VERSION=0x06020000",
                                                "-DNDIS_MINIPORT_DRIVER=1",
                                                "-DNDIS51_MINIPORT=1",
                                                "-isystem",
                                                "include/ddk",
                                                "-isystem",
                                                WDK "/ddk",
                                                "-isystem",
                                                WDK};

#define COUNT(a) (sizeof(a) / sizeof *(a))

void port_compile_check(const char *path, bool ported)
{
    const char *end = strrchr(path, '.'), *args[40];
    bool cplusplus = end && !strcmp(end, ".cpp");
    size_t n = 0;
    if (!end || (strcmp(end, ".c") && !cplusplus))
        return;
    args[n++] = cplusplus ? "clang" : "x86_64-w64-mingw32-gcc";
    for (size_t i = 0; i < (cplusplus ? COUNT(compile_cplusplus) : COUNT(compile)); i++)
        args[n++] = cplusplus ? compile_cplusplus[i] : compile[i];
    args[n++] = "-Werror";
    args[n++] = "-fsyntax-only";
    args[n++] = path;
    if (ported)
        args[n++] = "-DNDIS60=1";
    args[n] = NULL;
    struct run *r = run_program(args);
    if (r->status == 127 && cplusplus)
        return; /* the tool itself has parsed it */
    CHECK_STATUS(r, 0);
}

void port_link(const char *const *files, size_t count, const char *sys)
{
    const char *args[80] = {
        "x86_64-w64-mingw32-gcc",       "-O2",       "-g", "-mno-red-zone", "-fno-stack-protector",
        "-fasynchronous-unwind-tables", "-DNDIS60=1"};
    size_t n = 7;
    for (size_t i = 0; i < COUNT(compile); i++)
        if (!strstr(compile[i], "_MINIPORT")) /* the driver's own header says it */
            args[n++] = compile[i];
    static const char *const link[] = {"-nostdlib",
                                       "-shared",
                                       "-Wl,--subsystem,native",
                                       "-Wl,--entry,DriverEntry",
                                       "-Wl,--dynamicbase",
                                       "-Wl,--image-base,0x140000000",
                                       "-Wl,--file-alignment,0x200",
                                       "-Wl,--section-alignment,0x1000",
                                       "-Wl,--exclude-all-symbols"};
    for (size_t i = 0; i < COUNT(link); i++)
        args[n++] = link[i];
    args[n++] = "-o";
    args[n++] = sys;
    for (size_t i = 0; i < count; i++)
        args[n++] = files[i];
    char *binary = run_text_of("%s", run_binary());
    args[n++] = run_text_of("-L%s/lib", dirname(binary));
    args[n++] = "-lndis";
    args[n++] = "-lntoskrnl";
    args[n++] = "-lhal";
    args[n] = NULL;
    CHECK_STATUS(run_program(args), 0);
}

size_t port_number(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 10) : otherwise;
}
