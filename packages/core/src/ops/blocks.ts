/**
 * Blocks: an op with large intermediate arrays computes some rows or examples at a time, which changes no bit of the
 * result. The number of blocks depends on sizes, which an exported model may leave open. So an op that is recorded for
 * an export (`isRecordedWhole`) has one block.
 */

import { isRecordedWhole } from "../graph/recording.ts";

const MOST_BYTES = 2 ** 26;
/** The approximate bytes of a block: blocks of this size take less time than larger ones. */
const BLOCK_BYTES = 2 ** 24;

/** True if an op with intermediate arrays of `bytes` is divided. */
export function isDivided(bytes: number): boolean {
  return bytes > MOST_BYTES && !isRecordedWhole();
}

/** Returns the length of a block along an axis of `length`, if the whole axis takes `bytes`. */
export function blockLength(length: number, bytes: number): number {
  return Math.max(1, Math.floor((length * BLOCK_BYTES) / bytes));
}
