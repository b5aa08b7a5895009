/* SPDX-License-Identifier: MIT */
/* file.c - NdisOpenFile: files that a driver loads into its card, firmware mostly.
 *
 * On Windows they lie where drivers are installed, \SystemRoot\System32\drivers; here beside the
 * driver's .sys. The whole file is read when it is opened; mapping only says that the driver may
 * look. */
#include "ndis/objects.h"
#include "nt/rtl.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_MAGIC 0x4c49464eu /* "NFIL" */
#define FILE_TAG   0x6c69664eu /* "Nfil" */
#define BYTES_MAX  (16u << 20)

static const char kind_file[] = "open file";
static char *directory; /* NULL: there are no files */

struct ndis_file {
    uint32_t magic;
    bool mapped;
    void *bytes; /* pool */
    char *name;
    struct ndis_object object;
};

void ndis_set_file_directory(const char *path)
{
    free(directory);
    directory = path ? strdup(path) : NULL;
}

static struct ndis_file *file_of(const struct ndis_object *object)
{
    return (struct ndis_file *)((char *)object - offsetof(struct ndis_file, object));
}

static void describe(const struct ndis_object *object, char *out, size_t size)
{
    snprintf(out, size, "%s", file_of(object)->name);
}

static void file_free(struct ndis_object *object)
{
    struct ndis_file *file = file_of(object);
    ndis_object_remove(object);
    file->magic = 0;
    nt_pool_free(file->bytes);
    free(file->name);
    free(file);
}

/* A file's name, whatever the case of its letters; folders are not looked into. NULL if there is
 * none. */
static FILE *find(const char *name)
{
    DIR *dir = directory ? opendir(directory) : NULL;
    FILE *found = NULL;
    const struct dirent *entry;
    while (dir && !found && (entry = readdir(dir))) {
        char *path = NULL;
        if (!strcasecmp(entry->d_name, name) &&
            asprintf(&path, "%s/%s", directory, entry->d_name) > 0)
            found = fopen(path, "rb");
        free(path);
    }
    if (dir)
        closedir(dir);
    return found;
}

static NDIS_STATUS read_all(FILE *stream, struct ndis_file *file, uint64_t highest, UINT *length)
{
    long size = fseek(stream, 0, SEEK_END) ? -1 : ftell(stream);
    if (size < 0 || size > (long)BYTES_MAX || fseek(stream, 0, SEEK_SET))
        return NDIS_STATUS_ERROR_READING_FILE;
    file->bytes = nt_pool_alloc_system(size ? (size_t)size : 1, FILE_TAG);
    if (!file->bytes ||
        (uint64_t)MmGetPhysicalAddress((char *)file->bytes + (size ? size - 1 : 0)).QuadPart >
            highest)
        return NDIS_STATUS_RESOURCES;
    if (fread(file->bytes, 1, (size_t)size, stream) != (size_t)size)
        return NDIS_STATUS_ERROR_READING_FILE;
    *length = (UINT)size;
    return NDIS_STATUS_SUCCESS;
}

/* There is no handle in the call: files are opened during an Initialize, so by its adapter. */
static struct ndis_adapter *initializing(void)
{
    for (struct ndis_driver *d = ndis_driver_first(); d; d = d->next)
        for (struct ndis_adapter *a = d->adapters; a; a = a->next)
            if (ndis_in_initialize(a))
                return a;
    return NULL;
}

VOID NTAPI NdisOpenFile(PNDIS_STATUS Status, PNDIS_HANDLE FileHandle, PUINT FileLength,
                        PNDIS_STRING FileName, NDIS_PHYSICAL_ADDRESS HighestAcceptableAddress)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = initializing();
    RULE("NdisOpenFile", adapter != NULL, "NdisOpenFile is called from MiniportInitialize only");
    *FileHandle = NULL;
    *FileLength = 0;
    *Status = NDIS_STATUS_RESOURCES;
    struct ndis_file *file = calloc(1, sizeof(*file));
    if (file)
        file->name = rtl_utf8(FileName->Buffer, FileName->Length / sizeof(WCHAR));
    if (!file || !file->name) {
        free(file);
        return;
    }
    FILE *stream = find(file->name);
    *Status = NDIS_STATUS_FILE_NOT_FOUND;
    if (stream) {
        *Status = read_all(stream, file, (uint64_t)HighestAcceptableAddress.QuadPart, FileLength);
        fclose(stream);
    }
    file->object.describe = describe;
    file->object.reclaim = file_free;
    if (*Status != NDIS_STATUS_SUCCESS) {
        file_free(&file->object);
        return;
    }
    file->magic = FILE_MAGIC;
    ndis_object_add(&file->object, adapter, kind_file, file, NDIS_OBJECT_STACK);
    *FileHandle = file;
}
NT_EXPORT("ndis.sys", NdisOpenFile);

static struct ndis_file *file_from(NDIS_HANDLE handle, const char *function)
{
    if (ndis_handle_is(handle, FILE_MAGIC))
        return handle;
    violation("NdisOpenFile", "%s: %p is not a file handle, or is closed", function, handle);
    return NULL;
}

VOID NTAPI NdisMapFile(PNDIS_STATUS Status, PVOID *MappedBuffer, NDIS_HANDLE FileHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *MappedBuffer = NULL;
    *Status = NDIS_STATUS_FAILURE;
    struct ndis_file *file = file_from(FileHandle, __func__);
    if (!file)
        return;
    RULE("NdisMapFile", initializing() != NULL,
         "NdisMapFile is called from MiniportInitialize only");
    *Status = file->mapped ? NDIS_STATUS_ALREADY_MAPPED : NDIS_STATUS_SUCCESS;
    if (!file->mapped)
        *MappedBuffer = file->bytes;
    file->mapped = true;
}
NT_EXPORT("ndis.sys", NdisMapFile);

VOID NTAPI NdisUnmapFile(NDIS_HANDLE FileHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_file *file = file_from(FileHandle, __func__);
    if (file && RULE("NdisUnmapFile", file->mapped, "NdisUnmapFile: %s is not mapped", file->name))
        file->mapped = false;
}
NT_EXPORT("ndis.sys", NdisUnmapFile);

VOID NTAPI NdisCloseFile(NDIS_HANDLE FileHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_file *file = file_from(FileHandle, __func__);
    if (file)
        file_free(&file->object);
}
NT_EXPORT("ndis.sys", NdisCloseFile);
