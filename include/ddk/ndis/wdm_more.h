/* SPDX-License-Identifier: MIT */
/* wdm_more.h - names of the WDK's wdm.h that mingw-w64's lacks. */
#ifndef DDK_NDIS_WDM_MORE_H
#define DDK_NDIS_WDM_MORE_H

/* Role types (function types that a driver declares its callbacks with) that only exist as pointers
 * there. */
typedef __typeof__(*(PALLOCATE_FUNCTION)0)         ALLOCATE_FUNCTION;
typedef __typeof__(*(PFREE_FUNCTION)0)             FREE_FUNCTION;
typedef __typeof__(*(PALLOCATE_FUNCTION_EX)0)      ALLOCATE_FUNCTION_EX;
typedef __typeof__(*(PFREE_FUNCTION_EX)0)          FREE_FUNCTION_EX;
typedef __typeof__(*(PRTL_QUERY_REGISTRY_ROUTINE)0) RTL_QUERY_REGISTRY_ROUTINE;

/* Types of the user-mode headers that WDK headers bring into drivers too; repeating a typedef is fine
 * where windef.h comes as well. */
typedef ULONG  DWORD, *PDWORD, *LPDWORD;
typedef USHORT WORD, *PWORD;
typedef UCHAR  BYTE, *PBYTE;
typedef int    BOOL, *PBOOL;
typedef VOID  *LPVOID;
#ifndef _TCHAR_DEFINED
#define _TCHAR_DEFINED
#ifdef UNICODE
typedef WCHAR TCHAR, *PTCHAR;
typedef PWSTR PTSTR, LPTSTR;
#else
typedef CHAR TCHAR, *PTCHAR;
typedef PSTR PTSTR, LPTSTR;
#endif
#endif

/* Flags for the Priority of MmGetSystemAddressForMdlSafe (WDK: "MmMapLockedPagesSpecifyCache"). */
#ifndef MdlMappingNoExecute
#define MdlMappingNoWrite   0x80000000
#define MdlMappingNoExecute 0x40000000
#endif

#endif
