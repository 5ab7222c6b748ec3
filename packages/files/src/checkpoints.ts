/**
 * Checkpoints: safetensors files in a folder. An intact checkpoint is found even if the writing of another was
 * interrupted.
 *
 * A file gets its name only when it is complete and on the disk: it is written under a temporary name, synchronized and
 * renamed, and then the folder is synchronized, without which a power failure may lose the new name (T. S. Pillai et
 * al., "All File Systems Are Not Created Equal", OSDI 2014). A checksum detects later damage: SHA-256 of the whole file
 * with zeros in place of the checksum. It is in the metadata, so every reader of safetensors can read the file.
 */

import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { GraddiffError } from "@graddiff/core";
import { describe, numberThat, optional, optionsReader } from "@graddiff/core/extend";
import type { Tensors, TensorTree } from "./names.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import { refuse } from "./source.ts";

/** The settings of {@link saveCheckpoint}. */
export interface CheckpointOptions {
  /** The number of steps that the training has taken: a non-negative integer, which orders checkpoints. */
  readonly step: number;
  /** The number of checkpoints that are not removed, including this one. Default: 3. */
  readonly keep?: number;
}

/** A checkpoint that was read. */
export interface Checkpoint {
  /** The number of steps that the training had taken when the checkpoint was saved. */
  readonly step: number;
  /** The path of the file. */
  readonly path: string;
  /** The tensors of the checkpoint by name, for `loadState`. */
  readonly tensors: Tensors;
}

/** The result of {@link newestCheckpoint}: the newest intact checkpoint, and the damaged ones that are newer. */
export interface NewestCheckpoint {
  /** The intact checkpoint of the greatest step; undefined if there is none. */
  readonly checkpoint: Checkpoint | undefined;
  /** The newer checkpoints that are damaged, and the reason for each. */
  readonly damaged: readonly { readonly path: string; readonly reason: string }[];
}

const DIGITS = 12;
const NAME = /^checkpoint-(\d{12,16})\.safetensors$/;
/** The temporary name of a file has the machine and the process that write it, and a number. */
const TEMPORARY = /^checkpoint-\d{12,16}\.safetensors\.(.+)\.(\d+)\.\d+\.temporary$/;
const CHECKSUM = "sha256";
const STEP = "step";
const ZEROS = "0".repeat(64);
/** The number of bytes at the beginning of a file among which the checksum is. */
const FRONT = 1000;

const isStep = (step: number) => Number.isSafeInteger(step) && step >= 0;

const readKeep = optional(
  numberThat((keep) => keep >= 1, "a number from 1"),
  3,
);

const readOptions = optionsReader({
  step: numberThat(isStep, "a non-negative integer"),
  keep: readKeep,
});

const readStoreOptions = optionsReader({
  keep: readKeep,
  every: optional<number | undefined>(
    numberThat((steps) => Number.isSafeInteger(steps) && steps > 0, "a positive integer"),
    undefined,
  ),
});

let written = 0;

/**
 * Writes a checkpoint, `checkpoint-000000000012.safetensors` for step 12, and removes old ones: of the checkpoints with
 * lower steps only the newest stay, so that there are `keep` files including this one. Checkpoints with higher steps
 * are never removed, since this function does not check whether they are intact. Only one process may write to a folder
 * at a time.
 *
 * The saved tree is the one at the time of the call; training may continue while the file is written.
 *
 * @param folder the folder of the checkpoints, which is created if it is missing.
 * @param tree tensors in nested objects and arrays, such as `state({ model, optimizer, random, position })`.
 * @param options `step`, `keep`.
 * @returns the path of the file, once it is on the disk.
 * @throws ArgumentError for a value that is not a tree of tensors, and for other options; errors of the file system. An
 *   error while the file is written leaves the earlier checkpoints as they were.
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { loadState, state } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
 * import { newestCheckpoint, saveCheckpoint } from "@graddiff/files/node";
 *
 * const folder = await mkdtemp(join(tmpdir(), "training-"));
 * const model = new Dense(2, 1);
 * await saveCheckpoint(folder, state({ model }), { step: 100 });
 *
 * const { checkpoint } = await newestCheckpoint(folder);
 * if (checkpoint !== undefined) loadState({ model }, checkpoint.tensors);
 * console.log(checkpoint?.step); // 100
 * ```
 */
