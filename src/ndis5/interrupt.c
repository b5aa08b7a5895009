/* SPDX-License-Identifier: MIT */
/* interrupt.c - NdisMRegisterInterrupt: MiniportISR, MiniportDisableInterrupt,
 * MiniportHandleInterrupt.
 *
 * Which of the two the kernel's service routine calls was said at registration (RequestIsr, a
 * parameter of NdisMRegisterInterrupt, whatever the pages that name NdisMRegisterMiniport say:
 * During Initialize and Halt it is always MiniportISR. The DPC calls
 * MiniportHandleInterrupt, then MiniportEnableInterrupt.
 *
 * The driver's NDIS_MINIPORT_INTERRUPT is its own memory: it holds what drivers may look at, and
 * our record is found by its address. */
#include "ndis5/ndis5.h"
#include "ndis/errorlog.h"
#include "ndis/interrupt_internal.h"
#include "ndis5/porting.h"
#include <errno.h>
#include <stdlib.h>

enum ndis5_initialize_dpc ndis5_initialize_dpc = NDIS5_DPC_HELD;

/* What MiniportISR's out-parameters hold before it sets them: neither TRUE nor FALSE. */
#define NOT_SET 0xcc

struct ndis5_interrupt {
    struct ndis_adapter *adapter;
    NDIS_MINIPORT_INTERRUPT *driver; /* its storage */
    struct interrupt *object;
    bool request_isr, shared;
    bool going;           /* NdisMDeregisterInterrupt is at work; atomic */
    bool closing;         /* ... and no DPC calls the driver any more */
    bool held;            /* a DPC waits for the end of Initialize; atomic */
    unsigned outstanding; /* DPCs queued or running */
    struct ndis_message_stats *stats;
    uint64_t *dpc_calls; /* of the statistics */
    KDPC dpc;
};

static bool initializing(const struct ndis_adapter *adapter)
{
    return ndis_state(adapter) == NDIS_INITIALIZING;
}

static void queue_dpc(struct ndis5_interrupt *in)
{
    __atomic_add_fetch(&in->outstanding, 1, __ATOMIC_ACQUIRE);
    if (!dpc_insert(&in->dpc, NULL, NULL)) /* one serves several interrupts */
        __atomic_sub_fetch(&in->outstanding, 1, __ATOMIC_RELEASE);
}

static void hold_dpc(struct ndis5_interrupt *in)
{
    __atomic_store_n(&in->held, true, __ATOMIC_SEQ_CST);
    /* Initialize may have returned on another processor in between, and looked too early. */
    if (!initializing(in->adapter) && __atomic_exchange_n(&in->held, false, __ATOMIC_SEQ_CST))
        queue_dpc(in);
}

/* At DIRQL, under the interrupt's lock. */
static BOOLEAN service(void *context)
{
    struct ndis5_interrupt *in = context;
    struct ndis_adapter *adapter = in->adapter;
    const NDIS51_MINIPORT_CHARACTERISTICS *chars = chars5(adapter);
    bool in_init = initializing(adapter),
         in_halt = __atomic_load_n(&five(adapter)->halting, __ATOMIC_ACQUIRE);
    BOOLEAN recognized = NOT_SET, queue = NOT_SET;
    KIRQL irql = irql_current();

    if (interrupt_timestamps)
        ndis_latency_add(in->stats, host_now() - interrupt_raised_at());
    in->stats->isr++;
    if (in->request_isr || in_init || in_halt) { /* */
        if (!RULE("R-364", chars->ISRHandler != NULL,
                  "the card interrupts while %s executes, and the driver has no MiniportISR",
                  in_init ? "MiniportInitialize" : "MiniportHalt"))
            return FALSE;
        DRIVER_CALL(chars->ISRHandler, &recognized, &queue, adapter->context);
        if (!RULE_AT((void *)chars->ISRHandler, "R-371",
                     recognized != NOT_SET && (!recognized || queue != NOT_SET),
                     "MiniportISR returned without setting %s",
                     recognized == NOT_SET ? "InterruptRecognized"
                                           : "QueueMiniportHandleInterrupt")) {
            recognized = recognized != NOT_SET && recognized;
            queue = FALSE;
        }
    } else { /* */
        DRIVER_CALL(chars->DisableInterruptHandler, adapter->context);
        recognized = queue = TRUE;
    }
    if (!RULE_AT((void *)chars->ISRHandler, "R-079", irql_current() == irql,
                 "the service routine was entered at %s and returned at %s (bug check 0xC4/0x111)",
                 irql_name(irql), irql_name(irql_current())))
        irql_lower(irql);
    if (!recognized) { /* the second value is irrelevant; the next of the line is asked
 */
        in->stats->spurious++;
        return FALSE;
    }
    if (queue && !in_halt) {                                   /* */
        if (in_init && ndis5_initialize_dpc == NDIS5_DPC_HELD) /* */
            hold_dpc(in);
        else
            queue_dpc(in);
    }
    return TRUE;
}

