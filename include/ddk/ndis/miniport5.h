/* SPDX-License-Identifier: MIT */
/* miniport5.h - an NDIS 4.0 to 5.1 miniport driver: characteristics, registration, interrupts.
 *
 * NdisMInitializeWrapper, NdisMRegisterMiniport, then MiniportInitialize for each adapter. WDK
 * (NDIS 5): "NDIS_MINIPORT_CHARACTERISTICS", "MiniportISR", "NdisMRegisterInterrupt". Every handler
 * type exists as a pointer (W_..._HANDLER), as in the DDK. */
#ifndef DDK_NDIS_MINIPORT5_H
#define DDK_NDIS_MINIPORT5_H

typedef struct _NDIS_WAN_PACKET {
    LIST_ENTRY WanPacketQueue;
    PUCHAR CurrentBuffer;
    ULONG CurrentLength;
    PUCHAR StartBuffer;
    PUCHAR EndBuffer;
    PVOID ProtocolReserved1;
    PVOID ProtocolReserved2;
    PVOID ProtocolReserved3;
    PVOID ProtocolReserved4;
    PVOID MacReserved1;
    PVOID MacReserved2;
    PVOID MacReserved3;
    PVOID MacReserved4;
} NDIS_WAN_PACKET, *PNDIS_WAN_PACKET;

typedef BOOLEAN(NTAPI *W_CHECK_FOR_HANG_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext);
typedef VOID(NTAPI *W_DISABLE_INTERRUPT_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext);
typedef VOID(NTAPI *W_ENABLE_INTERRUPT_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext);
typedef VOID(NTAPI *W_HALT_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext);
typedef VOID(NTAPI *W_HANDLE_INTERRUPT_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext);
typedef NDIS_STATUS(NTAPI *W_INITIALIZE_HANDLER)(_Out_ PNDIS_STATUS OpenErrorStatus,
                                                 _Out_ PUINT SelectedMediumIndex,
                                                 _In_ PNDIS_MEDIUM MediumArray,
                                                 _In_ UINT MediumArraySize,
                                                 _In_ NDIS_HANDLE MiniportAdapterHandle,
                                                 _In_ NDIS_HANDLE WrapperConfigurationContext);
/* MiniportISR, at DIRQL: is it ours, and shall MiniportHandleInterrupt run as a DPC? */
typedef VOID(NTAPI *W_ISR_HANDLER)(_Out_ PBOOLEAN InterruptRecognized,
                                   _Out_ PBOOLEAN QueueMiniportHandleInterrupt,
                                   _In_ NDIS_HANDLE MiniportAdapterContext);
typedef NDIS_STATUS(NTAPI *W_QUERY_INFORMATION_HANDLER)(
    _In_ NDIS_HANDLE MiniportAdapterContext, _In_ NDIS_OID Oid, _In_ PVOID InformationBuffer,
    _In_ ULONG InformationBufferLength, _Out_ PULONG BytesWritten, _Out_ PULONG BytesNeeded);
typedef NDIS_STATUS(NTAPI *W_RECONFIGURE_HANDLER)(_Out_ PNDIS_STATUS OpenErrorStatus,
                                                  _In_ NDIS_HANDLE MiniportAdapterContext,
                                                  _In_ NDIS_HANDLE WrapperConfigurationContext);
typedef NDIS_STATUS(NTAPI *W_RESET_HANDLER)(_Out_ PBOOLEAN AddressingReset,
                                            _In_ NDIS_HANDLE MiniportAdapterContext);
typedef NDIS_STATUS(NTAPI *W_SEND_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext,
                                           _In_ PNDIS_PACKET Packet, _In_ UINT Flags);
typedef NDIS_STATUS(NTAPI *WM_SEND_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext,
                                            _In_ NDIS_HANDLE NdisLinkHandle,
                                            _In_ PNDIS_WAN_PACKET Packet);