export async function saveCheckpoint(
  folder: string,
  tree: TensorTree,
  options: CheckpointOptions,
): Promise<string> {
  const op = "saveCheckpoint";
  checkFolder(op, folder);
  const { step, keep } = readOptions(op, options);
  const bytes = withChecksum(tree, step);
  const name = `checkpoint-${String(step).padStart(DIGITS, "0")}.safetensors`;
  const temporary = `${name}.${hostname()}.${process.pid}.${written++}.temporary`;
  const path = join(folder, name);
  const made = await mkdir(folder, { recursive: true });
  if (made !== undefined) await syncFolder(dirname(folder));
  try {
    await using(await open(join(folder, temporary), "w"), async (file) => {
      await file.writeFile(bytes);
      await file.sync();
    });
    await rename(join(folder, temporary), path);
  } catch (error) {
    await rm(join(folder, temporary), { force: true });
    throw error;
  }
  await syncFolder(folder);
  await removeOld(folder, step, keep);
  return path;
}

/**
 * Finds the checkpoint from which to resume: the intact one with the greatest step. Damaged checkpoints are skipped and
 * listed in the result; nothing is removed.
 *
 * @param folder the folder of the checkpoints, which may be missing or empty.
 * @returns the checkpoint, if there is one, and the damaged checkpoints with greater steps.
 * @throws errors of the file system.
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { newestCheckpoint } from "@graddiff/files/node";
 *
 * const { checkpoint } = await newestCheckpoint(join(tmpdir(), "not-trained-yet"));
 * console.log(checkpoint?.step ?? "none"); // none
 * ```
 */
export async function newestCheckpoint(folder: string): Promise<NewestCheckpoint> {
  checkFolder("newestCheckpoint", folder);
  const damaged: { path: string; reason: string }[] = [];
  for (const { name, step } of (await checkpointsIn(folder)).reverse()) {
    const path = join(folder, name);
    try {
      return {
        checkpoint: { step, path, tensors: readChecked(await readWhole(path), step) },
        damaged,
      };
    } catch (error) {
      if (!(error instanceof GraddiffError)) throw error;
      damaged.push({ path, reason: error.message });
    }
  }
  return { checkpoint: undefined, damaged };
}

/** The settings of {@link checkpoints}. */
export interface StoreOptions {
  /** The number of checkpoints that are not removed. Default: 3. */
  readonly keep?: number;
  /** The number of steps between saves within an epoch. Default: only the end of each epoch is saved. */
  readonly every?: number;
}

/** A store of states in a folder of checkpoints: the result of {@link checkpoints}. */
export interface CheckpointStore {
  /** Saves a tree of tensors under the number of its step. */
  readonly save: (tree: TensorTree, position: { readonly step: number }) => Promise<void>;
  /** Loads the newest checkpoint; undefined if there is none. */
  readonly load: () => Promise<Tensors | undefined>;
  /** The number of steps between two checkpoints within an epoch. */
  readonly every?: number;
}

/**
 * Returns a store for the option `saveTo` of `fit`. It saves the state of a run to a folder of checkpoints. When the
 * same program runs again, it continues from the newest intact checkpoint.
 *
 * @param folder the folder of the checkpoints, which is created if it is missing. Only one run at a time may write to it.
 * @param options `keep` (default 3), `every` (a number of steps; default: only the end of each epoch is saved).
 * @returns an object with `save` and `load`. `load` skips damaged checkpoints, with a warning on the console.
 * @throws ArgumentError for a folder that is not a path, and for other options. `save` and `load` throw errors of the
 *   file system.
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { tensor } from "@graddiff/core";
 * import { Dense, fit, meanSquaredError, SGD } from "@graddiff/nn";
 * import { checkpoints } from "@graddiff/files/node";
 *
 * const folder = await mkdtemp(join(tmpdir(), "training-"));
 * const train = (epochs: number) => {
 *   const model = new Dense(1, 1, { seed: 1 });
 *   return fit(model, {
 *     data: [tensor([[1], [2]])],
 *     loss: (net, x) => meanSquaredError(net.forward(x), x),
 *     optimizer: new SGD(model, { learningRate: 0.1 }),
 *     epochs,
 *     saveTo: checkpoints(folder),
 *   }).run();
 * };
 * await train(3);
 * console.log((await train(5)).length, (await train(5)).length); // 5 5
 * ```
 */
