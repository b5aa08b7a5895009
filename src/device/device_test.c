/* SPDX-License-Identifier: MIT */
/* device_test.c - devices by name. */
#include "device/device.h"
#include "tests/harness/test.h"

static struct device_config seen;
static struct pci_function function;

static struct pci_function *create(const struct device_config *config, char *err, size_t err_len)
{
    seen = *config;
    if (config->options && !strcmp(config->options, "bad=1")) {
        snprintf(err, err_len, "test:card: no such option");
        return NULL;
    }
    return &function;
}

DEVICE_TYPE(test_card, .kind = "test", .name = "card", .description = "of the test of device.c",
            .create = create);

TEST(a_device_is_created_by_kind_and_name_with_its_options, "")
{
    char err[256];
    struct wire *wire = (struct wire *)&seen;
    CHECK(device_create("test:card", wire, NULL, err, sizeof err) == &function);
    CHECK_STR(seen.name, "card");
    CHECK(seen.options == NULL);
    CHECK(seen.wire == wire);
    CHECK(device_create("test:card,mac=52:54:00:00:00:01,x", wire, NULL, err, sizeof err) ==
          &function);
    CHECK_STR(seen.options, "mac=52:54:00:00:00:01,x");
    CHECK(device_create("test:card,bad=1", wire, NULL, err, sizeof err) == NULL);
    CHECK_STR(err, "test:card: no such option");
}

TEST(an_unknown_device_is_refused_with_what_there_is, "")
{
    char err[512];
    CHECK(device_create("test:cart", NULL, NULL, err, sizeof err) == NULL);
    CHECK_HAS(err, "unknown device \"test:cart\"; there are:");
    CHECK_HAS(err, "test:card (of the test of device.c)");
    CHECK(device_create("card", NULL, NULL, err, sizeof err) == NULL);
    CHECK_HAS(err, "KIND:NAME");
    CHECK(device_create("test:car", NULL, NULL, err, sizeof err) == NULL);
    CHECK(device_create("test:card2", NULL, NULL, err, sizeof err) == NULL);
    CHECK(device_create("", NULL, NULL, err, sizeof err) == NULL);
    char tiny[8];
    CHECK(device_create("nothing:here", NULL, NULL, tiny, sizeof tiny) == NULL);
    CHECK_STR(tiny, "unknown");
    size_t n;
    CHECK(device_types(&n) && n >= 1);
}