typedef NDIS_STATUS(NTAPI *W_SET_INFORMATION_HANDLER)(
    _In_ NDIS_HANDLE MiniportAdapterContext, _In_ NDIS_OID Oid, _In_ PVOID InformationBuffer,
    _In_ ULONG InformationBufferLength, _Out_ PULONG BytesRead, _Out_ PULONG BytesNeeded);
typedef NDIS_STATUS(NTAPI *W_TRANSFER_DATA_HANDLER)(_Out_ PNDIS_PACKET Packet,
                                                    _Out_ PUINT BytesTransferred,
                                                    _In_ NDIS_HANDLE MiniportAdapterContext,
                                                    _In_ NDIS_HANDLE MiniportReceiveContext,
                                                    _In_ UINT ByteOffset,
                                                    _In_ UINT BytesToTransfer);
typedef NDIS_STATUS(NTAPI *WM_TRANSFER_DATA_HANDLER)(VOID);
typedef VOID(NTAPI *ADAPTER_SHUTDOWN_HANDLER)(_In_ PVOID ShutdownContext);

/* NDIS 4.0 */
typedef VOID(NTAPI *W_RETURN_PACKET_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext,
                                             _In_ PNDIS_PACKET Packet);
typedef VOID(NTAPI *W_SEND_PACKETS_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext,
                                            _In_ PPNDIS_PACKET PacketArray,
                                            _In_ UINT NumberOfPackets);
typedef VOID(NTAPI *W_ALLOCATE_COMPLETE_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext,
                                                 _In_ PVOID VirtualAddress,
                                                 _In_ PNDIS_PHYSICAL_ADDRESS PhysicalAddress,
                                                 _In_ ULONG Length, _In_ PVOID Context);

/* NDIS 5.0: connection-oriented (connection5.h has the rest). */
typedef struct _NDIS_REQUEST NDIS_REQUEST, *PNDIS_REQUEST;
typedef NDIS_STATUS(NTAPI MINIPORT_CO_CREATE_VC)(_In_ NDIS_HANDLE MiniportAdapterContext,
                                                 _In_ NDIS_HANDLE NdisVcHandle,
                                                 _Out_ PNDIS_HANDLE MiniportVcContext);
typedef MINIPORT_CO_CREATE_VC *W_CO_CREATE_VC_HANDLER;
typedef NDIS_STATUS(NTAPI MINIPORT_CO_DELETE_VC)(_In_ NDIS_HANDLE MiniportVcContext);
typedef MINIPORT_CO_DELETE_VC *W_CO_DELETE_VC_HANDLER;
typedef NDIS_STATUS(NTAPI MINIPORT_CO_ACTIVATE_VC)(_In_ NDIS_HANDLE MiniportVcContext,
                                                   _Inout_ PCO_CALL_PARAMETERS CallParameters);
typedef MINIPORT_CO_ACTIVATE_VC *W_CO_ACTIVATE_VC_HANDLER;
typedef NDIS_STATUS(NTAPI MINIPORT_CO_DEACTIVATE_VC)(_In_ NDIS_HANDLE MiniportVcContext);
typedef MINIPORT_CO_DEACTIVATE_VC *W_CO_DEACTIVATE_VC_HANDLER;
typedef VOID(NTAPI *W_CO_SEND_PACKETS_HANDLER)(_In_ NDIS_HANDLE MiniportVcContext,
                                               _In_ PPNDIS_PACKET PacketArray,
                                               _In_ UINT NumberOfPackets);
typedef NDIS_STATUS(NTAPI *W_CO_REQUEST_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext,
                                                 _In_opt_ NDIS_HANDLE MiniportVcContext,
                                                 _Inout_ PNDIS_REQUEST NdisRequest);

/* NDIS 5.1 */
typedef VOID(NTAPI *W_CANCEL_SEND_PACKETS_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext,
                                                   _In_ PVOID CancelId);
typedef VOID(NTAPI *W_PNP_EVENT_NOTIFY_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterContext,
                                                _In_ NDIS_DEVICE_PNP_EVENT PnPEvent,
                                                _In_ PVOID InformationBuffer,
                                                _In_ ULONG InformationBufferLength);
