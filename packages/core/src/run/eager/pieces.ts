/**
 * Pieces of eager calls: their arrays go through the memory of those of the whole.
 */

import { type Call, pieceOfCall, type Split } from "../../graph/call.ts";
import { at } from "../../tensor/shape.ts";

/** Returns a piece of a call whose arrays stand where those of the whole do. */
export function pieceInPlace(whole: Call, split: Split, start: number, count: number): Call {
  const piece = pieceOfCall(whole, split, start, count);
  const given = piece.arguments.map((argument, i) => {
    return typeof argument === "number" ? argument : at(whole.arguments, i);
  });
  return { ...piece, arguments: given };
}
