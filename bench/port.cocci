// SPDX-License-Identifier: MIT
// The simple part of a port from NDIS 5.x to 6.0, for a comparison of speed (bench/port_bench.c).

@ synchronize @
expression H, F, C;
@@
- NdisMSynchronizeWithInterrupt(&H->Interrupt, F, C)
+ NdisMSynchronizeWithInterruptEx(H->NdisInterruptHandle, 0, F, C)

@ deregister @
expression H;
@@
- NdisMDeregisterInterrupt(&H->Interrupt)
+ NdisMDeregisterInterruptEx(H->NdisInterruptHandle)

@ registration @
expression H, A, V, L, R, S, M, Status;
@@
- Status = NdisMRegisterInterrupt(&H->Interrupt, A, V, L, R, S, M);
+ NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
+ InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
+ Status = NdisMRegisterInterruptEx(A, H, &InterruptCharacteristics, &H->NdisInterruptHandle);

@ characteristics @
NDIS_MINIPORT_CHARACTERISTICS D;
expression E;
@@
(
- D.ISRHandler = E;
|
- D.HandleInterruptHandler = E;
|
- D.DisableInterruptHandler = E;
|
- D.EnableInterruptHandler = E;
)