typedef VOID(NTAPI *W_MINIPORT_SHUTDOWN_HANDLER)(_In_ PVOID ShutdownContext);

#define DDK_NDIS30_MINIPORT_CHARACTERISTICS                                                        \
    UCHAR MajorNdisVersion;                                                                        \
    UCHAR MinorNdisVersion;                                                                        \
    USHORT Filler;                                                                                 \
    UINT Reserved;                                                                                 \
    W_CHECK_FOR_HANG_HANDLER CheckForHangHandler;                                                  \
    W_DISABLE_INTERRUPT_HANDLER DisableInterruptHandler;                                           \
    W_ENABLE_INTERRUPT_HANDLER EnableInterruptHandler;                                             \
    W_HALT_HANDLER HaltHandler;                                                                    \
    W_HANDLE_INTERRUPT_HANDLER HandleInterruptHandler;                                             \
    W_INITIALIZE_HANDLER InitializeHandler;                                                        \
    W_ISR_HANDLER ISRHandler;                                                                      \
    W_QUERY_INFORMATION_HANDLER QueryInformationHandler;                                           \
    W_RECONFIGURE_HANDLER ReconfigureHandler;                                                      \
    W_RESET_HANDLER ResetHandler;                                                                  \
    __extension__ union {                                                                          \
        W_SEND_HANDLER SendHandler;                                                                \
        WM_SEND_HANDLER WanSendHandler;                                                            \
    };                                                                                             \
    W_SET_INFORMATION_HANDLER SetInformationHandler;                                               \
    __extension__ union {                                                                          \
        W_TRANSFER_DATA_HANDLER TransferDataHandler;                                               \
        WM_TRANSFER_DATA_HANDLER WanTransferDataHandler;                                           \
    };

/* What a version has of the one before it. For C++, which knows no members without a name, the
 * DDK's headers call that Ndis30Chars and so on; C finds the members directly. Here C++ may do
 * both.
 */
#ifdef __cplusplus
#define DDK_CHARACTERISTICS_OF(version, members)                                                   \
    __extension__ union {                                                                          \
        __extension__ struct {                                                                     \
            members                                                                                \
        };                                                                                         \
        NDIS##version##_MINIPORT_CHARACTERISTICS Ndis##version##Chars;                             \
    };
#else
#define DDK_CHARACTERISTICS_OF(version, members) members
#endif

#define DDK_NDIS40_MINIPORT_CHARACTERISTICS                                                        \
    DDK_CHARACTERISTICS_OF(30, DDK_NDIS30_MINIPORT_CHARACTERISTICS)                                \
    W_RETURN_PACKET_HANDLER ReturnPacketHandler;                                                   \
    W_SEND_PACKETS_HANDLER SendPacketsHandler;                                                     \
    W_ALLOCATE_COMPLETE_HANDLER AllocateCompleteHandler;

#define DDK_NDIS50_MINIPORT_CHARACTERISTICS                                                        \
    DDK_CHARACTERISTICS_OF(40, DDK_NDIS40_MINIPORT_CHARACTERISTICS)                                \
    W_CO_CREATE_VC_HANDLER CoCreateVcHandler;                                                      \
    W_CO_DELETE_VC_HANDLER CoDeleteVcHandler;                                                      \
    W_CO_ACTIVATE_VC_HANDLER CoActivateVcHandler;                                                  \
    W_CO_DEACTIVATE_VC_HANDLER CoDeactivateVcHandler;                                              \
    W_CO_SEND_PACKETS_HANDLER CoSendPacketsHandler;                                                \
    W_CO_REQUEST_HANDLER CoRequestHandler;

#define DDK_NDIS51_MINIPORT_CHARACTERISTICS                                                        \
    DDK_CHARACTERISTICS_OF(50, DDK_NDIS50_MINIPORT_CHARACTERISTICS)                                \
    W_CANCEL_SEND_PACKETS_HANDLER CancelSendPacketsHandler;                                        \
    W_PNP_EVENT_NOTIFY_HANDLER PnPEventNotifyHandler;                                              \
    W_MINIPORT_SHUTDOWN_HANDLER AdapterShutdownHandler;                                            \
    PVOID Reserved1;                                                                               \
    PVOID Reserved2;                                                                               \
    PVOID Reserved3;                                                                               \
    PVOID Reserved4;

