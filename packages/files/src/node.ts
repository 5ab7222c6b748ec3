/**
 * `@graddiff/files/node`: checkpoints in a folder, for Node and hosts with its file system.
 */

export {
  type Checkpoint,
  type CheckpointOptions,
  type NewestCheckpoint,
  newestCheckpoint,
  saveCheckpoint,
} from "./checkpoints.ts";
