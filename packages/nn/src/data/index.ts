/**
 * Data for training: batches of examples, parts of a data set, and standardization.
 */

export { type BatchOptions, batches, type Delivered } from "./batches.ts";
export type {
  AsyncBatches,
  Batches,
  BatchesPosition,
  BatchesState,
  TableBatches,
} from "./epochs.ts";
export type { Batched, ExampleLeaf } from "./examples.ts";
export type { BatchIndex, Last, Padded } from "./plan.ts";
export { type DataPart, type SplitOptions, splitData } from "./split.ts";
export {
  Standardization,
  type StandardizationOptions,
  type StandardizeOptions,
  standardize,
} from "./standardize.ts";
export type { Seekable } from "./stream.ts";