typedef struct _NDIS30_MINIPORT_CHARACTERISTICS {
    DDK_NDIS30_MINIPORT_CHARACTERISTICS
} NDIS30_MINIPORT_CHARACTERISTICS, *PNDIS30_MINIPORT_CHARACTERISTICS;
typedef struct _NDIS40_MINIPORT_CHARACTERISTICS {
    DDK_NDIS40_MINIPORT_CHARACTERISTICS
} NDIS40_MINIPORT_CHARACTERISTICS, *PNDIS40_MINIPORT_CHARACTERISTICS;
typedef struct _NDIS50_MINIPORT_CHARACTERISTICS {
    DDK_NDIS50_MINIPORT_CHARACTERISTICS
} NDIS50_MINIPORT_CHARACTERISTICS, *PNDIS50_MINIPORT_CHARACTERISTICS;
typedef struct _NDIS51_MINIPORT_CHARACTERISTICS {
    DDK_NDIS51_MINIPORT_CHARACTERISTICS
} NDIS51_MINIPORT_CHARACTERISTICS, *PNDIS51_MINIPORT_CHARACTERISTICS;

/* What NDIS_MINIPORT_CHARACTERISTICS means depends on the version; NDIS itself takes the longest
 * and believes CharacteristicsLength. */
#if defined(NDIS51_MINIPORT) || defined(NDIS_WRAPPER)
typedef struct _NDIS_MINIPORT_CHARACTERISTICS {
    DDK_NDIS51_MINIPORT_CHARACTERISTICS
} NDIS_MINIPORT_CHARACTERISTICS, *PNDIS_MINIPORT_CHARACTERISTICS;
#elif defined(NDIS50_MINIPORT)
typedef struct _NDIS_MINIPORT_CHARACTERISTICS {
    DDK_NDIS50_MINIPORT_CHARACTERISTICS
} NDIS_MINIPORT_CHARACTERISTICS, *PNDIS_MINIPORT_CHARACTERISTICS;
#else
typedef struct _NDIS_MINIPORT_CHARACTERISTICS {
    DDK_NDIS40_MINIPORT_CHARACTERISTICS
} NDIS_MINIPORT_CHARACTERISTICS, *PNDIS_MINIPORT_CHARACTERISTICS;
#endif

/* A WAN miniport has the same table, and fills WanSendHandler and WanTransferDataHandler. */
typedef NDIS_MINIPORT_CHARACTERISTICS NDIS_WAN_MINIPORT_CHARACTERISTICS;
typedef NDIS_WAN_MINIPORT_CHARACTERISTICS *PNDIS_WAN_MINIPORT_CHARACTERISTICS;

NDISAPI VOID NTAPI NdisInitializeWrapper(_Out_ PNDIS_HANDLE NdisWrapperHandle,
                                         _In_ PVOID SystemSpecific1, /* driver object */
                                         _In_ PVOID SystemSpecific2, /* registry path */
                                         _In_ PVOID SystemSpecific3);
#define NdisMInitializeWrapper(NdisWrapperHandle, SystemSpecific1, SystemSpecific2,                \
                               SystemSpecific3)                                                    \
    NdisInitializeWrapper((NdisWrapperHandle), (SystemSpecific1), (SystemSpecific2),               \
                          (SystemSpecific3))
NDISAPI VOID NTAPI NdisTerminateWrapper(_In_ NDIS_HANDLE NdisWrapperHandle,
                                        _In_opt_ PVOID SystemSpecific);
NDISAPI NDIS_STATUS NTAPI NdisMRegisterMiniport(
    _In_ NDIS_HANDLE NdisWrapperHandle, _In_ PNDIS_MINIPORT_CHARACTERISTICS MiniportCharacteristics,
    _In_ UINT CharacteristicsLength);
