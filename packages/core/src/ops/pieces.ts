/**
 * Pieces: an op whose arrays in between would be large computes some rows or examples after the others, which changes no
 * bit of them. How many pieces there are follows from sizes, so what is written for another engine is in one.
 */

import { isRecordedWhole } from "../graph/recording.ts";

const MOST_BYTES = 2 ** 26;
/** Pieces of about so many bytes take less time than larger ones. */
const PIECE_BYTES = 2 ** 24;

/** True if so many bytes in between are divided. */
export function isDivided(bytes: number): boolean {
  return bytes > MOST_BYTES && !isRecordedWhole();
}

/** Returns the length of a piece along an axis of a length, all of which takes so many bytes. */
export function pieceLength(length: number, bytes: number): number {
  return Math.max(1, Math.floor((length * PIECE_BYTES) / bytes));
}
