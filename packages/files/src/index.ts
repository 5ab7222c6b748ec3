/**
 * `@graddiff/files`: reads and writes tensors in the file formats of other programs. Functions take and return bytes,
 * so they work on every host.
 *
 * Checkpoints, which need a file system, are in `@graddiff/files/node`.
 */

export type { Tensors, TensorTree } from "./names.ts";
export { readNpy, writeNpy } from "./npy.ts";
export { type ReadNpzOptions, readNpz, type WriteNpzOptions, writeNpz } from "./npz.ts";
export {
  readSafetensors,
  readShards,
  type Safetensors,
  type SafetensorsOptions,
  writeSafetensors,
} from "./safetensors.ts";
export type { Bytes } from "./source.ts";
export { type ReadTorchOptions, readTorch } from "./torch.ts";