NDISAPI NDIS_STATUS NTAPI NdisIMRegisterLayeredMiniport(
    _In_ NDIS_HANDLE NdisWrapperHandle, _In_ PNDIS_MINIPORT_CHARACTERISTICS MiniportCharacteristics,
    _In_ UINT CharacteristicsLength, _Out_ PNDIS_HANDLE DriverHandle);
NDISAPI VOID NTAPI NdisMRegisterUnloadHandler(_In_ NDIS_HANDLE NdisWrapperHandle,
                                              _In_ PDRIVER_UNLOAD UnloadHandler);
NDISAPI VOID NTAPI
NdisMRegisterAdapterShutdownHandler(_In_ NDIS_HANDLE MiniportHandle, _In_ PVOID ShutdownContext,
                                    _In_ ADAPTER_SHUTDOWN_HANDLER ShutdownHandler);
NDISAPI VOID NTAPI NdisMDeregisterAdapterShutdownHandler(_In_ NDIS_HANDLE MiniportHandle);

/* Attributes of an adapter. */
#define NDIS_ATTRIBUTE_IGNORE_PACKET_TIMEOUT       0x00000001
#define NDIS_ATTRIBUTE_IGNORE_REQUEST_TIMEOUT      0x00000002
#define NDIS_ATTRIBUTE_IGNORE_TOKEN_RING_ERRORS    0x00000004
#define NDIS_ATTRIBUTE_BUS_MASTER                  0x00000008
#define NDIS_ATTRIBUTE_INTERMEDIATE_DRIVER         0x00000010
#define NDIS_ATTRIBUTE_DESERIALIZE                 0x00000020
#define NDIS_ATTRIBUTE_NO_HALT_ON_SUSPEND          0x00000040
#define NDIS_ATTRIBUTE_SURPRISE_REMOVE_OK          0x00000080
#define NDIS_ATTRIBUTE_NOT_CO_NDIS                 0x00000100
#define NDIS_ATTRIBUTE_USES_SAFE_BUFFER_APIS       0x00000200
#define NDIS_ATTRIBUTE_MINIPORT_PADS_SHORT_PACKETS 0x00000800

NDISAPI VOID NTAPI NdisMSetAttributesEx(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                        _In_ NDIS_HANDLE MiniportAdapterContext,
                                        _In_opt_ UINT CheckForHangTimeInSeconds,
                                        _In_ ULONG AttributeFlags,
                                        _In_ NDIS_INTERFACE_TYPE AdapterType);
#if BINARY_COMPATIBLE
NDISAPI VOID NTAPI NdisMSetAttributes(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                      _In_ NDIS_HANDLE MiniportAdapterContext,
                                      _In_ BOOLEAN BusMaster, _In_ NDIS_INTERFACE_TYPE AdapterType);
#else
#define NdisMSetAttributes(Handle, Context, BusMaster, AdapterType)                                \
    NdisMSetAttributesEx(Handle, Context, 0, (BusMaster) ? NDIS_ATTRIBUTE_BUS_MASTER : 0,          \
                         AdapterType)
#endif
NDISAPI NDIS_STATUS NTAPI NdisMPromoteMiniport(_In_ NDIS_HANDLE MiniportAdapterHandle);
NDISAPI NDIS_STATUS NTAPI NdisMSetMiniportSecondary(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                    _In_ NDIS_HANDLE PrimaryMiniportAdapterHandle);

/* The interrupt object lives in the driver's memory, its content belongs to NDIS. */
typedef struct _NDIS_MINIPORT_INTERRUPT {
    PKINTERRUPT InterruptObject;
    KSPIN_LOCK DpcCountLock;
    PVOID Reserved;
    W_ISR_HANDLER MiniportIsr;
    W_HANDLE_INTERRUPT_HANDLER MiniportDpc;
    KDPC InterruptDpc;
    PNDIS_MINIPORT_BLOCK Miniport;
    UCHAR DpcCount;
    BOOLEAN Filler1;
    KEVENT DpcsCompletedEvent;
    BOOLEAN SharedInterrupt;
    BOOLEAN IsrRequested;
} NDIS_MINIPORT_INTERRUPT, *PNDIS_MINIPORT_INTERRUPT;