static VOID NTAPI dpc_routine(PKDPC dpc, PVOID context, PVOID a, PVOID b)
{
    struct ndis5_interrupt *in = context;
    struct ndis_adapter *adapter = in->adapter;
    const NDIS51_MINIPORT_CHARACTERISTICS *chars = chars5(adapter);
    /* Queued before Halt began: not any more. */
    if (!__atomic_load_n(&in->closing, __ATOMIC_ACQUIRE) &&
        !__atomic_load_n(&five(adapter)->halting, __ATOMIC_ACQUIRE)) {
        (*in->dpc_calls)++;
        KIRQL old = ndis5_enter(adapter); /* */
        DRIVER_CALL(chars->HandleInterruptHandler, adapter->context);
        ndis5_check_indications(adapter, (void *)chars->HandleInterruptHandler,
                                "MiniportHandleInterrupt");
        /* It runs during Initialize only when that was chosen, and then the interrupt has to
         * come again. */
        if (chars->EnableInterruptHandler)
            DRIVER_CALL(chars->EnableInterruptHandler, adapter->context);
        ndis5_leave(adapter, old);
    }
    __atomic_sub_fetch(&in->outstanding, 1, __ATOMIC_RELEASE);
}

void ndis5_interrupt_initialized(struct ndis_adapter *adapter, bool success)
{
    struct ndis5_interrupt *in = five(adapter)->interrupt;
    if (!in)
        return;
    /* From here on DPCs are queued as they come: the state says so before the held one is looked
     * for. */
    if (success)
        ndis_state_set(adapter, NDIS_PAUSED);
    if (__atomic_exchange_n(&in->held, false, __ATOMIC_SEQ_CST) && success)
        queue_dpc(in);
}

/* --- registration --- */

static bool may_register(struct ndis_adapter *adapter, const NDIS_MINIPORT_INTERRUPT *storage,
                         BOOLEAN request_isr, BOOLEAN shared, UINT mode)
{
    const NDIS51_MINIPORT_CHARACTERISTICS *chars = chars5(adapter);
    struct ndis5_adapter *f = five(adapter);
    bool ok =
        RULE("R-349", irql_current() == PASSIVE_LEVEL,
             "NdisMRegisterInterrupt at %s, must be at PASSIVE_LEVEL", irql_name(irql_current()));
    ok &= RULE("R-349", f->attributes_set,
               "NdisMRegisterInterrupt before NdisMSetAttributes or NdisMSetAttributesEx");
    RULE("R-349", ndis_in_initialize(adapter),
         "NdisMRegisterInterrupt outside of MiniportInitialize");
    ok &= RULE("NdisMRegisterInterrupt", !f->interrupt && !adapter->interrupt,
               "NdisMRegisterInterrupt while the adapter's interrupt is registered already");
    ok &= RULE("R-350", storage && !thread_stack_contains(storage),
               "NdisMRegisterInterrupt(%p): the interrupt's storage is %s; it has to be resident "
               "until NdisMDeregisterInterrupt",
               (const void *)storage, storage ? "on the stack" : "missing");
    RULE("R-351", !shared || request_isr,
         "SharedInterrupt is TRUE and RequestIsr FALSE: on a shared line MiniportISR must say "
         "whose interrupt it is");
    RULE("R-354", mode == NdisInterruptLatched || mode == NdisInterruptLevelSensitive,
         "NdisMRegisterInterrupt: InterruptMode is %u, neither NdisInterruptLevelSensitive (0) nor "
         "NdisInterruptLatched (1)",
         mode);
    ok &= RULE("R-379", chars->HandleInterruptHandler != NULL,
               "NdisMRegisterInterrupt by a driver without a MiniportHandleInterrupt handler");
    if (request_isr || shared)
        ok &= RULE(
            "R-386", chars->ISRHandler != NULL,
            "NdisMRegisterInterrupt with RequestIsr by a driver without a MiniportISR handler");
    else
        ok &= RULE("R-386", chars->DisableInterruptHandler && chars->EnableInterruptHandler,
                   "NdisMRegisterInterrupt with RequestIsr FALSE by a driver without "
                   "MiniportDisableInterrupt and "
                   "MiniportEnableInterrupt");
    return ok;
}

