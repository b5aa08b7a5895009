/* SPDX-License-Identifier: MIT */
/* log_test.c - NdisMCreateLog and what belongs to it. */
#include "ndis/errorlog.h"
#include "ndis/ndis_test.h"

TEST_NT(what_is_written_to_a_log_is_reported_byte_by_byte, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_HANDLE log = NULL;
    CHECK_EQ(NdisMCreateLog(adapter, 100, &log), NDIS_STATUS_SUCCESS);
    char bytes[101] = "one\ntwo\\\x80";
    CHECK_EQ(NdisMWriteLogData(log, bytes, 10), NDIS_STATUS_SUCCESS);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    CHECK_EQ(NdisMWriteLogData(log, bytes, 0), NDIS_STATUS_SUCCESS);
    NdisMFlushLog(log);
    irql_lower(old);
    CHECK_EQ(NdisMWriteLogData(log, bytes, 101), NDIS_STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(NdisMWriteLogData(log, bytes, 100), NDIS_STATUS_SUCCESS); /* it never fills */
    NdisMCloseLog(log);
    CHECK_NO_VIOLATION();
    const char *const *lines;
    CHECK_EQ(ndis_error_log(&lines), 3);
    CHECK_STR(lines[0], "testnic: log, 10 bytes: one\\x0atwo\\x5c\\x80\\x00");
}

TEST_NT(an_adapter_has_one_log, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_HANDLE log = NULL, second = adapter;
    CHECK_EQ(NdisMCreateLog(adapter, 0, &log), NDIS_STATUS_RESOURCES);
    CHECK_EQ(NdisMCreateLog(adapter, 64, &log), NDIS_STATUS_SUCCESS);
    CHECK_EQ(NdisMCreateLog(adapter, 64, &second), NDIS_STATUS_FAILURE);
    CHECK(second == NULL);
    NdisMCloseLog(log);
    CHECK_EQ(NdisMCreateLog(adapter, 64, &log), NDIS_STATUS_SUCCESS);
    CHECK_NO_VIOLATION();
    /* Left open, it is left behind. */
    CHECK_EQ(ndis_objects_report_leaks(adapter), 1);
    CHECK_EQ(test_leaks("log: "), 1);
}

TEST_NT(a_log_that_is_closed_is_no_log, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_HANDLE log = NULL;
    CHECK_EQ(NdisMCreateLog(adapter, 64, &log), NDIS_STATUS_SUCCESS);
    NdisMCloseLog(log);
    CHECK_EQ(NdisMWriteLogData(log, "x", 1), NDIS_STATUS_FAILURE);
    NdisMFlushLog((NDIS_HANDLE)0x1234);
    NdisMCloseLog(log);
    CHECK_EQ(nt_test_violations("NdisMCreateLog"), 3);
}
