/* SPDX-License-Identifier: MIT */
/* report_test.c - what a driver wrote to the error log is in both reports. */
#include "cli/session.h"
#include "ndis/errorlog.h"
#include "tests/harness/test.h"
#include <unistd.h>

/* What `print` writes to stdout. */
static const char *printed(void (*print)(const struct session_config *,
                                         const struct session_result *))
{
    static char text[8192];
    static const struct session_config config = {
        .driver = "x.sys", .device = "none", .net = "none", .cpus = 1};
    static struct session_result result;
    FILE *file = tmpfile();
    CHECK(file);
    fflush(stdout);
    CHECK(dup2(fileno(file), 1) == 1);
    print(&config, &result);
    fflush(stdout);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return text;
}

TEST(the_error_log_is_in_the_json_report, "")
{
    CHECK_HAS(printed(report_print_json), "\"error_log\": []");
    ndis_error_log_add("nic: HARDWARE_FAILURE (0x%08x)", 0xC000138Au);
    CHECK_HAS(printed(report_print_json), "\"nic: HARDWARE_FAILURE (0xc000138a)\"");
}

TEST(the_error_log_is_in_the_report_for_people, "")
{
    CHECK(!strstr(printed(report_print_text), "error log"));
    ndis_error_log_add("nic: HARDWARE_FAILURE (0x%08x)", 0xC000138Au);
    CHECK_HAS(printed(report_print_text),
              "the driver's error log:\n  nic: HARDWARE_FAILURE (0xc000138a)\n");
}
