/**
 * Checkpoints: files of safetensors in a folder, of which an intact one is found whatever happened while one
 * was written.
 *
 * A file gets its name when it is complete and on the disk: it is written under another name, synchronized,
 * renamed, and then the folder is synchronized, without which the new name may be lost with the power
 * (T. S. Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014). What disks damage later is seen
 * by a checksum, SHA-256 of the whole file with zeros for the checksum; it is in the metadata, so that the file is an
 * ordinary one for every reader of safetensors.
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
  /** The number of checkpoints that stay, this one included. Default: 3. */
  readonly keep?: number;
}

/** A checkpoint that was read. */
export interface Checkpoint {
  /** The steps that had been taken when it was saved. */
  readonly step: number;
  /** The path of the file. */
  readonly path: string;
  /** The tensors of the checkpoint by name, for `loadState`. */
  readonly tensors: Tensors;
}

/** The result of {@link newestCheckpoint}: the checkpoint, and the newer ones that are damaged. */
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
/** The checksum is in the first bytes of a file. */
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
 * Writes a checkpoint, `checkpoint-000000000012.safetensors` for step 12, and removes those that are too many:
 * of the lower steps the newest stay, `keep` files with this one. Higher steps are left alone, since which of
 * them are intact is not looked at. One process writes to a folder at a time.
 *
 * What is saved is the tree as it is at the call; training may go on while the file is written.
 *
 * @param folder where checkpoints are; it is made where it is missing.
 * @param tree tensors in nested objects and arrays, such as `state({ model, optimizer, random, position })`.
 * @param options `step`, `keep`.
 * @returns the path of the file, when it is on the disk.
 * @throws ArgumentError for what is no tree of tensors, and for options that are none. Errors of the file system come
 *   as they are, after which the folder has the checkpoints that it had.
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
 * Finds the checkpoint to go on with: the intact one of the greatest step. Those that are damaged are passed
 * over and named; nothing is removed.
 *
 * @param folder where checkpoints are; one that is missing or empty has none.
 * @returns the checkpoint, if there is one, and the damaged ones of greater steps.
 * @throws errors of the file system as they are.
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
  /** The number of checkpoints that stay. Default: 3. */
  readonly keep?: number;
  /** The number of steps after which an epoch is saved in its middle. Default: at the end of epochs alone. */
  readonly every?: number;
}

/** A folder of checkpoints, as {@link checkpoints} makes it. */
export interface CheckpointStore {
  /** Saves a tree of tensors under the number of its step. */
  readonly save: (tree: TensorTree, position: { readonly step: number }) => Promise<void>;
  /** Loads the newest checkpoint; undefined if there is none. */
  readonly load: () => Promise<Tensors | undefined>;
  /** The steps between two checkpoints. */
  readonly every?: number;
}

/**
 * Returns a folder of checkpoints for the option `saveTo` of `fit`. The state of a run is saved there, and the newest
 * intact one is where the same program goes on when it is run again.
 *
 * @param folder where checkpoints are; it is made where it is missing. One run at a time writes to it.
 * @param options `keep` (default 3), `every` (a number of steps; default: at the end of epochs alone).
 * @returns an object with `save` and `load`. Damaged checkpoints are passed over, with a warning on the console.
 * @throws ArgumentError for no path, and options that are none; errors of the file system as they are.
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

/** Returns the bytes of a checkpoint. The checksum comes first in the file, where no other text can be taken for it. */
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

/** Node reads and hashes no more than 2³¹ − 1 bytes at once, and writes no text into a longer Buffer. */
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
 * True if a file was being written by a process of this machine that has ended. Processes of other machines are
 * unknown.
 */
function isLeft(name: string): boolean {
  const [, host, id] = TEMPORARY.exec(name) ?? [];
  if (host !== hostname()) return false;
  try {
    process.kill(Number(id), 0);
    return false;
  } catch (error) {
    // The process may belong to another user, and be alive.
    return codeOf(error) === "ESRCH";
  }
}

/** Makes a rename last. Windows has no handles of folders, and keeps names by itself. */
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
