/* What was granted is read after the call and where the card is still there, whatever happens to
 * the status. */
#include <ndis.h>

typedef struct _NIC {
  NDIS_HANDLE             Handle;
  volatile ULONG          *Registers; /* 0: status, 1: mask */
  ULONG                   Vector, Level, Events;
  ULONG                   InterruptType; /* the chip's own */
  NDIS_HANDLE             NdisInterruptHandle;  /* the first function's: registered first,
                                         and deregistered last */
  NDIS_INTERRUPT_TYPE     InterruptTypeEx;
  NDIS_HANDLE             SecondHandle;
  NDIS_INTERRUPT_TYPE     SecondType;
  NDIS_HANDLE             m_ThirdHandle;
  NDIS_INTERRUPT_TYPE     m_ThirdType;
  NDIS_HANDLE             FifthHandle;
  NDIS_INTERRUPT_TYPE     FifthType;
  struct { NDIS_HANDLE fourth_handle; NDIS_INTERRUPT_TYPE fourth_type; } Inner;
} NIC;

#define CHECK(status) do { if ((status) != NDIS_STATUS_SUCCESS) return NDIS_STATUS_FAILURE; } while (0)

static VOID DisableInterrupts(NIC *Nic)
{
  Nic->Registers[1] = 0;
}

static VOID EnableInterrupts(NIC *Nic)
{
  Nic->Registers[1] = 1;
}

static BOOLEAN NTAPI Isr(IN NDIS_HANDLE Context, OUT PBOOLEAN Queue, OUT PULONG TargetProcessors)
{
  NIC *Nic = Context;

  if (Nic->Registers[0] == 0) { *Queue = FALSE; return FALSE; }
  DisableInterrupts(Nic);
  *Queue = TRUE;
  return TRUE;
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI DisableInterrupt(IN NDIS_HANDLE Context)
{
  NIC *Nic = (NIC *)Context;

  DisableInterrupts(Nic);
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI EnableInterrupt(IN NDIS_HANDLE Context)
{
  NIC *Nic = (NIC *)Context;

  EnableInterrupts(Nic);
}

static BOOLEAN NTAPI MessageInterrupt(IN NDIS_HANDLE MiniportInterruptContext, IN ULONG MessageId,
                                      OUT PBOOLEAN QueueDefaultInterruptDpc,
                                      OUT PULONG TargetProcessors)
{
  return Isr(MiniportInterruptContext, QueueDefaultInterruptDpc, TargetProcessors);
}

static VOID NTAPI DisableMessageInterrupt(IN NDIS_HANDLE MiniportInterruptContext,
                                          IN ULONG MessageId)
{
  DisableInterrupt(MiniportInterruptContext);
}

static VOID NTAPI EnableMessageInterrupt(IN NDIS_HANDLE MiniportInterruptContext,
                                         IN ULONG MessageId)
{
  EnableInterrupt(MiniportInterruptContext);
}

static VOID NTAPI HandleInterrupt(IN NDIS_HANDLE Context, IN PVOID MiniportDpcContext,
                                  IN PVOID ReceiveThrottleParameters, IN PVOID NdisReserved2)
{
  NIC *Nic = Context;

  Nic->Events++;
  EnableInterrupts(Nic);
}

static VOID NTAPI MessageInterruptDpc(IN NDIS_HANDLE MiniportInterruptContext, IN ULONG MessageId,
                                      IN PVOID MiniportDpcContext, IN PULONG NdisReserved1,
                                      IN PULONG NdisReserved2)
{
  HandleInterrupt(MiniportInterruptContext, MiniportDpcContext, NdisReserved1, NdisReserved2);
}

/* A failure that leaves, with a comment behind. */
static NDIS_STATUS First(NIC *Nic)
{
  NDIS_STATUS Status;
  NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

  NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
  InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
  InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
  InterruptCharacteristics.Header.Size =
    NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
  InterruptCharacteristics.InterruptHandler = Isr;
  InterruptCharacteristics.InterruptDpcHandler = HandleInterrupt;
  InterruptCharacteristics.DisableInterruptHandler = DisableInterrupt;
  InterruptCharacteristics.EnableInterruptHandler = EnableInterrupt;
  InterruptCharacteristics.MsiSupported = TRUE;
  InterruptCharacteristics.MsiSyncWithAllMessages = TRUE;
  InterruptCharacteristics.MessageInterruptHandler = MessageInterrupt;
  InterruptCharacteristics.MessageInterruptDpcHandler = MessageInterruptDpc;
  InterruptCharacteristics.DisableMessageInterruptHandler = DisableMessageInterrupt;
  InterruptCharacteristics.EnableMessageInterruptHandler = EnableMessageInterrupt;

  if ((Status = NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics,
                                         &(Nic->NdisInterruptHandle))) != NDIS_STATUS_SUCCESS)
    goto Out; /* the caller says why,
                 in the log */
  /* The line, where messages were not granted. */
  Nic->InterruptTypeEx = InterruptCharacteristics.InterruptType;
  Nic->Events = 0;
Out:
  return Status;
}

/* A failure that does not leave, and takes the card with it. */
static NDIS_STATUS Second(NIC *Nic)
{
  NDIS_STATUS Status;
  NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

  NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
  InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
  InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
  InterruptCharacteristics.Header.Size =
    NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
  InterruptCharacteristics.InterruptHandler = Isr;
  InterruptCharacteristics.InterruptDpcHandler = HandleInterrupt;
  InterruptCharacteristics.DisableInterruptHandler = DisableInterrupt;
  InterruptCharacteristics.EnableInterruptHandler = EnableInterrupt;
  InterruptCharacteristics.MsiSupported = TRUE;
  InterruptCharacteristics.MsiSyncWithAllMessages = TRUE;
  InterruptCharacteristics.MessageInterruptHandler = MessageInterrupt;
  InterruptCharacteristics.MessageInterruptDpcHandler = MessageInterruptDpc;
  InterruptCharacteristics.DisableMessageInterruptHandler = DisableMessageInterrupt;
  InterruptCharacteristics.EnableMessageInterruptHandler = EnableMessageInterrupt;

  Status = NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics, &Nic->SecondHandle);
  /* The line, where messages were not granted. */
  Nic->SecondType = InterruptCharacteristics.InterruptType;

  if (Status != NDIS_STATUS_SUCCESS) {
    NdisFreeMemory(Nic, sizeof(*Nic), 0);
    Nic = NULL;
  } else {
    Nic->Events = 0;
  }
  return Status;
}

