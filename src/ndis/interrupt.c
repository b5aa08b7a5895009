/* SPDX-License-Identifier: MIT */
/* interrupt.c - registering a miniport's interrupt, and taking it apart again.
 *
 * The life of one: service() is the kernel's service routine; it calls the driver's, and queues DPCs as the two out
 * parameters say. dpc_routine() calls the driver's DPC handler, and again when it asks for that. */
#include "ndis/interrupt.h"
#include "ndis/interrupt_internal.h"
#include "nt/opaque.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Interrupts that are registered now; how a stale handle is told from a good one. */
#define LIVE_MAX 64
static struct ndis_interrupt *live[LIVE_MAX];

static const struct ndis_revision characteristics_revisions[] = {
    {NDIS_MINIPORT_INTERRUPT_REVISION_1, NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1},
};

struct ndis_interrupt *ndis_interrupt_from_handle(NDIS_HANDLE handle)
{
    for (int i = 0; i < LIVE_MAX; i++)
        if (handle && __atomic_load_n(&live[i], __ATOMIC_ACQUIRE) == handle)
            return handle;
    return NULL;
}

static bool live_add(struct ndis_interrupt *in)
{
    for (int i = 0; i < LIVE_MAX; i++) {
        struct ndis_interrupt *none = NULL;
        if (__atomic_compare_exchange_n(&live[i], &none, in, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
            return true;
    }
    return false;
}

static void live_remove(struct ndis_interrupt *in)
{
    for (int i = 0; i < LIVE_MAX; i++)
        if (live[i] == in)
            __atomic_store_n(&live[i], NULL, __ATOMIC_RELEASE);
}

/* --- the interrupt --- */

static const void *routine_of(const struct ndis_interrupt *in)
{
    return in->message_based ? (void *)in->chars.MessageInterruptHandler
                             : (void *)in->chars.InterruptHandler;
}

/* At the interrupt's IRQL, under its lock, on its processor. */
static BOOLEAN service(void *context)
{
    struct ndis_message *m = context;
    struct ndis_interrupt *in = m->interrupt;
    BOOLEAN queue_default = FALSE, ours;
    ULONG targets = 0;
    KIRQL irql = irql_current();

    if (interrupt_timestamps)
        ndis_latency_add(m->stats, host_now() - interrupt_raised_at());
    m->stats->isr++;
    if (in->message_based)
        ours = (BOOLEAN)DRIVER_CALL(in->chars.MessageInterruptHandler, in->context, m->id,
                                    &queue_default, &targets);
    else
        ours = (BOOLEAN)DRIVER_CALL(in->chars.InterruptHandler, in->context, &queue_default, &targets);
    if (!ours)
        m->stats->spurious++;
    if (!RULE_AT(routine_of(in), "R-079", irql_current() == irql,
                 "the service routine was entered at %s and returned at %s (bug check 0xC4/0x111)",
                 irql_name(irql), irql_name(irql_current())))
        irql_lower(irql);

    /* Whatever the return value says. */
    if (queue_default)
        ndis_dpc_queue_here(m->own, NULL);
    else if (targets)
        ndis_dpc_queue(m, targets, NULL);
    return ours;
}

static void dpc_routine(KDPC *kdpc, void *context, void *driver_context, void *unused)
{
    struct ndis_dpc *dpc = CONTAINING_RECORD(kdpc, struct ndis_dpc, kdpc);
    struct ndis_message *m = dpc->message;
    struct ndis_interrupt *in = m->interrupt;
    NDIS_RECEIVE_THROTTLE_PARAMETERS throttle = {
        .MaxNblsToIndicate = ndis_throttle_limit ? ndis_throttle_limit : (ULONG)NDIS_INDICATE_ALL_NBLS};
    /* Before 6.20 the parameter is reserved. */
    void *parameters = in->throttles ? &throttle : NULL;

    (*dpc->calls)++;
    /* Porting mode: the rest of the driver is still serialised. */
    const struct ndis_legacy *legacy = in->adapter->driver->legacy;
    KIRQL old = legacy ? legacy->enter(in->adapter) : DISPATCH_LEVEL;
    if (in->message_based)
        DRIVER_CALL(in->chars.MessageInterruptDpcHandler, in->context, m->id, driver_context,
                    parameters, NULL);
    else
        DRIVER_CALL(in->chars.InterruptDpcHandler, in->context, driver_context, parameters, NULL);

    if (legacy)
        legacy->leave(in->adapter, old);
    if (parameters && throttle.MoreNblsPending) {
        __atomic_fetch_add(&m->stats->throttled, 1, __ATOMIC_RELAXED);
        ndis_dpc_again(dpc, driver_context);
    }
    ndis_dpc_over(dpc);
}

/* --- registration --- */

static bool handlers_ok(const NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS *c)
{
    bool line = c->InterruptHandler && c->InterruptDpcHandler && c->DisableInterruptHandler &&
                c->EnableInterruptHandler;
    bool any = c->MessageInterruptHandler || c->MessageInterruptDpcHandler ||
               c->DisableMessageInterruptHandler || c->EnableMessageInterruptHandler;
    bool all = c->MessageInterruptHandler && c->MessageInterruptDpcHandler &&
               c->DisableMessageInterruptHandler && c->EnableMessageInterruptHandler;
    bool ok = RULE("R-006", line,
                   "NdisMRegisterInterruptEx without all four line-based handlers: ISR %p, DPC %p, disable "
                   "%p, enable %p; they are required even when messages are supported (R-008)",
                   (void *)c->InterruptHandler, (void *)c->InterruptDpcHandler,
                   (void *)c->DisableInterruptHandler, (void *)c->EnableInterruptHandler);
    if (c->MsiSupported)
        ok &= RULE("R-030", all,
                   "MsiSupported is TRUE, but of the message handlers ISR is %p, DPC %p, disable %p, enable %p",
                   (void *)c->MessageInterruptHandler, (void *)c->MessageInterruptDpcHandler,
                   (void *)c->DisableMessageInterruptHandler,
                   (void *)c->EnableMessageInterruptHandler);
    else
        RULE("R-032", !any, "MsiSupported is FALSE, but message handlers are set; they must be NULL");
    return ok;
}

static bool may_register(struct ndis_adapter *adapter)
{
    bool ok = RULE("Irql_Interrupt_Function", irql_current() == PASSIVE_LEVEL,
                   "NdisMRegisterInterruptEx at %s, must be at PASSIVE_LEVEL (R-004)",
                   irql_name(irql_current()));
    ok &= ndis_require_registration(adapter, "NdisMRegisterInterruptEx");
    RULE("R-001", ndis_in_initialize(adapter),
         "NdisMRegisterInterruptEx outside of MiniportInitialize%s", ndis_ex(adapter));
    ok &= RULE("NdisMRegisterInterruptEx", !adapter->interrupt,
               "NdisMRegisterInterruptEx while the adapter's interrupt is registered already");
    return ok;
}

static void free_interrupt(struct ndis_interrupt *in)
{
    if (!in)
        return;
    for (unsigned i = 0; in->message && i < in->count; i++) {
        free(in->message[i].dpc);
        interrupt_free(in->message[i].object);
    }
    free(in->message);
    nt_pool_free(in->table);
    free(in->table_copy);
    opaque_free(in);
}

/* IO_INTERRUPT_MESSAGE_INFO as the bus driver would have filled it. */
static bool build_table(struct ndis_interrupt *in, const struct ndis_grant *grant)
{
    size_t bytes = FIELD_OFFSET(IO_INTERRUPT_MESSAGE_INFO, MessageInfo) +
                   grant->count * sizeof(IO_INTERRUPT_MESSAGE_INFO_ENTRY);
    IO_INTERRUPT_MESSAGE_INFO *table = nt_pool_alloc_system(bytes, NDIS_TAG);
    in->table = table;
    in->table_bytes = bytes;
    in->table_copy = malloc(bytes);
    if (!table || !in->table_copy)
        return false;
    table->MessageCount = grant->count;
    for (unsigned i = 0; i < grant->count; i++) {
        const struct ndis_grant_message *g = &grant->message[i];
        IO_INTERRUPT_MESSAGE_INFO_ENTRY *e = &table->MessageInfo[i];
        e->MessageAddress.QuadPart = (LONGLONG)vector_message_address(g->vector);
        e->MessageData = vector_message_data(g->vector);
        e->TargetProcessorSet = g->affinity;
        e->Vector = vector_number(g->vector);
        e->Irql = vector_irql(g->vector);
        e->Mode = Latched;
        e->Polarity = InterruptActiveHigh;
        if (e->Irql > table->UnifiedIrql)
            table->UnifiedIrql = e->Irql;
    }
    return true;
}

/* The interrupt object of message `id`, not attached yet: its lock and level are there before the first call to the
 * driver and after the last, for NdisMSynchronizeWithInterruptEx. */
static struct interrupt *build_object(struct ndis_interrupt *in, unsigned id)
{
    bool together = in->message_based && in->chars.MsiSyncWithAllMessages;
    struct interrupt_config config = {
        .vector = in->adapter->grant->message[id].vector,
        .service = service,
        .context = &in->message[id],
        .routine = routine_of(in),
        /* One function serves all messages, so each runs at the highest of their IRQLs. */
        .synchronize_irql = in->message_based ? in->table->UnifiedIrql : 0,
        .lock = together ? &in->shared_lock : NULL, /* */
        .shared = !in->message_based,
    };
    return interrupt_create(&config);
}

static bool build_message(struct ndis_interrupt *in, unsigned id, struct ndis_message_stats *stats)
{
    struct ndis_message *m = &in->message[id];
    struct vector *vector = in->adapter->grant->message[id].vector;
    unsigned cpus = machine_cpus();
    m->interrupt = in;
    m->id = id;
    m->stats = stats;
    m->stats->processor = vector_cpu(vector);
    m->stats->irql = vector_irql(vector);
    m->object = build_object(in, id);
    m->dpc = calloc(cpus, sizeof *m->dpc);
    if (!m->object || !m->dpc)
        return false;
    m->own = &m->dpc[m->stats->processor];
    if (in->table)
        in->table->MessageInfo[id].InterruptObject = (PKINTERRUPT)m->object;
    for (unsigned c = 0; c < cpus; c++) {
        m->dpc[c].message = m;
        m->dpc[c].calls = ndis_stats_dpc_calls(in->adapter, id, c);
        dpc_init_native(&m->dpc[c].kdpc, dpc_routine, NULL, (int)c);
        /* At once on every processor, in the order of queueing. */
        dpc_set_importance(&m->dpc[c].kdpc, MediumHighImportance);
    }
    return true;
}

static struct ndis_interrupt *build(struct ndis_adapter *adapter, NDIS_HANDLE context,
                                    const NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS *chars)
{
    const struct ndis_grant *grant = adapter->grant;
    struct ndis_interrupt *in = opaque_alloc(sizeof *in);
    if (!in)
        return NULL;
    in->adapter = adapter;
    in->chars = *chars;
    in->context = context;
    in->message_based = grant->kind != PCI_INTERRUPT_LINE;
    in->throttles = ndis_driver_at_least(adapter->driver, 6, 20);
    in->count = grant->count;
    in->message = calloc(in->count, sizeof *in->message);
    struct ndis_message_stats *stats = ndis_stats_for(adapter, in->count, in->message_based);
    bool ok = in->message && stats && (!in->message_based || build_table(in, grant));
    for (unsigned i = 0; ok && i < in->count; i++)
        ok = build_message(in, i, &stats[i]);
    if (ok && in->table)
        memcpy(in->table_copy, in->table, in->table_bytes);
    if (!ok) {
        free_interrupt(in);
        return NULL;
    }
    return in;
}

static int connect_all(struct ndis_interrupt *in)
{
    for (unsigned i = 0; i < in->count; i++) {
        int err = interrupt_attach(in->message[i].object);
        if (err)
            return err;
    }
    int err = ndis_grant_program(in->adapter);
    return err ? err : ndis_msix_apply(in->adapter);
}

/* Afterwards no service routine runs, and none will. The objects stay: a DPC that is still running may
 * synchronise with them. */
static void disconnect_all(struct ndis_interrupt *in)
{
    ndis_grant_unprogram(in->adapter);
    for (unsigned i = 0; i < in->count; i++)
        interrupt_detach(in->message[i].object);
}

/* Stops delivery, waits for service routines, then for every DPC, and only then frees. A DPC may
 * queue further DPCs, and synchronise; none is left when the count is zero. `closing` is set. */
static void take_apart(struct ndis_interrupt *in)
{
    disconnect_all(in);
    while (!ndis_dpcs_over(in))
        dpc_flush();
    live_remove(in);
    /* A DPC of ours on every processor: after it the last of theirs has left dpc_routine(), and whoever found the
     * handle before it was taken away is done with it. It may have queued one more. */
    do
        dpc_flush();
    while (!ndis_dpcs_over(in));
    in->adapter->interrupt = NULL;
    RULE("R-040", !in->table || !memcmp(in->table, in->table_copy, in->table_bytes),
         "the IO_INTERRUPT_MESSAGE_INFO at MessageInfoTable was modified: it is the driver's to read only");
    free_interrupt(in);
}

static NDIS_STATUS status_of(int err)
{
    return err == -ENOMEM || err == -ENOSPC ? NDIS_STATUS_RESOURCES : NDIS_STATUS_FAILURE;
}

NDIS_STATUS NTAPI NdisMRegisterInterruptEx(NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE MiniportInterruptContext,
                                           PNDIS_MINIPORT_INTERRUPT_CHARACTERISTICS Characteristics,
                                           PNDIS_HANDLE NdisInterruptHandle)
{
    struct ndis_adapter *adapter =
        ndis_adapter_from_handle(MiniportAdapterHandle, "NdisMRegisterInterruptEx");
    if (!adapter)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (!RULE("R-417", !adapter->driver->legacy || ndis_porting,
              "NdisMRegisterInterruptEx by a driver that registered as NDIS %u.%u; Windows would not load it "
              "(dirql run --porting lets it go on)",
              adapter->driver->ndis_major, adapter->driver->ndis_minor))
        return NDIS_STATUS_FAILURE;
    if (!may_register(adapter))
        return NDIS_STATUS_FAILURE;
    if (!ndis_header_check(&Characteristics->Header, "NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS",
                           NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT, characteristics_revisions, 1) ||
        !handlers_ok(Characteristics))
        return NDIS_STATUS_BAD_CHARACTERISTICS;

    const struct ndis_grant *grant = adapter->grant;
    if (!grant || grant->kind == PCI_INTERRUPT_NONE || !grant->count)
        return NDIS_STATUS_RESOURCES;
    if (!RULE("R-241", grant->kind == PCI_INTERRUPT_LINE || Characteristics->MsiSupported,
              "a line-based interrupt is registered, but the adapter was given %u message resources: the "
              "driver must support messages, or remove them in its resource filter (R-240)",
              grant->count))
        return NDIS_STATUS_FAILURE;

    struct ndis_interrupt *in = build(adapter, MiniportInterruptContext, Characteristics);
    if (!in)
        return NDIS_STATUS_RESOURCES;
    if (!live_add(in)) {
        free_interrupt(in);
        return NDIS_STATUS_RESOURCES;
    }
    /* From the first connect on the service routine may run: all that it looks at is there by now. */
    Characteristics->InterruptType =
        in->message_based ? NDIS_CONNECT_MESSAGE_BASED : NDIS_CONNECT_LINE_BASED;
    Characteristics->MessageInfoTable = in->table;
    *NdisInterruptHandle = in;
    adapter->interrupt = in;
    int err = connect_all(in);
    if (err) {
        __atomic_store_n(&in->closing, true, __ATOMIC_RELEASE);
        take_apart(in);
        *NdisInterruptHandle = NULL;
        Characteristics->MessageInfoTable = NULL;
        return status_of(err);
    }
    ndis_stats_of(adapter)->registered++;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMRegisterInterruptEx);

static void deregister(struct ndis_interrupt *in)
{
    struct ndis_interrupt_stats *stats = ndis_stats_of(in->adapter);
    take_apart(in);
    stats->deregistered++;
}

VOID NTAPI NdisMDeregisterInterruptEx(NDIS_HANDLE NdisInterruptHandle)
{
    struct ndis_interrupt *in = ndis_interrupt_from_handle(NdisInterruptHandle);
    if (!RULE("R-174", in != NULL,
              "NdisMDeregisterInterruptEx(%p): no interrupt is registered under this handle (never, or "
              "deregistered already)",
              NdisInterruptHandle))
        return;
    if (!RULE("Irql_Interrupt_Function", irql_current() == PASSIVE_LEVEL,
              "NdisMDeregisterInterruptEx at %s, must be at PASSIVE_LEVEL (R-172)",
              irql_name(irql_current())))
        return; /* it would have to wait */
    RULE("R-173", ndis_in_initialize(in->adapter) || ndis_in_halt(in->adapter),
         "NdisMDeregisterInterruptEx is for MiniportInitialize%s and MiniportHalt%s only",
         ndis_ex(in->adapter), ndis_ex(in->adapter));
    if (RULE("R-174", !__atomic_exchange_n(&in->closing, true, __ATOMIC_ACQ_REL),
             "NdisMDeregisterInterruptEx(%p) while another call for this handle is at work",
             NdisInterruptHandle))
        deregister(in);
}
NT_EXPORT("ndis.sys", NdisMDeregisterInterruptEx);

/* The adapter is being torn down and its driver left the interrupt connected: the report has been made; nothing
 * may fire into a driver that is going away. PASSIVE_LEVEL. */
void ndis_interrupt_abandon(struct ndis_adapter *adapter)
{
    if (adapter->driver->legacy)
        adapter->driver->legacy->interrupt_abandon(adapter);
    struct ndis_interrupt *in = adapter->interrupt;
    if (in && !__atomic_exchange_n(&in->closing, true, __ATOMIC_ACQ_REL))
        deregister(in);
}

int ndis_interrupt_switch(struct ndis_adapter *adapter, unsigned message, bool enable)
{
    struct ndis_interrupt *in = adapter->interrupt;
    if (!in && adapter->driver->legacy)
        return message ? -EINVAL : adapter->driver->legacy->interrupt_switch(adapter, enable);
    if (!in)
        return -ENODEV;
    if (message >= in->count)
        return -EINVAL;
    void *handler = in->message_based ? (enable ? (void *)in->chars.EnableMessageInterruptHandler
                                                : (void *)in->chars.DisableMessageInterruptHandler)
                                      : (enable ? (void *)in->chars.EnableInterruptHandler
                                                : (void *)in->chars.DisableInterruptHandler);
    if (!handler)
        return -ENOSYS;
    KIRQL old = interrupt_lock_acquire(in->message[message].object);
    DRIVER_CALL(handler, in->context, message);
    interrupt_lock_release(in->message[message].object, old);
    return 0;
}

BOOLEAN NTAPI NdisMSynchronizeWithInterruptEx(NDIS_HANDLE NdisInterruptHandle, ULONG MessageId,
                                              PVOID SynchronizeFunction, PVOID SynchronizeContext)
{
    struct ndis_interrupt *in = ndis_interrupt_from_handle(NdisInterruptHandle);
    if (!RULE("NdisMDeregisterInterruptEx", in != NULL,
              "NdisMSynchronizeWithInterruptEx(%p): no interrupt is registered under this handle; not to be "
              "called after NdisMDeregisterInterruptEx (R-151)",
              NdisInterruptHandle))
        return FALSE;
    unsigned id = in->message_based ? MessageId : 0; /* ignored for a line */
    if (!RULE("R-149", id < in->count, "NdisMSynchronizeWithInterruptEx for message %u of %u", id,
              in->count))
        return FALSE;
    struct interrupt *object = in->message[id].object;
    if (!RULE("R-143", irql_current() <= interrupt_irql(object),
              "NdisMSynchronizeWithInterruptEx at %s, above the interrupt's %s", irql_name(irql_current()),
              irql_name(interrupt_irql(object))))
        return FALSE;
    KIRQL old = interrupt_lock_acquire(object);
    BOOLEAN result = (BOOLEAN)DRIVER_CALL(SynchronizeFunction, SynchronizeContext);
    RULE("R-440", irql_current() == interrupt_irql(object), "the synchronize function returned at %s",
         irql_name(irql_current()));
    interrupt_lock_release(object, old);
    return result;
}
NT_EXPORT("ndis.sys", NdisMSynchronizeWithInterruptEx);