NDISAPI NDIS_STATUS NTAPI NdisMRegisterInterrupt(_Out_ PNDIS_MINIPORT_INTERRUPT Interrupt,
                                                 _In_ NDIS_HANDLE MiniportAdapterHandle,
                                                 _In_ UINT InterruptVector,
                                                 _In_ UINT InterruptLevel, _In_ BOOLEAN RequestIsr,
                                                 _In_ BOOLEAN SharedInterrupt,
                                                 _In_ NDIS_INTERRUPT_MODE InterruptMode);
NDISAPI VOID NTAPI NdisMDeregisterInterrupt(_In_ PNDIS_MINIPORT_INTERRUPT Interrupt);
NDISAPI BOOLEAN NTAPI NdisMSynchronizeWithInterrupt(_In_ PNDIS_MINIPORT_INTERRUPT Interrupt,
                                                    _In_ PVOID SynchronizeFunction,
                                                    _In_ PVOID SynchronizeContext);

/* Resources and configuration of 5.x. */
NDISAPI VOID NTAPI NdisOpenConfiguration(_Out_ PNDIS_STATUS Status,
                                         _Out_ PNDIS_HANDLE ConfigurationHandle,
                                         _In_ NDIS_HANDLE WrapperConfigurationContext);
NDISAPI VOID NTAPI NdisMQueryAdapterResources(_Out_ PNDIS_STATUS Status,
                                              _In_ NDIS_HANDLE WrapperConfigurationContext,
                                              _Out_ PNDIS_RESOURCE_LIST ResourceList,
                                              _Inout_ PUINT BufferSize);
NDISAPI ULONG NTAPI NdisReadPciSlotInformation(_In_ NDIS_HANDLE NdisAdapterHandle,
                                               _In_ ULONG SlotNumber, _In_ ULONG Offset,
                                               _Out_ PVOID Buffer, _In_ ULONG Length);
NDISAPI ULONG NTAPI NdisWritePciSlotInformation(_In_ NDIS_HANDLE NdisAdapterHandle,
                                                _In_ ULONG SlotNumber, _In_ ULONG Offset,
                                                _In_ PVOID Buffer, _In_ ULONG Length);
NDISAPI ULONG NTAPI NdisImmediateReadPciSlotInformation(
    _In_ NDIS_HANDLE WrapperConfigurationContext, _In_ ULONG SlotNumber, _In_ ULONG Offset,
    _Out_ PVOID Buffer, _In_ ULONG Length);
NDISAPI ULONG NTAPI NdisImmediateWritePciSlotInformation(
    _In_ NDIS_HANDLE WrapperConfigurationContext, _In_ ULONG SlotNumber, _In_ ULONG Offset,
    _In_ PVOID Buffer, _In_ ULONG Length);
NDISAPI NDIS_STATUS NTAPI NdisMPciAssignResources(_In_ NDIS_HANDLE MiniportHandle,
                                                  _In_ ULONG SlotNumber,
                                                  _Out_ PNDIS_RESOURCE_LIST *AssignedResources);
NDISAPI ULONG NTAPI NdisReadPcmciaAttributeMemory(_In_ NDIS_HANDLE NdisAdapterHandle,
                                                  _In_ ULONG Offset, _Out_ PVOID Buffer,
                                                  _In_ ULONG Length);
NDISAPI ULONG NTAPI NdisWritePcmciaAttributeMemory(_In_ NDIS_HANDLE NdisAdapterHandle,
                                                   _In_ ULONG Offset, _In_ PVOID Buffer,
                                                   _In_ ULONG Length);
NDISAPI VOID NTAPI NdisImmediateReadPortUchar(_In_ NDIS_HANDLE WrapperConfigurationContext,
                                              _In_ ULONG Port, _Out_ PUCHAR Data);