/* A success that leaves. */
static NDIS_STATUS Third(NIC *Nic)
{
  NDIS_STATUS Status = NDIS_STATUS_FAILURE;
  NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

  NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
  InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
  InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
  InterruptCharacteristics.Header.Size =
    NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
  InterruptCharacteristics.InterruptHandler = Isr;
  InterruptCharacteristics.InterruptDpcHandler = HandleInterrupt;
  InterruptCharacteristics.DisableInterruptHandler = DisableInterrupt;
  InterruptCharacteristics.EnableInterruptHandler = EnableInterrupt;
  InterruptCharacteristics.MsiSupported = TRUE;
  InterruptCharacteristics.MsiSyncWithAllMessages = TRUE;
  InterruptCharacteristics.MessageInterruptHandler = MessageInterrupt;
  InterruptCharacteristics.MessageInterruptDpcHandler = MessageInterruptDpc;
  InterruptCharacteristics.DisableMessageInterruptHandler = DisableMessageInterrupt;
  InterruptCharacteristics.EnableMessageInterruptHandler = EnableMessageInterrupt;

  if (Nic->Vector != 0)
    Status = NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics,
                                      (PNDIS_HANDLE)&Nic->m_ThirdHandle);
  else
    Nic->Events = 1;
  /* The line, where messages were not granted. */
  Nic->m_ThirdType = InterruptCharacteristics.InterruptType;
  if (Status == NDIS_STATUS_SUCCESS)
    return Status;
  NdisFreeMemory(Nic, sizeof(*Nic), 0);
  return Status;
}

/* A success in the condition. */
static NDIS_STATUS Fourth(NIC *Nic)
{
  NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

  NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
  InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
  InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
  InterruptCharacteristics.Header.Size =
    NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
  InterruptCharacteristics.InterruptHandler = Isr;
  InterruptCharacteristics.InterruptDpcHandler = HandleInterrupt;
  InterruptCharacteristics.DisableInterruptHandler = DisableInterrupt;
  InterruptCharacteristics.EnableInterruptHandler = EnableInterrupt;
  InterruptCharacteristics.MsiSupported = TRUE;
  InterruptCharacteristics.MsiSyncWithAllMessages = TRUE;
  InterruptCharacteristics.MessageInterruptHandler = MessageInterrupt;
  InterruptCharacteristics.MessageInterruptDpcHandler = MessageInterruptDpc;
  InterruptCharacteristics.DisableMessageInterruptHandler = DisableMessageInterrupt;
  InterruptCharacteristics.EnableMessageInterruptHandler = EnableMessageInterrupt;

  if (NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics,
                               &Nic->Inner.fourth_handle) == NDIS_STATUS_SUCCESS) {
    /* The line, where messages were not granted. */
    Nic->Inner.fourth_type = InterruptCharacteristics.InterruptType;
    Nic->Events = 0;
  }
  if (NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics,
                               &Nic->FifthHandle) == NDIS_STATUS_RESOURCES)
    Nic->Events = 1;
  CHECK(NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics, &Nic->FifthHandle));
  /* The line, where messages were not granted. */
  Nic->FifthType = InterruptCharacteristics.InterruptType;
  return NDIS_STATUS_SUCCESS;
}

static NIC TheNic;

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
  NIC *Nic = &TheNic;

  Nic->Handle = MiniportAdapterHandle;
  NdisMSetAttributesEx(MiniportAdapterHandle, Nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
  CHECK(First(Nic));
  CHECK(Second(Nic));
  CHECK(Third(Nic));
  return Fourth(Nic);
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
  NIC *Nic = Context;

  NdisMDeregisterInterruptEx(Nic->FifthHandle);
  NdisMDeregisterInterruptEx(Nic->Inner.fourth_handle);
  NdisMDeregisterInterruptEx(Nic->m_ThirdHandle);
  NdisMDeregisterInterruptEx(Nic->SecondHandle);
  NdisMDeregisterInterruptEx(Nic->NdisInterruptHandle);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
  NDIS_MINIPORT_CHARACTERISTICS Miniport;
  NDIS_HANDLE Wrapper;

  NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
  NdisZeroMemory(&Miniport, sizeof(Miniport));
  Miniport.MajorNdisVersion = 5;
  Miniport.MinorNdisVersion = 1;
  Miniport.InitializeHandler = Initialize;
  Miniport.HaltHandler = Halt;
  return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