/* The raw number that NdisMQueryAdapterResources gave for the line, and whether it is latched. */
static bool line_number(const struct ndis_adapter *adapter, UINT vector, UINT level, bool *latched)
{
    const CM_PARTIAL_RESOURCE_LIST *list =
        adapter->raw_list ? &adapter->raw_list->List[0].PartialResourceList : NULL;
    for (ULONG i = 0; list && i < list->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *d = &list->PartialDescriptors[i];
        if (d->Type != CmResourceTypeInterrupt)
            continue;
        *latched = d->Flags & CM_RESOURCE_INTERRUPT_LATCHED;
        return d->u.Interrupt.Vector == vector && d->u.Interrupt.Level == level;
    }
    return false;
}

static void fill_storage(struct ndis5_interrupt *in)
{
    NDIS_MINIPORT_INTERRUPT *d = in->driver;
    d->InterruptObject = (PKINTERRUPT)in->object;
    d->DpcCountLock = 0;
    d->Reserved = NULL;
    d->MiniportIsr = chars5(in->adapter)->ISRHandler;
    d->MiniportDpc = chars5(in->adapter)->HandleInterruptHandler;
    d->Miniport = five(in->adapter)->block;
    d->DpcCount = 0;
    d->Filler1 = FALSE;
    d->SharedInterrupt = in->shared;
    d->IsrRequested = in->request_isr;
}

static NDIS_STATUS connect(struct ndis5_interrupt *in)
{
    const struct ndis_grant_message *line = &in->adapter->grant->message[0];
    struct interrupt_config config = {
        .vector = line->vector,
        .service = service,
        .context = in,
        .routine = in->request_isr ? (void *)chars5(in->adapter)->ISRHandler
                                   : (void *)chars5(in->adapter)->DisableInterruptHandler,
        .shared = in->shared,
    };
    five(in->adapter)->interrupt = in; /* the service routine may run from here on */
    five(in->adapter)->block->Interrupt = in->driver;
    int err = interrupt_connect(&config, &in->object);
    if (!err && (err = ndis_grant_program(in->adapter))) {
        interrupt_disconnect(in->object);
        in->object = NULL;
    }
    if (!err)
        return NDIS_STATUS_SUCCESS;
    five(in->adapter)->interrupt = NULL;
    five(in->adapter)->block->Interrupt = NULL;
    if (err == -EBUSY) { /* */
        ndis_error_log_add(
            "%s: interrupt vector 0x%x is claimed by another driver, and not both share it",
            ndis_driver_name(in->adapter->driver), vector_number(line->vector));
        return NDIS_STATUS_RESOURCE_CONFLICT;
    }
    return err == -ENOMEM ? NDIS_STATUS_RESOURCES : NDIS_STATUS_FAILURE;
}