NDISAPI VOID NTAPI NdisImmediateReadPortUshort(_In_ NDIS_HANDLE WrapperConfigurationContext,
                                               _In_ ULONG Port, _Out_ PUSHORT Data);
NDISAPI VOID NTAPI NdisImmediateReadPortUlong(_In_ NDIS_HANDLE WrapperConfigurationContext,
                                              _In_ ULONG Port, _Out_ PULONG Data);
NDISAPI VOID NTAPI NdisImmediateWritePortUchar(_In_ NDIS_HANDLE WrapperConfigurationContext,
                                               _In_ ULONG Port, _In_ UCHAR Data);
NDISAPI VOID NTAPI NdisImmediateWritePortUshort(_In_ NDIS_HANDLE WrapperConfigurationContext,
                                                _In_ ULONG Port, _In_ USHORT Data);
NDISAPI VOID NTAPI NdisImmediateWritePortUlong(_In_ NDIS_HANDLE WrapperConfigurationContext,
                                               _In_ ULONG Port, _In_ ULONG Data);
NDISAPI VOID NTAPI NdisImmediateReadSharedMemory(_In_ NDIS_HANDLE WrapperConfigurationContext,
                                                 _In_ ULONG SharedMemoryAddress,
                                                 _Out_ PUCHAR Buffer, _In_ ULONG Length);
NDISAPI VOID NTAPI NdisImmediateWriteSharedMemory(_In_ NDIS_HANDLE WrapperConfigurationContext,
                                                  _In_ ULONG SharedMemoryAddress,
                                                  _In_ PUCHAR Buffer, _In_ ULONG Length);

/* What is in slots of older buses. */
NDISAPI VOID NTAPI NdisReadEisaSlotInformation(_Out_ PNDIS_STATUS Status,
                                               _In_ NDIS_HANDLE WrapperConfigurationContext,
                                               _Out_ PUINT SlotNumber, _Out_ PVOID EisaData);
NDISAPI VOID NTAPI NdisReadEisaSlotInformationEx(_Out_ PNDIS_STATUS Status,
                                                 _In_ NDIS_HANDLE WrapperConfigurationContext,
                                                 _Out_ PUINT SlotNumber, _Out_ PVOID *EisaData,
                                                 _Out_ PUINT NumberOfFunctions);
typedef CM_MCA_POS_DATA NDIS_MCA_POS_DATA, *PNDIS_MCA_POS_DATA;
NDISAPI VOID NTAPI NdisReadMcaPosInformation(_Out_ PNDIS_STATUS Status,
                                             _In_ NDIS_HANDLE WrapperConfigurationContext,
                                             _Out_ PUINT ChannelNumber, _Out_ PVOID McaData);

/* Memory of 5.x. */
NDISAPI NDIS_STATUS NTAPI NdisAllocateMemory(_Out_ PVOID *VirtualAddress, _In_ UINT Length,
                                             _In_ UINT MemoryFlags,
                                             _In_ NDIS_PHYSICAL_ADDRESS HighestAcceptableAddress);

/* DMA of 5.x. */
typedef UCHAR NDIS_DMA_SIZE;
#define NDIS_DMA_24BITS ((NDIS_DMA_SIZE)0)
#define NDIS_DMA_32BITS ((NDIS_DMA_SIZE)1)
#define NDIS_DMA_64BITS ((NDIS_DMA_SIZE)2)

typedef struct _NDIS_DMA_DESCRIPTION {
    BOOLEAN DemandMode;
    BOOLEAN AutoInitialize;
    BOOLEAN DmaChannelSpecified;
    DMA_WIDTH DmaWidth;
    DMA_SPEED DmaSpeed;
    ULONG DmaPort;
    ULONG DmaChannel;
} NDIS_DMA_DESCRIPTION, *PNDIS_DMA_DESCRIPTION;

NDISAPI NDIS_STATUS NTAPI NdisMAllocateMapRegisters(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                    _In_ UINT DmaChannel,
                                                    _In_ NDIS_DMA_SIZE DmaSize,
                                                    _In_ ULONG PhysicalMapRegistersNeeded,
                                                    _In_ ULONG MaximumPhysicalMapping);
