/* SPDX-License-Identifier: MIT */
/* inf_fuzz.c - arbitrary bytes as an INF: parse it, match its first model and each of its ids,
 * install. */
/* fuzz: src/inf */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "inf/inf.h"
#include "nt/registry.h"

static void try_install(struct inf *inf, const char *const *ids, size_t count)
{
    char error[256];
    struct inf_match match;
    struct registry_adapter adapter;
    if (inf_match(inf, ids, count, count, &match, error, sizeof error))
        return;
    free(inf_driver_file(&match, error, sizeof error));
    if (registry_adapter_init(&adapter, "fuzz", "ROOT\\FUZZ", 0))
        return;
    inf_install(&match, &adapter, error, sizeof error);
    registry_delete_tree(adapter.service);
    registry_delete_tree(adapter.driver);
    registry_delete_tree(adapter.hardware);
    registry_adapter_fini(&adapter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[256];
    struct inf *inf;
    if (inf_parse(data, size, "fuzz.inf", &inf, error, sizeof error)) {
        if (!strlen(error))
            abort(); /* a refusal without a reason */
        return 0;
    }
    try_install(inf, NULL, 0);
    size_t count;
    const struct inf_model *models = inf_models(inf, &count);
    for (size_t i = 0; i < count && i < 8; i++)
        try_install(inf, models[i].ids, models[i].id_count);
    inf_free(inf);
    return 0;
}
