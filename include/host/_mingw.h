#pragma once
#include <stddef.h>
#include <stdint.h>
#define __MINGW64_VERSION_MAJOR 10
#define __LONG32 int
/* As mingw-w64 itself where long has 64 bits: netevent.h and others write their constants with it. */
#define __MSABI_LONG(x) x
#define _WIN64 1
#define _WIN32 1
#define WIN64 1
#ifndef _AMD64_
#define _AMD64_ 1
#endif
#define _M_AMD64 100
#define __stdcall __attribute__((ms_abi))
#define __fastcall __attribute__((ms_abi))
#define __cdecl __attribute__((ms_abi))
#define __declspec(x) __host_declspec_##x
#define __host_declspec_dllimport
#define __host_declspec_dllexport
#define __host_declspec_noreturn __attribute__((noreturn))
#define __host_declspec_selectany __attribute__((weak))
#define __host_declspec_align(n) __attribute__((aligned(n)))
#define __host_declspec_uuid(x)
#define __host_declspec_novtable
#define __host_declspec_deprecated
#define __forceinline static inline __attribute__((always_inline))
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long
#define __ptr32
#define __ptr64
#define __unaligned
#define __C89_NAMELESS __extension__
#define __MINGW_EXTENSION __extension__
#define __CRT_INLINE extern inline
#define __MINGW_NOTHROW
#define _CRTIMP
#define _ANONYMOUS_UNION __extension__
#define _ANONYMOUS_STRUCT __extension__
#define _UNION_NAME(x)
#define _STRUCT_NAME(x)
#define DUMMYUNIONNAME
#define DUMMYUNIONNAME1
#define DUMMYUNIONNAME2
#define DUMMYUNIONNAME3
#define DUMMYUNIONNAME4
#define DUMMYUNIONNAME5
#define DUMMYUNIONNAME6
#define DUMMYUNIONNAME7
#define DUMMYUNIONNAME8
#define DUMMYUNIONNAME9
#define DUMMYSTRUCTNAME
#define DUMMYSTRUCTNAME1
#define DUMMYSTRUCTNAME2
#define DUMMYSTRUCTNAME3
#define DUMMYSTRUCTNAME4
#define DUMMYSTRUCTNAME5
