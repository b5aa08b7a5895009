/* SPDX-License-Identifier: MIT */
/* testimage_test.c - builds and loads the images that the tests of this room work on. */
#include "pe/testimage.h"
#include "tests/harness/test.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#define DATA "src/pe/testdata"

const struct testimage_import *testimage_imports;

static char folder[64];

/* Tests end by _exit or a signal, so a process of its own waits for that and cleans up. */
static void remove_folder_later(void)
{
    int pipefd[2];
    CHECK(!pipe2(pipefd, O_CLOEXEC));
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        char byte;
        setpgid(0, 0);
        close(pipefd[1]);
        while (read(pipefd[0], &byte, 1) > 0)
            ;
        execlp("rm", "rm", "-rf", folder, NULL);
        _exit(1);
    }
    setpgid(pid, pid);
    close(pipefd[0]);
}

const char *testimage_folder(void)
{
    if (!folder[0]) {
        strcpy(folder, "/tmp/dirql-pe-XXXXXX");
        CHECK(mkdtemp(folder));
        remove_folder_later();
    }
    return folder;
}

__attribute__((format(printf, 1, 2))) static void run(const char *fmt, ...)
{
    char command[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(command, sizeof command, fmt, ap);
    va_end(ap);
    if (system(command))
        test_fail(__FILE__, __LINE__, "failed: %s", command);
}

const char *testimage_build(enum testimage_tool tool, const char *source, const char *name,
                            const char *cflags, const char *ldflags)
{
    const char *dir = testimage_folder();
    char def[128] = "", *path;
    CHECK(asprintf(&path, "%s/%s.sys", dir, name) > 0);
    snprintf(def, sizeof def, DATA "/%s.def", source);
    if (access(def, R_OK))
        def[0] = 0;
    if (tool == TESTIMAGE_GNU) {
        run("x86_64-w64-mingw32-dlltool -d " DATA "/testkrnl.def -l %s/libtestkrnl.a", dir);
        run("x86_64-w64-mingw32-gcc -O1 -g -std=gnu11 -ffreestanding -fno-builtin -mno-red-zone "
            "-fno-stack-protector -fasynchronous-unwind-tables -nostdlib -shared "
            "-Wl,--subsystem,native -Wl,--entry,DriverEntry -Wl,--dynamicbase -Wl,--nxcompat "
            "-Wl,--image-base,0x140000000 %s " DATA "/%s.c %s -o %s -L%s -ltestkrnl %s",
            cflags, source, def, path, dir, ldflags);
    } else {
        if (system("command -v clang >/dev/null && command -v lld-link >/dev/null && "
                   "command -v llvm-dlltool >/dev/null"))
            SKIP("needs clang, lld and llvm");
        run("llvm-dlltool -m i386:x86-64 -d " DATA "/testkrnl.def -l %s/testkrnl.lib", dir);
        run("clang -target x86_64-windows-msvc -O1 -g -gcodeview -fms-extensions -ffreestanding "
            "-fno-builtin -fasynchronous-unwind-tables -mno-red-zone -mno-stack-arg-probe %s "
            "-c " DATA "/%s.c -o %s/%s.obj",
            cflags, source, dir, name);
        run("cd %s && lld-link /nologo /subsystem:native /driver /entry:DriverEntry /dll "
            "/nodefaultlib /base:0x140000000 /debug "
            "/pdb:%s.pdb /out:%s %s.obj testkrnl.lib %s%s%s %s",
            dir, name, path, name, def[0] ? "/def:$OLDPWD/" : "", def, "", ldflags);
    }
    return path;
}

unsigned char *testimage_read(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    CHECK(f);
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    CHECK(n > 0);
    rewind(f);
    unsigned char *bytes = malloc((size_t)n);
    CHECK(bytes && fread(bytes, 1, (size_t)n, f) == (size_t)n);
    fclose(f);
    *size = (size_t)n;
    return bytes;
}

static void *alloc(void *ctx, size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static int protect(void *ctx, void *va, size_t bytes, int prot)
{
    return mprotect(va, bytes, prot) ? -errno : 0;
}

static void release(void *ctx, void *va, size_t bytes)
{
    munmap(va, bytes);
}

static void *resolve(void *ctx, const char *module, const char *name, unsigned ordinal)
{
    for (const struct testimage_import *i = testimage_imports; i && i->address; i++)
        if (name ? i->name && !strcmp(i->name, name) : !i->name && i->ordinal == ordinal)
            return i->address;
    return NULL;
}

const struct pe_loader testimage_loader = {
    .alloc = alloc, .protect = protect, .release = release, .resolve = resolve};

struct pe_image *testimage_open(const char *path)
{
    struct pe_image *image = NULL;
    char err[400] = "";
    if (pe_image_open(path, &image, err, sizeof err))
        test_fail(__FILE__, __LINE__, "%s", err);
    return image;
}

struct pe_loaded *testimage_load(const char *path)
{
    struct pe_loaded *loaded = NULL;
    char err[400] = "";
    if (pe_load(testimage_open(path), path, &testimage_loader, 1, &loaded, err, sizeof err))
        test_fail(__FILE__, __LINE__, "%s", err);
    return loaded;
}
