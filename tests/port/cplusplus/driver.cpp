// SPDX-License-Identifier: MIT
extern "C" {
#include <ndis.h>
}

class Nic
{
public:
    NDIS_HANDLE m_Handle;
    volatile ULONG *m_Registers;
    NDIS_MINIPORT_INTERRUPT m_Interrupt;

    bool IsOurs() const { return m_Registers[0] != 0; }
    void DisableInterrupts() { m_Registers[1] = 0; }
    void EnableInterrupts() { m_Registers[1] = 1; }
};

static Nic TheNic;

extern "C" BOOLEAN NTAPI SyncStop(PVOID Context)
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

extern "C" VOID NTAPI Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context)
{
    Nic *nic = reinterpret_cast<Nic *>(Context);

    if (!nic->IsOurs()) {
        *Recognized = FALSE;
        *Queue = FALSE;
        return;
    }
    nic->DisableInterrupts();
    *Recognized = TRUE;
    *Queue = TRUE;
}

extern "C" VOID NTAPI HandleInterrupt(NDIS_HANDLE Context)
{
    UNREFERENCED_PARAMETER(Context);
}

extern "C" NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                        PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                        NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    Nic *nic = &TheNic;

    nic->m_Handle = MiniportAdapterHandle;
    NdisMSetAttributesEx(MiniportAdapterHandle, nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
    return NdisMRegisterInterrupt(&nic->m_Interrupt, nic->m_Handle, 5, 5, TRUE, TRUE,
                                  NdisInterruptLevelSensitive);
}

extern "C" VOID NTAPI Halt(NDIS_HANDLE Context)
{
    Nic *nic = reinterpret_cast<Nic *>(Context);

    NdisMSynchronizeWithInterrupt(&nic->m_Interrupt, (PVOID)SyncStop, nic);
    NdisMDeregisterInterrupt(&nic->m_Interrupt);
}

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_CHARACTERISTICS Miniport = {};
    NDIS_HANDLE Wrapper;

    NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
    Miniport.MajorNdisVersion = 5;
    Miniport.InitializeHandler = Initialize;
    Miniport.HaltHandler = Halt;
    Miniport.ISRHandler = Isr;
    Miniport.HandleInterruptHandler = HandleInterrupt;
    Miniport.DisableInterruptHandler = DisableInterrupt;
    Miniport.EnableInterruptHandler = EnableInterrupt;
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof Miniport);
}
