/* SPDX-License-Identifier: MIT */
/* driver.c - DriverEntry: registers the miniport driver with NDIS.
 *
 * One driver serves any number of adapters; all state of an adapter hangs off its ADAPTER. The only
 * global is the handle that NDIS gives for the driver as a whole. */
#include "e1000e.h"

DRIVER_INITIALIZE DriverEntry;
static MINIPORT_UNLOAD MiniportUnload;
static SET_OPTIONS MiniportSetOptions;

static NDIS_HANDLE MiniportDriverHandle;

/* NDIS calls this from inside NdisMRegisterMiniportDriver. It is the one place to say that
 * we want to change the list of interrupt messages before it is granted. */
static NDIS_STATUS NTAPI MiniportSetOptions(NDIS_HANDLE NdisDriverHandle, NDIS_HANDLE DriverContext)
{
    NDIS_MINIPORT_PNP_CHARACTERISTICS Pnp;

    UNREFERENCED_PARAMETER(DriverContext);

    NdisZeroMemory(&Pnp, sizeof(Pnp));
    Pnp.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_PNP_CHARACTERISTICS;
    Pnp.Header.Revision = NDIS_MINIPORT_PNP_CHARACTERISTICS_REVISION_1;
    Pnp.Header.Size = NDIS_SIZEOF_MINIPORT_PNP_CHARACTERISTICS_REVISION_1;
    Pnp.MiniportAddDeviceHandler = MiniportAddDevice;
    Pnp.MiniportRemoveDeviceHandler = MiniportRemoveDevice;
    Pnp.MiniportFilterResourceRequirementsHandler = MiniportFilterResourceRequirements;
    Pnp.MiniportStartDeviceHandler = MiniportStartDevice;

    return NdisSetOptionalHandlers(NdisDriverHandle, (PNDIS_DRIVER_OPTIONAL_HANDLERS)&Pnp);
}

static VOID NTAPI MiniportUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);

    NdisMDeregisterMiniportDriver(MiniportDriverHandle);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS Driver;

    NdisZeroMemory(&Driver, sizeof(Driver));
    Driver.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
    Driver.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    Driver.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;

    Driver.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
    Driver.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
    Driver.MajorDriverVersion = DRIVER_MAJOR_VERSION;
    Driver.MinorDriverVersion = DRIVER_MINOR_VERSION;

    Driver.SetOptionsHandler = MiniportSetOptions;
    Driver.UnloadHandler = MiniportUnload;

    Driver.InitializeHandlerEx = MiniportInitializeEx;
    Driver.HaltHandlerEx = MiniportHaltEx;
    Driver.PauseHandler = MiniportPause;
    Driver.RestartHandler = MiniportRestart;
    Driver.ShutdownHandlerEx = MiniportShutdownEx;
    Driver.CheckForHangHandlerEx = MiniportCheckForHangEx;
    Driver.ResetHandlerEx = MiniportResetEx;
    Driver.DevicePnPEventNotifyHandler = MiniportDevicePnPEventNotify;

    Driver.SendNetBufferListsHandler = MiniportSendNetBufferLists;
    Driver.CancelSendHandler = MiniportCancelSend;
    Driver.ReturnNetBufferListsHandler = MiniportReturnNetBufferLists;

    Driver.OidRequestHandler = MiniportOidRequest;
    Driver.CancelOidRequestHandler = MiniportCancelOidRequest;

    /* The four interrupt handlers are not here: since NDIS 6.0 they belong to each adapter's
     * NdisMRegisterInterruptEx; see interrupt.c. */

    return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &Driver,
                                       &MiniportDriverHandle);
}
