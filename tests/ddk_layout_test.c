/* SPDX-License-Identifier: MIT */
/* ddk_layout_test.c - the host sees the structures that drivers see, and the headers' values are
 * the documented ones. */
#include "nt/wdk_ndis.h"
#include <ndis/layout.h>
#include "tests/harness/test.h"

TEST(ddk_host_layouts_are_the_drivers, "")
{
    /* The assertions of ndis/layout.h held when this file was compiled; here the one thing that
     * differs on purpose: a list on the host has room for what newer drivers index. */
    CHECK(sizeof(NET_BUFFER_LIST) > 0x150);
    CHECK_EQ(sizeof(NET_BUFFER_LIST) % 16, 0);
}

TEST(ddk_interrupt_characteristics_have_one_size, "R-025")
{
    CHECK_EQ(sizeof(NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS),
             NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1);
    CHECK_EQ(NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT, 0x84);
    CHECK_EQ(NDIS_MINIPORT_INTERRUPT_REVISION_1, 1);
}

TEST(ddk_status_values_are_ntstatus_where_it_has_them, "")
{
    CHECK_EQ(NDIS_STATUS_SUCCESS, 0);
    CHECK_EQ((ULONG)NDIS_STATUS_PENDING, 0x00000103);
    CHECK_EQ((ULONG)NDIS_STATUS_FAILURE, 0xC0000001);
    CHECK_EQ((ULONG)NDIS_STATUS_RESOURCES, 0xC000009A);
    CHECK_EQ((ULONG)NDIS_STATUS_NOT_SUPPORTED, 0xC00000BB);
    CHECK_EQ((ULONG)NDIS_STATUS_BAD_VERSION, 0xC0010004);
    CHECK_EQ((ULONG)NDIS_STATUS_INVALID_PARAMETER, 0xC000000D);
    CHECK_EQ((ULONG)NDIS_STATUS_PAUSED, 0xC023002A);
    CHECK_EQ((ULONG)NDIS_STATUS_UNSUPPORTED_REVISION, 0xC023002C);
}

TEST(ddk_net_buffer_members_have_both_names, "")
{
    NET_BUFFER nb;
    memset(&nb, 0, sizeof(nb));
    NET_BUFFER_DATA_LENGTH(&nb) = 60;
    CHECK_EQ(nb.NetBufferHeader.NetBufferData.NbDataLength.DataLength, 60);
    CHECK_EQ(nb.NbDataLength.stDataLength, 60);
    nb.NetBufferHeader.NetBufferData.DataOffset = 14;
    CHECK_EQ(NET_BUFFER_DATA_OFFSET(&nb), 14);
}

TEST(ddk_hash_information_keeps_type_and_function_apart, "")
{
    static NET_BUFFER_LIST nbl;
    NET_BUFFER_LIST_SET_HASH_TYPE(&nbl, NDIS_HASH_TCP_IPV4);
    NET_BUFFER_LIST_SET_HASH_FUNCTION(&nbl, NdisHashFunctionToeplitz);
    CHECK_EQ(NET_BUFFER_LIST_GET_HASH_TYPE(&nbl), NDIS_HASH_TCP_IPV4);
    CHECK_EQ(NET_BUFFER_LIST_GET_HASH_FUNCTION(&nbl), NdisHashFunctionToeplitz);
    NET_BUFFER_LIST_SET_HASH_TYPE(&nbl, NDIS_HASH_IPV6);
    CHECK_EQ(NET_BUFFER_LIST_GET_HASH_TYPE(&nbl), NDIS_HASH_IPV6);
    CHECK_EQ(NET_BUFFER_LIST_GET_HASH_FUNCTION(&nbl), NdisHashFunctionToeplitz);
}
