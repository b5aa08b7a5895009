/* SPDX-License-Identifier: MIT */
/* frames.c - functions of many shapes; the test steps through each and unwinds at every
 * instruction. */
#define EXPORT   __declspec(dllexport)
#define NOINLINE __attribute__((noinline))
typedef unsigned long long u64;

volatile u64 sink;

#ifdef __MINGW32__
/* What the compiler calls before it lowers rsp by more than a page: the stack here is all there. */
__asm__(".text\n.globl ___chkstk_ms\n___chkstk_ms:\n\tret");
#endif

NOINLINE static u64 leaf(u64 a)
{
    return a * 3 + 1;
}

/* A plain frame with saved registers. */
NOINLINE static u64 saves(u64 a, u64 b, u64 c, u64 d)
{
    u64 x = leaf(a), y = leaf(b), z = leaf(c), w = leaf(d);
    sink = x;
    u64 v = leaf(x + y) + leaf(z + w);
    return x + y * z - w + leaf(v) + leaf(x ^ y ^ z ^ w);
}

/* More than 128 bytes, and more than 512 KiB / 8 of locals. */
NOINLINE static u64 large(u64 a)
{
    volatile u64 array[300];
    for (int i = 0; i < 5; i++)
        array[i * 60] = a + i;
    return saves(array[0], array[60], array[120], array[180]);
}

/* A frame register, as the size is known only at run time. */
NOINLINE static u64 dynamic(u64 n)
{
    volatile u64 *array = __builtin_alloca(n * 8 + 16);
    u64 sum = 0;
    array[0] = n;
    array[n] = 7;
    for (u64 i = 0; i <= n; i += n)
        sum += saves(array[i], i, n, sum);
    return sum;
}

/* Saved vector registers. */
NOINLINE static u64 vectors(u64 a)
{
    __asm__ volatile("movq %0, %%xmm6\n\tmovq %0, %%xmm7\n\tmovq %0, %%xmm15"
                     :
                     : "r"(a)
                     : "xmm6", "xmm7", "xmm15");
    return saves(a, a, a, a) + 1;
}

/* Returns in the middle, calls through a pointer, a jump as the last call. */
static u64 (*volatile through)(u64) = leaf;

NOINLINE static u64 branches(u64 a, u64 b)
{
    if (a > b) {
        u64 x = through(a) + leaf(b);
        if (x & 1)
            return through(x);
        sink += saves(x, a, b, x);
        return x;
    }
    for (u64 i = a; i < b; i++)
        sink += through(i);
    return leaf(sink);
}

NOINLINE static u64 recursive(u64 n)
{
    u64 x = leaf(n);
    return n ? recursive(n - 1) + x * saves(n, x, n, x) : x;
}

NOINLINE static u64 switches(u64 n)
{
    switch (n) {
    case 0:
        return leaf(n);
    case 1:
        sink += leaf(n + 1);
        return leaf(sink);
    case 2:
        sink += large(n);
        __attribute__((fallthrough));
    case 3:
        return through(n) + 3;
    case 4:
        return vectors(n);
    }
    return 0;
}

EXPORT u64 Frames(u64 a)
{
    u64 sum = saves(a, 2, 3, 4) + large(a) + dynamic(5) + vectors(a);
    sum += branches(1, 4) + branches(9, 2) + branches(8, 1) + recursive(4);
    for (u64 i = 0; i < 6; i++)
        sum += switches(i);
    return sum;
}

EXPORT long DriverEntry(void *driver, void *path)
{
    (void)driver;
    (void)path;
    return (long)Frames(1);
}
