// SPDX-License-Identifier: MIT
extern "C" {
#include <ndis.h>
}

class Nic
{
public:
    NDIS_HANDLE m_Handle;
    volatile ULONG *m_Registers;
    NDIS_HANDLE m_InterruptHandle;

    bool IsOurs() const { return m_Registers[0] != 0; }
    void DisableInterrupts() { m_Registers[1] = 0; }
    void EnableInterrupts() { m_Registers[1] = 1; }
};

static Nic TheNic;

extern "C" BOOLEAN NTAPI SyncStop(NDIS_HANDLE Context)
{
    reinterpret_cast<Nic *>(Context)->DisableInterrupts();
    return TRUE;
}

extern "C" VOID NTAPI DisableInterrupt(NDIS_HANDLE Context)
{
    reinterpret_cast<Nic *>(Context)->DisableInterrupts();
}

extern "C" VOID NTAPI EnableInterrupt(NDIS_HANDLE Context)
{
    reinterpret_cast<Nic *>(Context)->EnableInterrupts();
}

extern "C" BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
    Nic *nic = reinterpret_cast<Nic *>(Context);

    UNREFERENCED_PARAMETER(TargetProcessors);

    if (!nic->IsOurs()) {
        *Queue = FALSE;
        return FALSE;
    }
    nic->DisableInterrupts();
    *Queue = TRUE;
    return TRUE;
}

extern "C" VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                      PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    UNREFERENCED_PARAMETER(MiniportDpcContext);
    UNREFERENCED_PARAMETER(ReceiveThrottleParameters);
    UNREFERENCED_PARAMETER(NdisReserved2);
    UNREFERENCED_PARAMETER(Context);
    EnableInterrupt(Context);
}

extern "C" NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                        PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                        NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    Nic *nic = &TheNic;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS interruptCharacteristics;

    nic->m_Handle = MiniportAdapterHandle;
    NdisMSetAttributesEx(MiniportAdapterHandle, nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
    NdisZeroMemory(&interruptCharacteristics, sizeof(interruptCharacteristics));
    interruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    interruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    interruptCharacteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    interruptCharacteristics.InterruptHandler = Isr;
    interruptCharacteristics.InterruptDpcHandler = HandleInterrupt;
    interruptCharacteristics.DisableInterruptHandler = DisableInterrupt;
    interruptCharacteristics.EnableInterruptHandler = EnableInterrupt;

    return NdisMRegisterInterruptEx(nic->m_Handle, nic, &interruptCharacteristics,
                                    &nic->m_InterruptHandle);
}

extern "C" VOID NTAPI Halt(NDIS_HANDLE Context)
{
    Nic *nic = reinterpret_cast<Nic *>(Context);

    NdisMSynchronizeWithInterruptEx(nic->m_InterruptHandle, 0, (PVOID)SyncStop, nic);
    NdisMDeregisterInterruptEx(nic->m_InterruptHandle);
}

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_CHARACTERISTICS Miniport = {};
    NDIS_HANDLE Wrapper;

    NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
    Miniport.MajorNdisVersion = 5;
    Miniport.InitializeHandler = Initialize;
    Miniport.HaltHandler = Halt;
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof Miniport);
}
