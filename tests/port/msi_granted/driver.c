/* What was granted is read after the call and where the card is still there, whatever happens to
 * the status. */
#include <ndis.h>

typedef struct _NIC {
  NDIS_HANDLE             Handle;
  volatile ULONG          *Registers; /* 0: status, 1: mask */
  ULONG                   Vector, Level, Events;
  ULONG                   InterruptType; /* the chip's own */
  NDIS_MINIPORT_INTERRUPT Interrupt;  /* the first function's: registered first,
                                         and deregistered last */
  NDIS_MINIPORT_INTERRUPT Second;
  NDIS_MINIPORT_INTERRUPT m_Third;
  NDIS_MINIPORT_INTERRUPT Fifth;
  struct { NDIS_MINIPORT_INTERRUPT fourth; } Inner;
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

static VOID NTAPI Isr(OUT PBOOLEAN Recognized, OUT PBOOLEAN Queue, IN NDIS_HANDLE Context)
{
  NIC *Nic = Context;

  if (Nic->Registers[0] == 0) { *Recognized = FALSE; *Queue = FALSE; return; }
  DisableInterrupts(Nic);
  *Recognized = TRUE;
  *Queue = TRUE;
}

static VOID NTAPI HandleInterrupt(IN NDIS_HANDLE Context)
{
  NIC *Nic = Context;

  Nic->Events++;
  EnableInterrupts(Nic);
}

/* A failure that leaves, with a comment behind. */
static NDIS_STATUS First(NIC *Nic)
{
  NDIS_STATUS Status;

  if ((Status = NdisMRegisterInterrupt(&(Nic->Interrupt), Nic->Handle, Nic->Vector, Nic->Level, TRUE, TRUE,
                                       NdisInterruptLevelSensitive)) != NDIS_STATUS_SUCCESS)
    goto Out; /* the caller says why,
                 in the log */
  Nic->Events = 0;
Out:
  return Status;
}

/* A failure that does not leave, and takes the card with it. */
static NDIS_STATUS Second(NIC *Nic)
{
  NDIS_STATUS Status = NdisMRegisterInterrupt(&Nic->Second, Nic->Handle, Nic->Vector, Nic->Level, TRUE, TRUE,
                                              NdisInterruptLevelSensitive);

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

  if (Nic->Vector != 0)
    Status = NdisMRegisterInterrupt((PNDIS_MINIPORT_INTERRUPT)&Nic->m_Third, Nic->Handle, Nic->Vector,
                                    Nic->Level, TRUE, TRUE, NdisInterruptLevelSensitive);
  else
    Nic->Events = 1;
  if (Status == NDIS_STATUS_SUCCESS)
    return Status;
  NdisFreeMemory(Nic, sizeof(*Nic), 0);
  return Status;
}

/* A success in the condition. */
static NDIS_STATUS Fourth(NIC *Nic)
{
  if (NdisMRegisterInterrupt(&Nic->Inner.fourth, Nic->Handle, Nic->Vector, Nic->Level, TRUE, TRUE,
                             NdisInterruptLevelSensitive) == NDIS_STATUS_SUCCESS)
    Nic->Events = 0;
  if (NdisMRegisterInterrupt(&Nic->Fifth, Nic->Handle, Nic->Vector, Nic->Level, TRUE, TRUE,
                             NdisInterruptLevelSensitive) == NDIS_STATUS_RESOURCES)
    Nic->Events = 1;
  CHECK(NdisMRegisterInterrupt(&Nic->Fifth, Nic->Handle, Nic->Vector, Nic->Level, TRUE, TRUE,
                               NdisInterruptLevelSensitive));
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

  NdisMDeregisterInterrupt(&Nic->Fifth);
  NdisMDeregisterInterrupt(&Nic->Inner.fourth);
  NdisMDeregisterInterrupt(&Nic->m_Third);
  NdisMDeregisterInterrupt(&Nic->Second);
  NdisMDeregisterInterrupt(&Nic->Interrupt);
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
  Miniport.ISRHandler = Isr;
  Miniport.HandleInterruptHandler = HandleInterrupt;
  return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
