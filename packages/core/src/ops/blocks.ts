/**
 * Chunks: an op with large intermediate arrays computes some rows or examples at a time, which changes no bit of
 * them. The number of chunks follows from sizes, which a model of another engine may leave open, so an op that is
 * recorded for such an engine (`isRecordedWhole`) has one chunk.
 */

import { isRecordedWhole } from "../graph/recording.ts";

const MOST_BYTES = 2 ** 26;
/** The bytes of a chunk, about: chunks of this size take less time than larger ones. */
const BLOCK_BYTES = 2 ** 24;

/** True if an op with intermediate arrays of `bytes` is divided. */
export function isDivided(bytes: number): boolean {
  return bytes > MOST_BYTES && !isRecordedWhole();
}

/** Returns the length of a chunk along an axis of `length`, all of which takes `bytes`. */
export function blockLength(length: number, bytes: number): number {
  return Math.max(1, Math.floor((length * BLOCK_BYTES) / bytes));
}