NDIS_STATUS NTAPI NdisMRegisterInterrupt(PNDIS_MINIPORT_INTERRUPT Interrupt,
                                         NDIS_HANDLE MiniportAdapterHandle, UINT InterruptVector,
                                         UINT InterruptLevel, BOOLEAN RequestIsr,
                                         BOOLEAN SharedInterrupt, NDIS_INTERRUPT_MODE InterruptMode)
{
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    bool latched = false;
    if (!adapter || !may_register(adapter, Interrupt, RequestIsr, SharedInterrupt, InterruptMode))
        return NDIS_STATUS_FAILURE;
    const struct ndis_grant *grant = adapter->grant;
    if (!grant || grant->kind != PCI_INTERRUPT_LINE || !grant->count)
        return NDIS_STATUS_RESOURCES; /* the adapter has no interrupt */
    if (!RULE("NdisMRegisterInterrupt",
              line_number(adapter, InterruptVector, InterruptLevel, &latched),
              "NdisMRegisterInterrupt: vector 0x%x, level 0x%x are not those of the adapter's "
              "resource list",
              InterruptVector, InterruptLevel))
        return NDIS_STATUS_FAILURE;
    RULE("NdisMRegisterInterrupt", (InterruptMode == NdisInterruptLatched) == latched,
         "InterruptMode says %s, but the adapter's line is %s",
         InterruptMode == NdisInterruptLatched ? "latched" : "level-sensitive",
         latched ? "latched" : "level-sensitive");

    struct ndis5_interrupt *in = calloc(1, sizeof(*in));
    struct ndis_message_stats *stats = ndis_stats_for(adapter, 1, false);
    if (!in || !stats) {
        free(in);
        return NDIS_STATUS_RESOURCES;
    }
    in->adapter = adapter;
    in->driver = Interrupt;
    in->request_isr = RequestIsr || SharedInterrupt;
    in->shared = SharedInterrupt;
    in->stats = stats;
    stats->processor = vector_cpu(grant->message[0].vector);
    stats->irql = vector_irql(grant->message[0].vector);
    in->dpc_calls = ndis_stats_dpc_calls(adapter, 0, stats->processor);
    dpc_init(&in->dpc, dpc_routine, in, (int)stats->processor);
    dpc_set_importance(&in->dpc, MediumHighImportance);
    fill_storage(in);
    NDIS_STATUS status = connect(in);
    if (status != NDIS_STATUS_SUCCESS) {
        free(in);
        return status;
    }
    Interrupt->InterruptObject = (PKINTERRUPT)in->object;
    ndis_stats_of(adapter)->registered++;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMRegisterInterrupt);

/* --- deregistration --- */

static struct ndis5_interrupt *from_storage(const NDIS_MINIPORT_INTERRUPT *storage)
{
    for (struct ndis_driver *d = ndis_driver_first(); d; d = d->next)
        for (struct ndis_adapter *a = d->adapters; a; a = a->next) {
            struct ndis5_interrupt *in =
                a->five ? __atomic_load_n(&a->five->interrupt, __ATOMIC_ACQUIRE) : NULL;
            if (in && in->driver == storage)
                return in;
        }
    return NULL;
}

/* Stops delivery, waits for the service routine, then for the DPC. PASSIVE_LEVEL. */
static void deregister(struct ndis5_interrupt *in)
{
    struct ndis_adapter *adapter = in->adapter;
    ndis_grant_unprogram(adapter);
    interrupt_disconnect(in->object);
    in->object = NULL;
    __atomic_store_n(&in->closing, true, __ATOMIC_RELEASE);
    while (__atomic_load_n(&in->outstanding, __ATOMIC_ACQUIRE))
        dpc_flush();
    dpc_flush();
    __atomic_store_n(&five(adapter)->interrupt, NULL, __ATOMIC_RELEASE);
    five(adapter)->block->Interrupt = NULL;
    ndis_stats_of(adapter)->deregistered++;
    free(in);
}

