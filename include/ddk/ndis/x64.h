/* SPDX-License-Identifier: MIT */
/* x64.h - kernel inlines of x64 Windows that mingw-w64's headers lack or get wrong.
 *
 * On x64 these are not exports: the WDK expands port and register access to instructions, so a
 * driver that imported READ_PORT_UCHAR would not load. WDK: "READ_PORT_UCHAR",
 * "READ_REGISTER_UCHAR", "KeGetCurrentProcessorNumber". The page of WRITE_REGISTER_ULONG promises
 * that the write is not moved behind later accesses; x64 needs a locked operation for that, as the
 * WDK emits. */
#ifndef DDK_NDIS_X64_H
#define DDK_NDIS_X64_H

/* Orders what is before it against what is after it; a locked no-op on the stack is the cheapest.
 */
#define DDK_FAST_STORE_FENCE() __asm__ __volatile__("lock; orl $0, (%%rsp)" ::: "memory", "cc")

/* The current thread is in the processor's control region, which gs points to. */
FORCEINLINE PKTHREAD KeGetCurrentThread(VOID)
{
    PKTHREAD Thread;
    __asm__ __volatile__("movq %%gs:0x188, %0" : "=r"(Thread));
    return Thread;
}

#ifndef KeMemoryBarrierWithoutFence
#define KeMemoryBarrierWithoutFence() __asm__ __volatile__("" ::: "memory")
#endif

FORCEINLINE VOID KeMemoryBarrier(VOID)
{
    DDK_FAST_STORE_FENCE();
}

#ifndef MemoryBarrier
#define MemoryBarrier() KeMemoryBarrier()
#endif

#define DDK_PORT_NUMBER(port) ((USHORT)(ULONG_PTR)(port))

#define DDK_PORT(NAME, type, suffix, reg)                                                          \
    FORCEINLINE type READ_PORT_##NAME(type *Port)                                                  \
    {                                                                                              \
        type Value;                                                                                \
        __asm__ __volatile__("in" suffix " %w1, %" reg "0"                                         \
                             : "=a"(Value)                                                         \
                             : "Nd"(DDK_PORT_NUMBER(Port))                                         \
                             : "memory");                                                          \
        return Value;                                                                              \
    }                                                                                              \
    FORCEINLINE VOID WRITE_PORT_##NAME(type *Port, type Value)                                     \
    {                                                                                              \
        __asm__ __volatile__("out" suffix " %" reg "0, %w1"                                        \
                             :                                                                     \
                             : "a"(Value), "Nd"(DDK_PORT_NUMBER(Port))                             \
                             : "memory");                                                          \
    }                                                                                              \
    FORCEINLINE VOID READ_PORT_BUFFER_##NAME(type *Port, type *Buffer, ULONG Count)                \
    {                                                                                              \
        SIZE_T Left = Count;                                                                       \
        __asm__ __volatile__("rep ins" suffix                                                      \
                             : "+D"(Buffer), "+c"(Left)                                            \
                             : "d"(DDK_PORT_NUMBER(Port))                                          \
                             : "memory");                                                          \
    }                                                                                              \
    FORCEINLINE VOID WRITE_PORT_BUFFER_##NAME(type *Port, type *Buffer, ULONG Count)               \
    {                                                                                              \
        SIZE_T Left = Count;                                                                       \
        __asm__ __volatile__("rep outs" suffix                                                     \
                             : "+S"(Buffer), "+c"(Left)                                            \
                             : "d"(DDK_PORT_NUMBER(Port))                                          \
                             : "memory");                                                          \
    }

DDK_PORT(UCHAR, UCHAR, "b", "b")
DDK_PORT(USHORT, USHORT, "w", "w")
DDK_PORT(ULONG, ULONG, "l", "k")

#undef DDK_PORT

#define DDK_REGISTER(NAME, type)                                                                   \
    FORCEINLINE type READ_REGISTER_##NAME(volatile type *Register)                                 \
    {                                                                                              \
        __asm__ __volatile__("" ::: "memory");                                                     \
        return *Register;                                                                          \
    }                                                                                              \
    FORCEINLINE VOID WRITE_REGISTER_##NAME(volatile type *Register, type Value)                    \
    {                                                                                              \
        *Register = Value;                                                                         \
        DDK_FAST_STORE_FENCE();                                                                    \
    }                                                                                              \
    FORCEINLINE VOID READ_REGISTER_BUFFER_##NAME(volatile type *Register, type *Buffer,            \
                                                 ULONG Count)                                      \
    {                                                                                              \
        while (Count-- != 0)                                                                       \
            *Buffer++ = *Register++;                                                               \
    }                                                                                              \
    FORCEINLINE VOID WRITE_REGISTER_BUFFER_##NAME(volatile type *Register, type *Buffer,           \
                                                  ULONG Count)                                     \
    {                                                                                              \
        while (Count-- != 0)                                                                       \
            *Register++ = *Buffer++;                                                               \
        DDK_FAST_STORE_FENCE();                                                                    \
    }

DDK_REGISTER(UCHAR, UCHAR)
DDK_REGISTER(USHORT, USHORT)
DDK_REGISTER(ULONG, ULONG)
DDK_REGISTER(ULONG64, ULONG64)

#undef DDK_REGISTER
#endif /* DDK_NDIS_X64_H */
