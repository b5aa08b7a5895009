/* SPDX-License-Identifier: MIT */
/* file_test.c - NdisOpenFile to NdisCloseFile. */
#include "ndis/fake_miniport.h"
#include "ndis/ndis_test.h"
#include <unistd.h>

static char folder[] = "/tmp/dirql-file-XXXXXX";
static NDIS_HANDLE file;
static UINT length;
static NDIS_STATUS status;

static void open_file(PCWSTR name)
{
    NDIS_STRING string;
    NDIS_PHYSICAL_ADDRESS anywhere = {.QuadPart = -1};
    RtlInitUnicodeString(&string, name);
    NdisOpenFile(&status, &file, &length, &string, anywhere);
}

static void make_files(void)
{
    char path[100];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/Firmware.bin", folder);
    FILE *stream = fopen(path, "w");
    CHECK(stream && fputs("microcode", stream) >= 0 && !fclose(stream));
    ndis_set_file_directory(folder);
}

static void remove_files(void)
{
    char path[100];
    snprintf(path, sizeof(path), "%s/Firmware.bin", folder);
    unlink(path);
    rmdir(folder);
}

static void use_file(struct fake *unused)
{
    PVOID bytes, again;
    open_file(L"none.bin");
    CHECK_EQ(status, NDIS_STATUS_FILE_NOT_FOUND);
    CHECK(!file && !length);
    open_file(L"FIRMWARE.BIN");
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    CHECK_EQ(length, 9);
    NdisMapFile(&status, &bytes, file);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    CHECK(!memcmp(bytes, "microcode", 9));
    NdisMapFile(&status, &again, file);
    CHECK_EQ(status, NDIS_STATUS_ALREADY_MAPPED);
    CHECK(!again);
    NdisUnmapFile(file);
    NdisMapFile(&status, &again, file);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    NdisCloseFile(file); /* mapped or not */
}

TEST_NT(a_driver_reads_the_files_beside_it, "")
{
    make_files();
    fake.in_init = use_file;
    fake_finish(fake_running());
    remove_files();
    CHECK_NO_VIOLATION();
    const char *const *leaks;
    CHECK_EQ(report_leaks(&leaks), 0);
}

static void keep_file(struct fake *unused)
{
    open_file(L"firmware.bin");
    NdisUnmapFile(file);
}

TEST_NT(a_file_that_is_not_closed_is_a_leak, "")
{
    make_files();
    fake.in_init = keep_file;
    struct ndis_adapter *adapter = fake_running();
    CHECK_EQ(nt_test_violations("NdisUnmapFile"), 1);
    open_file(L"firmware.bin"); /* too late */
    CHECK_EQ(nt_test_violations("NdisOpenFile"), 1);
    NdisCloseFile(file);
    NdisCloseFile(file);
    CHECK_EQ(nt_test_violations("NdisOpenFile"), 2);
    fake_finish(adapter);
    remove_files();
    const char *const *leaks;
    CHECK_EQ(report_leaks(&leaks), 1);
    CHECK_HAS(leaks[0], "firmware.bin");
}
