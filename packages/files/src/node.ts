/**
 * `@graddiff/files/node`: checkpoints in a folder, for Node and hosts with its file system.
 */

export {
  type Checkpoint,
  type CheckpointOptions,
  type CheckpointStore,
  checkpoints,
  type NewestCheckpoint,
  newestCheckpoint,
  type StoreOptions,
  saveCheckpoint,
} from "./checkpoints.ts";
