/* SPDX-License-Identifier: MIT */
/* driver.c - DriverEntry: tells NDIS what the driver can do. */
#include "e1000e5.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD DriverUnload;

static NDIS_HANDLE NdisWrapperHandle;

/* Every adapter is halted by now, and NDIS has the rest. */
static VOID NTAPI DriverUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_CHARACTERISTICS Driver;
    NDIS_STATUS Status;

    NdisMInitializeWrapper(&NdisWrapperHandle, DriverObject, RegistryPath, NULL);
    if (NdisWrapperHandle == NULL) {
        return NDIS_STATUS_FAILURE;
    }

    NdisZeroMemory(&Driver, sizeof(Driver));
    Driver.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
    Driver.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;

    Driver.InitializeHandler = MiniportInitialize;
    Driver.HaltHandler = MiniportHalt;
    Driver.ResetHandler = MiniportReset;
    Driver.CheckForHangHandler = MiniportCheckForHang;
    Driver.AdapterShutdownHandler = MiniportShutdown;
    Driver.PnPEventNotifyHandler = MiniportPnPEventNotify;

    Driver.QueryInformationHandler = MiniportQueryInformation;
    Driver.SetInformationHandler = MiniportSetInformation;

    Driver.SendPacketsHandler = MiniportSendPackets;
    Driver.CancelSendPacketsHandler = MiniportCancelSendPackets;
    Driver.ReturnPacketHandler = MiniportReturnPacket;

    Status = NdisMRegisterMiniport(NdisWrapperHandle, &Driver, sizeof(Driver));
    if (Status != NDIS_STATUS_SUCCESS) {
        NdisTerminateWrapper(NdisWrapperHandle, NULL);
        return Status;
    }
    NdisMRegisterUnloadHandler(NdisWrapperHandle, DriverUnload);
    return NDIS_STATUS_SUCCESS;
}
