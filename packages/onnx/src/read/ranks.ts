/**
 * The number of axes of operators' inputs, as in ONNX's checker. A file with another number is refused, even if the
 * elements could be reshaped to fit.
 */

import { ArgumentError } from "@graddiff/core";
import { labelOf } from "./label.ts";
import type { StandardOperator } from "./operators/names.ts";
import { Packed } from "./packed.ts";
import type { Value } from "./value.ts";

/** The number of axes of an input; undefined for any, "same" for the number of the first input. */
type Rank = number | "same" | undefined;

const WINDOW: readonly Rank[] = [0];
const CHANNELS: readonly Rank[] = [undefined, 1, 1];
const VECTORS: readonly Rank[] = [undefined, 1, 1, 1, 1];
const RECURRENT: readonly Rank[] = [3, 3, 3, 2, 1, 3, 3, 2];

const RANKS: { readonly [Name in StandardOperator]?: readonly Rank[] } = {
  AffineGrid: [3, 1],
  BatchNormalization: VECTORS,
  BlackmanWindow: WINDOW,
  CenterCropPad: [undefined, 1],
  Col2Im: [3, 1, 1],
  ConstantOfShape: [1],
  Conv: [undefined, "same", 1],
  ConvTranspose: [undefined, "same", 1],
  DFT: [undefined, undefined, 0],
  DeformConv: [4, 4, 4, 1, 4],
  DepthToSpace: [4],
  Dropout: [undefined, 0, 0],
  Expand: [undefined, 1],
  EyeLike: [2],
  GRU: RECURRENT,
  GridSample: [undefined, "same"],
  GroupNormalization: CHANNELS,
  HammingWindow: WINDOW,
  HannWindow: WINDOW,
  InstanceNormalization: CHANNELS,
  LSTM: RECURRENT,
  MaxUnpool: [undefined, "same", 1],
  MelWeightMatrix: [0, 0],
  NegativeLogLikelihoodLoss: [undefined, undefined, 1],
  OneHot: [undefined, undefined, 1],
  Pad: [undefined, 1, undefined, 1],
  RNN: RECURRENT,
  Range: [0, 0, 0],
  Reshape: [undefined, 1],
  ReverseSequence: [undefined, 1],
  RoiAlign: [4, 2, 1],
  STFT: [undefined, undefined, undefined, 0],
  Slice: VECTORS,
  SpaceToDepth: [4],
  Split: [undefined, 1],
  Squeeze: [undefined, 1],
  Tile: [undefined, 1],
  TopK: [undefined, 1],
};

/** The first version of each operator for which the ranks are checked, since earlier ones had other inputs. */
const SINCE: { readonly [Name in StandardOperator]?: number } = { DFT: 20, Tile: 6 };

const rankOf = (value: Value) => (value instanceof Packed ? value.shape.length : value.tensor.rank);

/**
 * Throws if an input has a wrong number of axes for its operator.
 *
 * @param areStored true for stored inputs; a computed single number may have an axis, as in ONNX's own functions.
 */
export function checkRanks(
  step: { readonly operator: string; readonly name: string; readonly version: number },
  inputAt: (i: number) => Value | undefined,
  areStored: boolean,
): void {
  const { operator, version } = step;
  const ranks = RANKS[operator as StandardOperator];
  if (ranks === undefined || version < (SINCE[operator as StandardOperator] ?? 0)) return;
  const first = inputAt(0);
  ranks.forEach((rank, i) => {
    const value = inputAt(i);
    const expected = rank === "same" ? first && rankOf(first) : rank;
    if (value === undefined || expected === undefined || rankOf(value) === expected) return;
    if (expected === 0 && !areStored) return;
    throw new ArgumentError({
      op: labelOf(step),
      argument: `input ${i}`,
      expected: `a tensor of ${expected} axes`,
      got: `one of ${rankOf(value)}`,
    });
  });
}
