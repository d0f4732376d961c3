export {
  type Acceptance,
  type AcceptedDifference,
  type AcceptFile,
  buildAcceptance,
  readAcceptFile,
} from './accept.ts';
export type { Deviation, DeviationOptions, NormalForms, TablePair } from './deviation.ts';
export { inspectDeviations } from './inspect.ts';
export { type DeviationKind, deviationKinds, type Treatment, treatments } from './kinds.ts';
export { compareLabels, type LabelComparison } from './labels.ts';
export { listDeviations } from './list.ts';
export { type Pairs, pairObjects } from './pairs.ts';
export { type PlacedObject, placeObjects } from './places.ts';
export { type DeviationReport, isTolerated, type ReportedDeviation, reportDeviations } from './report.ts';