VOID NTAPI NdisMDeregisterInterrupt(PNDIS_MINIPORT_INTERRUPT Interrupt)
{
    struct ndis5_interrupt *in = from_storage(Interrupt);
    if (!RULE("R-388", in != NULL,
              "NdisMDeregisterInterrupt(%p): no interrupt is registered there (never, or "
              "deregistered already)",
              (void *)Interrupt))
        return;
    if (ndis_porting)
        porting_note(in->adapter->driver, __func__);
    if (!RULE("R-388", irql_current() == PASSIVE_LEVEL,
              "NdisMDeregisterInterrupt at %s, must be at PASSIVE_LEVEL",
              irql_name(irql_current())))
        return; /* it would have to wait */
    RULE("R-388", ndis_in_initialize(in->adapter) || ndis_in_halt(in->adapter),
         "NdisMDeregisterInterrupt is for MiniportInitialize and MiniportHalt only");
    if (!RULE("R-388", !__atomic_exchange_n(&in->going, true, __ATOMIC_ACQ_REL),
              "NdisMDeregisterInterrupt(%p) while another call for it is at work",
              (void *)Interrupt))
        return;
    deregister(in);
    Interrupt->InterruptObject = NULL;
}
NT_EXPORT("ndis.sys", NdisMDeregisterInterrupt);

void *ndis5_interrupt(const struct ndis_adapter *adapter)
{
    return five(adapter)->interrupt ? five(adapter)->interrupt->driver : NULL;
}

void ndis5_interrupt_abandon(struct ndis_adapter *adapter)
{
    struct ndis5_interrupt *in = five(adapter)->interrupt;
    if (in && !__atomic_exchange_n(&in->going, true, __ATOMIC_ACQ_REL))
        deregister(in);
}

int ndis5_interrupt_switch(struct ndis_adapter *adapter, bool enable)
{
    struct ndis5_interrupt *in = five(adapter)->interrupt;
    const NDIS51_MINIPORT_CHARACTERISTICS *chars = chars5(adapter);
    if (!in)
        return -ENODEV;
    if (enable ? !chars->EnableInterruptHandler : !chars->DisableInterruptHandler)
        return -ENOSYS;
    if (enable) { /* enabling is at DISPATCH_LEVEL, disabling at DIRQL */
        KIRQL old = ndis5_enter(adapter);
        DRIVER_CALL(chars->EnableInterruptHandler, adapter->context);
        ndis5_leave(adapter, old);
    } else {
        KIRQL old = interrupt_lock_acquire(in->object);
        DRIVER_CALL(chars->DisableInterruptHandler, adapter->context);
        interrupt_lock_release(in->object, old);
    }
    return 0;
}

BOOLEAN NTAPI NdisMSynchronizeWithInterrupt(PNDIS_MINIPORT_INTERRUPT Interrupt,
                                            PVOID SynchronizeFunction, PVOID SynchronizeContext)
{
    struct ndis5_interrupt *in = from_storage(Interrupt);
    if (!RULE("R-389", in != NULL,
              "NdisMSynchronizeWithInterrupt(%p): no interrupt is registered there; not to be "
              "called after "
              "NdisMDeregisterInterrupt",
              (void *)Interrupt))
        return FALSE;
    if (ndis_porting)
        porting_note(in->adapter->driver, __func__);
    struct interrupt *object = in->object;
    if (!object) /* registration is not through yet: there is nobody to exclude */
        return (BOOLEAN)DRIVER_CALL(SynchronizeFunction, SynchronizeContext);
    if (!RULE("R-387", irql_current() <= interrupt_irql(object),
              "NdisMSynchronizeWithInterrupt at %s, above the interrupt's %s",
              irql_name(irql_current()), irql_name(interrupt_irql(object))))
        return FALSE;
    KIRQL old = interrupt_lock_acquire(object);
    BOOLEAN result = (BOOLEAN)DRIVER_CALL(SynchronizeFunction, SynchronizeContext);
    RULE("R-440", irql_current() == interrupt_irql(object),
         "the synchronize function returned at %s", irql_name(irql_current()));
    interrupt_lock_release(object, old);
    return result;
}
NT_EXPORT("ndis.sys", NdisMSynchronizeWithInterrupt);