export function checkpoints(folder: string, options?: StoreOptions): CheckpointStore {
  checkFolder("checkpoints", folder);
  const { keep, every } = readStoreOptions("checkpoints", options);
  return {
    async save(tree, { step }) {
      await saveCheckpoint(folder, tree, { step, keep });
    },
    async load() {
      const { checkpoint, damaged } = await newestCheckpoint(folder);
      for (const { path, reason } of damaged) {
        console.warn(`checkpoints: ${path} is damaged, and an older one is taken: ${reason}`);
      }
      return checkpoint?.tensors;
    },
    ...(every !== undefined && { every }),
  };
}

function checkFolder(op: string, folder: unknown): void {
  if (typeof folder !== "string" || folder === "") {
    refuse({ op, argument: "folder" }, "a path", describe(folder));
  }
}

/**
 * Returns the bytes of a checkpoint. The checksum is the first entry of the file, so that no other text is mistaken for
 * it.
 */
function withChecksum(tree: TensorTree, step: number): Buffer {
  const metadata = { [CHECKSUM]: ZEROS, [STEP]: String(step) };
  const bytes = Buffer.from(writeSafetensors(tree, { metadata }).buffer);
  bytes.set(Buffer.from(sha256(bytes)), bytes.subarray(0, FRONT).indexOf(ZEROS));
  return bytes;
}

/** Returns the tensors of a checkpoint. @throws ArgumentError if it is damaged. */
function readChecked(bytes: Buffer, step: number): Tensors {
  const { tensors, metadata } = readSafetensors(bytes);
  const source = { op: "newestCheckpoint", argument: CHECKSUM };
  const checksum = metadata[CHECKSUM] ?? "";
  const at = bytes.subarray(0, FRONT).indexOf(checksum);
  if (checksum.length !== ZEROS.length || at < 0) {
    refuse(source, "a checksum in the metadata", "none");
  }
  bytes.set(Buffer.from(ZEROS), at);
  const actual = sha256(bytes);
  if (actual !== checksum) refuse(source, checksum, actual);
  if (metadata[STEP] !== String(step)) {
    refuse({ ...source, argument: STEP }, `${step}, as the name says`, describe(metadata[STEP]));
  }
  return tensors;
}

/** The number of bytes that are read and hashed at once: Node's limit for both is 2³¹ − 1 bytes. */
const PIECE = 2 ** 30;

function sha256(bytes: Uint8Array): string {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes.length; at += PIECE) hash.update(bytes.subarray(at, at + PIECE));
  return hash.digest("hex");
}

async function readWhole(path: string): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  await using(await open(path, "r"), async (file) => {
    const { size } = await file.stat();
    bytes = Buffer.alloc(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, size - at), at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    bytes = bytes.subarray(0, at);
  });
  return bytes;
}

/** Returns the checkpoints of a folder by step, intact or not. */
async function checkpointsIn(folder: string): Promise<{ name: string; step: number }[]> {
  const found = (await namesIn(folder)).flatMap((name) => {
    const step = Number(NAME.exec(name)?.[1]);
    return isStep(step) ? [{ name, step }] : [];
  });
  return found.sort((a, b) => a.step - b.step);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** Removes checkpoints older than those to keep, and temporary files of ended processes. */
async function removeOld(folder: string, step: number, keep: number): Promise<void> {
  const older = (await checkpointsIn(folder)).filter((each) => each.step < step);
  const tooMany = older.slice(0, Math.max(0, older.length - (keep - 1)));
  const left = (await namesIn(folder)).filter(isLeft);
  for (const name of [...tooMany.map((each) => each.name), ...left]) {
    await rm(join(folder, name), { force: true });
  }
}

/**
 * True if a temporary file was written by a process of this machine that has ended. False for files of other machines,
 * whose processes are unknown.
 */
function isLeft(name: string): boolean {
  const [, host, id] = TEMPORARY.exec(name) ?? [];
  if (host !== hostname()) return false;
  try {
    process.kill(Number(id), 0);
    return false;
  } catch (error) {
    // Another error than ESRCH, such as EPERM, means that the process exists, and may belong to another user.
    return codeOf(error) === "ESRCH";
  }
}

/** Synchronizes a folder, so that a rename in it survives a power failure. Windows has no handles of folders for this. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  await using(await open(folder, "r"), (handle) => handle.sync());
}

/** Runs a function on an open file, and closes the file even after an error. */
async function using(file: FileHandle, run: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await run(file);
  } finally {
    await file.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
