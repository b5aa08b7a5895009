/* SPDX-License-Identifier: MIT */
#include "port/project.h"
#include "tests/harness/test.h"
#include <string.h>

static void becomes(const char *text, const char *expected)
{
    CHECK_STR(text_without_casts("t.c", text, strlen(text)), expected);
}

static void stays(const char *text)
{
    becomes(text, text);
}

TEST(port_reads_no_cast_that_is_an_lvalue, "")
{
    becomes("{ (PUCHAR)p += 1; }", "{         p += 1; }");
    becomes("if (a) (ULONG)p->x[i] = 1;", "if (a)        p->x[i] = 1;");
    becomes("q = &((PVOID)p);", "q = &(       p);");
    becomes("f(&(unsigned char *)p);", "f(&                 p);");
    becomes(
        "#define PUT(l, e) if (l) \\\n    x = 1; \\\n    else \\\n    (LINK)((l)->tail) = (e)\n",
        "#define PUT(l, e) if (l) \\\n    x = 1; \\\n    else \\\n          ((l)->tail) = (e)\n");
}

TEST(port_reads_other_brackets_as_they_are, "")
{
    stays("if (a) b = 1;");
    stays("FOO(a) b = 1;");
    stays("x = (m) & (ULONG)y;");
    stays("x = y & (ULONG)z;");
    stays("{ (*p) = 1; (p)->x = 1; *(PUCHAR)p = 1; }");
    stays("x = (ULONG)y;");
    stays("while (n) (void)f(n);");
}
