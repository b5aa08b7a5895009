/* SPDX-License-Identifier: MIT */
/* tiny.c - a driver image with one of everything that the loader handles: imports by name and by
 * ordinal, exports, a forwarder (tiny.def), relocated pointers, read-only, writable and zero data.
 */
#define IMPORT __declspec(dllimport)
#define EXPORT __declspec(dllexport)

IMPORT unsigned long TestAdd(unsigned long a, unsigned long b);
IMPORT unsigned long TestByOrdinal(unsigned long a);
IMPORT unsigned long TestVariable;
#ifdef WITH_MISSING
IMPORT unsigned long TestNobodyHasThis(void);
IMPORT unsigned long TestNorThis(void);
#endif

static unsigned long zeroed[4096];
static unsigned long counter = 7;
static const char text[] = "tiny";

unsigned long *pointer_to_counter = &counter;
const char *const pointer_to_text = text;

EXPORT unsigned long TinyDouble(unsigned long a)
{
    return TestAdd(a, a);
}

/* A table of addresses, which has to be relocated. */
unsigned long (*const functions[])(unsigned long) = {TinyDouble, TinyDouble};

EXPORT long DriverEntry(void *driver, void *path)
{
    (void)driver;
    (void)path;
#ifdef WITH_MISSING
    if (counter == 1)
        return (long)(TestNobodyHasThis() + TestNorThis());
#endif
    zeroed[counter] += functions[counter & 1](21) + TestByOrdinal(1) + TestVariable;
    return (long)(zeroed[counter] + *pointer_to_counter + (unsigned char)pointer_to_text[0]);
}
