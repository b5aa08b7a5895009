/* SPDX-License-Identifier: MIT */
#include "nt/nt_test.h"
#include "nt/wdk.h"

NTSTATUS NTAPI WdfVersionBind(PDRIVER_OBJECT, PUNICODE_STRING, PVOID, PVOID *);
NTSTATUS NTAPI WdfVersionUnbind(PUNICODE_STRING, PVOID, PVOID);
NTSTATUS NTAPI WdfVersionBindClass(PVOID, PVOID, PVOID);

/* As in a driver: WDF_BIND_INFO of fxldr.h. */
struct bind {
    ULONG size;
    PWCHAR component;
    ULONG version[3];
    ULONG count;
    void *table;
    PVOID module;
};

TEST_NT(binding_to_kmdf_gives_a_copied_table_up_to_1_13, "")
{
    static void *functions[438];
    struct bind info = {sizeof info, (PWCHAR)L"KmdfLibrary", {1, 13, 0}, 438, functions, NULL};
    PVOID globals = NULL;
    CHECK_EQ(WdfVersionBind(NULL, NULL, &info, &globals), STATUS_SUCCESS);
    CHECK(globals != NULL);
    for (unsigned i = 0; i < 438; i++)
        CHECK(functions[i] != NULL && (i == 0 || functions[i] != functions[i - 1]));
    CHECK_EQ(WdfVersionUnbind(NULL, &info, globals), STATUS_SUCCESS);
}

TEST_NT(binding_to_kmdf_gives_a_pointer_from_1_15, "")
{
    void **functions = NULL;
    struct bind info = {sizeof info, (PWCHAR)L"KmdfLibrary", {1, 15, 0}, 444, &functions, NULL};
    PVOID globals = NULL;
    CHECK_EQ(WdfVersionBind(NULL, NULL, &info, &globals), STATUS_SUCCESS);
    CHECK(functions && functions[0] && functions[443]);
    CHECK_EQ(WdfVersionUnbind(NULL, &info, globals), STATUS_SUCCESS);
}

TEST_NT(other_frameworks_and_class_extensions_are_not_there, "")
{
    void **functions = NULL;
    struct bind info = {sizeof info, (PWCHAR)L"UmdfLibrary", {2, 15, 0}, 444, &functions, NULL};
    PVOID globals = NULL;
    CHECK_EQ(WdfVersionBind(NULL, NULL, &info, &globals), STATUS_OBJECT_NAME_NOT_FOUND);
    info.component = (PWCHAR)L"KmdfLibrary2";
    CHECK_EQ(WdfVersionBind(NULL, NULL, &info, &globals), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(!functions && !globals);
    CHECK_EQ(WdfVersionBindClass(&info, NULL, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
}
