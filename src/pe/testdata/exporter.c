/* SPDX-License-Identifier: MIT */
/* exporter.c - an image that other images import from (it is loaded as testkrnl.exe). */
__declspec(dllexport) unsigned long TestAdd(unsigned long a, unsigned long b)
{
    return a + b + 100000;
}

__declspec(dllexport) long DriverEntry(void *driver, void *path)
{
    (void)driver;
    (void)path;
    return 0;
}