NDISAPI NDIS_STATUS NTAPI NdisQueryMapRegisterCount(_In_ NDIS_INTERFACE_TYPE BusType,
                                                    _Out_ PUINT MapRegisterCount);
NDISAPI VOID NTAPI NdisMFreeMapRegisters(_In_ NDIS_HANDLE MiniportAdapterHandle);
NDISAPI VOID NTAPI NdisMStartBufferPhysicalMapping(
    _In_ NDIS_HANDLE MiniportAdapterHandle, _In_ PNDIS_BUFFER Buffer,
    _In_ ULONG PhysicalMapRegister, _In_ BOOLEAN WriteToDevice,
    _Out_ PNDIS_PHYSICAL_ADDRESS_UNIT PhysicalAddressArray, _Out_ PUINT ArraySize);
NDISAPI VOID NTAPI NdisMCompleteBufferPhysicalMapping(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                      _In_ PNDIS_BUFFER Buffer,
                                                      _In_ ULONG PhysicalMapRegister);
NDISAPI NDIS_STATUS NTAPI NdisMInitializeScatterGatherDma(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                          _In_ BOOLEAN Dma64BitAddresses,
                                                          _In_ ULONG MaximumPhysicalMapping);
NDISAPI NDIS_STATUS NTAPI NdisMRegisterDmaChannel(_Out_ PNDIS_HANDLE MiniportDmaHandle,
                                                  _In_ NDIS_HANDLE MiniportAdapterHandle,
                                                  _In_ UINT DmaChannel,
                                                  _In_ BOOLEAN Dma32BitAddresses,
                                                  _In_ PNDIS_DMA_DESCRIPTION DmaDescription,
                                                  _In_ ULONG MaximumLength);
NDISAPI VOID NTAPI NdisMDeregisterDmaChannel(_In_ NDIS_HANDLE MiniportDmaHandle);
NDISAPI ULONG NTAPI NdisMReadDmaCounter(_In_ NDIS_HANDLE MiniportDmaHandle);
NDISAPI VOID NTAPI NdisSetupDmaTransfer(_Out_ PNDIS_STATUS Status, _In_ NDIS_HANDLE NdisDmaHandle,
                                        _In_ PNDIS_BUFFER Buffer, _In_ ULONG Offset,
                                        _In_ ULONG Length, _In_ BOOLEAN WriteToDevice);
NDISAPI VOID NTAPI NdisCompleteDmaTransfer(_Out_ PNDIS_STATUS Status,
                                           _In_ NDIS_HANDLE NdisDmaHandle, _In_ PNDIS_BUFFER Buffer,
                                           _In_ ULONG Offset, _In_ ULONG Length,
                                           _In_ BOOLEAN WriteToDevice);
#define NdisMSetupDmaTransfer(Status, Handle, Buffer, Offset, Length, WriteToDevice)               \
    NdisSetupDmaTransfer(Status, Handle, Buffer, Offset, Length, WriteToDevice)
#define NdisMCompleteDmaTransfer(Status, Handle, Buffer, Offset, Length, WriteToDevice)            \
    NdisCompleteDmaTransfer(Status, Handle, Buffer, Offset, Length, WriteToDevice)

/* Logs that a user-mode tool reads. */
NDISAPI NDIS_STATUS NTAPI NdisMCreateLog(_In_ NDIS_HANDLE MiniportAdapterHandle, _In_ UINT Size,
                                         _Out_ PNDIS_HANDLE LogHandle);
NDISAPI NDIS_STATUS NTAPI NdisMWriteLogData(_In_ NDIS_HANDLE LogHandle, _In_ PVOID LogBuffer,
                                            _In_ UINT LogBufferSize);
NDISAPI VOID NTAPI NdisMFlushLog(_In_ NDIS_HANDLE LogHandle);
NDISAPI VOID NTAPI NdisMCloseLog(_In_ NDIS_HANDLE LogHandle);

#endif /* DDK_NDIS_MINIPORT5_H */
