/* SPDX-License-Identifier: MIT */
/* delayed.c - a delay-loaded import. The helper that would load the module is never reached, as
 * imports of this kind are bound when the image is loaded. */
__declspec(dllimport) unsigned long TestAdd(unsigned long a, unsigned long b);

void *__delayLoadHelper2(void *descriptor, void **slot)
{
    (void)descriptor;
    (void)slot;
    __builtin_trap();
}

long DriverEntry(void *driver, void *path)
{
    (void)driver;
    (void)path;
    return (long)TestAdd(3, 4);
}
