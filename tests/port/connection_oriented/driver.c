/* SPDX-License-Identifier: MIT */
#include <ndis.h>
#include <atm.h>

#define VCS 16

typedef struct _VC {
    struct _ADAPTER *pAdapter;
    NDIS_HANDLE NdisVcHandle;
    ATM_VPIVCI Id;
    PNDIS_PACKET pSending;
} VC, *PVC;

typedef struct _ADAPTER {
    NDIS_HANDLE NdisAdapterHandle;
    NDIS_MINIPORT_INTERRUPT NdisInterrupt;
    BOOLEAN fInterruptRegistered;
    PULONG pRegisters; /* 0: status, 1: mask */
    ULONG ulVector, ulLevel;
    VC Vc[VCS];
} ADAPTER, *PADAPTER;

static ADAPTER TheAdapter;

static VOID NTAPI AtmEnableInterrupt(NDIS_HANDLE MiniportAdapterContext)
{
    PADAPTER pAdapter = MiniportAdapterContext;

    NdisWriteRegisterUlong(pAdapter->pRegisters + 1, 1);
}

static VOID NTAPI AtmDisableInterrupt(NDIS_HANDLE MiniportAdapterContext)
{
    PADAPTER pAdapter = MiniportAdapterContext;

    NdisWriteRegisterUlong(pAdapter->pRegisters + 1, 0);
}

static VOID NTAPI AtmIsr(PBOOLEAN InterruptRecognized, PBOOLEAN QueueMiniportHandleInterrupt,
                         NDIS_HANDLE MiniportAdapterContext)
{
    PADAPTER pAdapter = MiniportAdapterContext;
    ULONG ulStatus;

    NdisReadRegisterUlong(pAdapter->pRegisters, &ulStatus);
    *InterruptRecognized = *QueueMiniportHandleInterrupt = ulStatus != 0;
    if (*InterruptRecognized)
        AtmDisableInterrupt(pAdapter);
}

static VOID NTAPI AtmHandleInterrupt(NDIS_HANDLE MiniportAdapterContext)
{
    PADAPTER pAdapter = MiniportAdapterContext;
    UINT i;

    for (i = 0; i < VCS; i++) {
        PVC pVc = &pAdapter->Vc[i];
        PNDIS_PACKET pSent = pVc->pSending;

        if (pSent == NULL)
            continue;
        pVc->pSending = NULL;
        NdisMCoSendComplete(NDIS_STATUS_SUCCESS, pVc->NdisVcHandle, pSent);
    }
    NdisMCoReceiveComplete(pAdapter->NdisAdapterHandle);
}

static NDIS_STATUS NTAPI AtmCoCreateVc(NDIS_HANDLE MiniportAdapterContext, NDIS_HANDLE NdisVcHandle,
                                       PNDIS_HANDLE MiniportVcContext)
{
    PADAPTER pAdapter = MiniportAdapterContext;
    UINT i;

    for (i = 0; i < VCS; i++)
        if (pAdapter->Vc[i].NdisVcHandle == NULL) {
            pAdapter->Vc[i].pAdapter = pAdapter;
            pAdapter->Vc[i].NdisVcHandle = NdisVcHandle;
            *MiniportVcContext = &pAdapter->Vc[i];
            return NDIS_STATUS_SUCCESS;
        }
    return NDIS_STATUS_VC_NOT_AVAILABLE;
}

