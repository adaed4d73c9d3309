// The design system: one implementation of each pattern.
export { Age } from './Age';
export { AsOfNote } from './AsOfNote';
export { GuestLink, guestOfTarget, NodeLink, PlanLink, RunLink } from './EntityLink';
export * from './format';
export { LightLink } from './LightLink';
export { BytesMeter, CpuMeter, Meter, Meters } from './Meter';
export { Facts, PageHeader, Panel } from './PageHeader';
export { ReasonButton } from './ReasonButton';
export { Sure } from './Sure';
export { EmptyState, ErrorState, SkeletonRows } from './states';
export { lookOf, StatusChip, type Tone } from './status';
export { Tags } from './Tags';
export { TwoLines } from './TwoLines';
export { Unknown } from './Unknown';
export { useKept } from './useKept';
export { useNow } from './useNow';
export { WithCode } from './WithCode';