static NDIS_STATUS NTAPI AtmCoDeleteVc(NDIS_HANDLE MiniportVcContext)
{
    ((PVC)MiniportVcContext)->NdisVcHandle = NULL;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS NTAPI AtmCoActivateVc(NDIS_HANDLE MiniportVcContext,
                                         PCO_CALL_PARAMETERS CallParameters)
{
    PVC pVc = MiniportVcContext;
    PCO_MEDIA_PARAMETERS pMedia = CallParameters->MediaParameters;

    if (pMedia->MediaSpecific.ParamType != ATM_MEDIA_SPECIFIC)
        return NDIS_STATUS_INVALID_DATA;
    pVc->Id = ((PATM_MEDIA_PARAMETERS)pMedia->MediaSpecific.Parameters)->ConnectionId;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS NTAPI AtmCoDeactivateVc(NDIS_HANDLE MiniportVcContext)
{
    ((PVC)MiniportVcContext)->Id.Vci = 0;
    return NDIS_STATUS_SUCCESS;
}

static VOID NTAPI AtmCoSendPackets(NDIS_HANDLE MiniportVcContext, PPNDIS_PACKET PacketArray,
                                   UINT NumberOfPackets)
{
    PVC pVc = MiniportVcContext;
    UINT i;

    for (i = 0; i < NumberOfPackets; i++)
        if (pVc->pSending == NULL)
            pVc->pSending = PacketArray[i];
        else
            NdisMCoSendComplete(NDIS_STATUS_RESOURCES, pVc->NdisVcHandle, PacketArray[i]);
}

/* All of NDIS 5's, and no default: a compiler that knows more of them would warn. */
static NDIS_STATUS NTAPI AtmCoRequest(NDIS_HANDLE MiniportAdapterContext,
                                      NDIS_HANDLE MiniportVcContext, PNDIS_REQUEST NdisRequest)
{
    (void)MiniportAdapterContext;
    (void)MiniportVcContext;
    switch (NdisRequest->RequestType) {
    case NdisRequestQueryInformation:
    case NdisRequestQueryStatistics:
        if (NdisRequest->DATA.QUERY_INFORMATION.Oid == OID_ATM_SUPPORTED_AAL_TYPES) {
            *(PULONG)NdisRequest->DATA.QUERY_INFORMATION.InformationBuffer = AAL_TYPE_AAL5;
            return NDIS_STATUS_SUCCESS;
        }
        break;
    case NdisRequestSetInformation:
    case NdisRequestOpen:
    case NdisRequestClose:
    case NdisRequestSend:
    case NdisRequestTransferData:
    case NdisRequestReset:
    case NdisRequestGeneric1:
    case NdisRequestGeneric2:
    case NdisRequestGeneric3:
    case NdisRequestGeneric4:
        break;
    }
    return NDIS_STATUS_NOT_SUPPORTED;
}

static NDIS_STATUS NTAPI AtmInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                       PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                       NDIS_HANDLE MiniportAdapterHandle,
                                       NDIS_HANDLE WrapperConfigurationContext)
{
    PADAPTER pAdapter = &TheAdapter;
    NDIS_STATUS Status;

    (void)OpenErrorStatus;
    (void)WrapperConfigurationContext;
    *SelectedMediumIndex = 0;
    if (MediumArraySize == 0 || MediumArray[0] != NdisMediumAtm)
        return NDIS_STATUS_UNSUPPORTED_MEDIA;
    pAdapter->NdisAdapterHandle = MiniportAdapterHandle;
    NdisMSetAttributesEx(MiniportAdapterHandle, pAdapter, 0,
                         NDIS_ATTRIBUTE_DESERIALIZE | NDIS_ATTRIBUTE_BUS_MASTER, NdisInterfacePci);
    Status = NdisMRegisterInterrupt(&pAdapter->NdisInterrupt, MiniportAdapterHandle,
                                    pAdapter->ulVector, pAdapter->ulLevel, TRUE, TRUE,
                                    NdisInterruptLevelSensitive);
    if (Status == NDIS_STATUS_SUCCESS) {
        pAdapter->fInterruptRegistered = TRUE;
        AtmEnableInterrupt(pAdapter);
    }
    return Status;
}

static VOID NTAPI AtmHalt(NDIS_HANDLE MiniportAdapterContext)
{
    PADAPTER pAdapter = MiniportAdapterContext;

    AtmDisableInterrupt(pAdapter);
    if (pAdapter->fInterruptRegistered)
        NdisMDeregisterInterrupt(&pAdapter->NdisInterrupt);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static NDIS_MINIPORT_CHARACTERISTICS Atm = {
        .MajorNdisVersion = 5,
        .MinorNdisVersion = 1,
        .DisableInterruptHandler = AtmDisableInterrupt,
        .EnableInterruptHandler = AtmEnableInterrupt,
        .HaltHandler = AtmHalt,
        .HandleInterruptHandler = AtmHandleInterrupt,
        .InitializeHandler = AtmInitialize,
        .ISRHandler = AtmIsr,
        .CoCreateVcHandler = AtmCoCreateVc,
        .CoDeleteVcHandler = AtmCoDeleteVc,
        .CoActivateVcHandler = AtmCoActivateVc,
        .CoDeactivateVcHandler = AtmCoDeactivateVc,
        .CoSendPacketsHandler = AtmCoSendPackets,
        .CoRequestHandler = AtmCoRequest,
    };
    NDIS_HANDLE NdisWrapperHandle;

    NdisMInitializeWrapper(&NdisWrapperHandle, DriverObject, RegistryPath, NULL);
    return NdisMRegisterMiniport(NdisWrapperHandle, &Atm, sizeof(Atm));
}
