/**
 * Convolutions: sums over the windows that slide over planes, each element times a weight.
 *
 * One op is closed under derivatives: both gradients of a convolution are convolutions, of other windows.
 */

import { optional, type Readers, refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { convolutionComposite, type GroupedWindows, type Windows } from "../families/windows.ts";
import { apply } from "../graph/apply.ts";
import { type BatchRule, multilinear, type Op, type RuleContext } from "../graph/op.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { zeros } from "../tensor/create.ts";
import { BYTES } from "../tensor/dtype.ts";
import { at, checkShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { blockLength, isDivided } from "./blocks.ts";
import { matmul } from "./contraction.ts";
import { concat } from "./joining.ts";
import { promoteInputs } from "./promote.ts";
import { register } from "./registry.ts";
import { addedWindows, windowsIn } from "./unfold.ts";
import { backwards, reshape, slice, transpose } from "./view.ts";
import {
  reached,
  readGroups,
  type WindowOptions,
  windowReader,
  windowsOf,
  windowsThatFit,
} from "./windows.ts";

type Convolution = Attributes & GroupedWindows;
type Context = RuleContext<Convolution>;

/** Returns an axis as two: the groups, and the elements of one. */
function grouped(x: Tensor, axis: number, groups: number): Tensor {
  const length = at(x.shape, axis) / groups;
  return reshape(x, [...x.shape.slice(0, axis), groups, length, ...x.shape.slice(axis + 1)]);
}

/** Returns two axes that follow each other as one. */
function joined(x: Tensor, axis: number): Tensor {
  const length = at(x.shape, axis) * at(x.shape, axis + 1);
  return reshape(x, [...x.shape.slice(0, axis), length, ...x.shape.slice(axis + 2)]);
}

/** Returns the first axes in another order. */
function reordered(x: Tensor, order: readonly number[]): Tensor {
  return transpose(x, [...order, ...x.shape.map((_, axis) => axis).slice(order.length)]);
}

/**
 * Fewer windows, as in the gradient of the weights, are the columns of one matrix together with those of other
 * examples: that of 64 × 64 windows of 3 × 3 takes 13 ms so, where a product for each example takes 20.
 */
const FEW_WINDOWS = 64;

/**
 * Computes a product of matrices. Each element of each window is a row, with a column for each window: the product with the weights has
 * the sums over (channel, depth, height, width) in this order, as all products have. Where such a matrix would be too
 * large, some examples or some windows come after the others, which changes no bit.
 */
function convolve(x: Tensor, weight: Tensor, windows: Convolution): Tensor {
  const { groups, outputSize, size, low, inputDilation } = windows;
  const [batch = 0, channels = 0] = x.shape;
  const [outputs = 0] = weight.shape;
  if (sizeOf(size) === 0) return zeros([batch, outputs, ...outputSize], { dtype: x.dtype });
  const bytes = BYTES[x.dtype] * channels * sizeOf(size) * sizeOf(outputSize);
  if (isDivided(batch * bytes)) {
    const axis = batch > 1 ? 0 : 2 + outputSize.findIndex((count) => count > 1);
    // Padding is written once for all blocks.
    const unpadded = {
      ...windows,
      low: low.map(() => 0),
      inputDilation: inputDilation.map(() => 1),
    };
    if (axis === 0) return inBlocks(x, weight, windows, axis, batch * bytes);
    if (axis > 1) return inBlocks(reached(x, windows), weight, unpadded, axis, bytes);
  }
  const inGroup = (channels / groups) * sizeOf(size);
  const weights = reshape(weight, [groups, outputs / groups, inGroup]);
  const elements = windowsIn(x, windows);
  if (batch > 1 && sizeOf(outputSize) < FEW_WINDOWS) {
    // [groups, elements of a group, batch × windows]
    const order = [1, 2, ...size.map((_, axis) => axis + 3), 0];
    const all = reordered(grouped(elements, 1, groups), order);
    const product = matmul(weights, reshape(all, [groups, inGroup, batch * sizeOf(outputSize)]));
    const split = reshape(product, [groups, outputs / groups, batch, sizeOf(outputSize)]);
    return reshape(reordered(split, [2, 0, 1]), [batch, outputs, ...outputSize]);
  }
  // [batch, groups, elements of a group, windows]
  const all = reshape(elements, [batch, groups, inGroup, sizeOf(outputSize)]);
  return reshape(matmul(weights, all), [batch, outputs, ...outputSize]);
}

/** Returns a convolution of some examples at a time, or of some windows along an axis. */
function inBlocks(
  x: Tensor,
  weight: Tensor,
  windows: Convolution,
  axis: number,
  bytes: number,
): Tensor {
  const { stride, low, outputSize } = windows;
  const along = axis - 2;
  const length = axis === 0 ? at(x.shape, 0) : at(outputSize, along);
  const most = blockLength(length, bytes);
  const blocks = Array.from({ length: Math.ceil(length / most) }, (_, i) => {
    const [from, to] = [i * most, Math.min(length, (i + 1) * most)];
    if (axis === 0) return convolve(slice(x, [from], [to]), weight, windows);
    const moved = at(low, along) - from * at(stride, along);
    const here = {
      low: low.with(along, moved),
      outputSize: outputSize.with(along, to - from),
    };
    return convolve(x, weight, { ...windows, ...here });
  });
  return concat(blocks, axis);
}

// With y[o, t] = Σ w[o, c, k] x[c, s t + d k − l] over c and k, for windows t of stride s, dilation d and padding l:
//
//   x̄[c, i] = Σ w[o, c, k] ȳ[o, t] over o and all t and k with s t + d k − l = i
//   w̄[o, c, k] = Σ ȳ[o, t] x[c, s t + d k − l] over t and the examples

/** Returns the gradient of x: the convolution of the cotangent with weights from the last to the first. */
function ofInput(cotangent: Tensor, { inputs, attributes }: Context): Tensor {
  return inputGradient(cotangent, at(inputs, 1), attributes, at(inputs, 0).shape.slice(2));
}

/** Returns the gradient of a convolution's inputs for a cotangent; the axes of the inputs have the given lengths. */
export function inputGradient(
  cotangent: Tensor,
  weight: Tensor,
  windows: GroupedWindows,
  lengths: Shape,
): Tensor {
  if (areDisjoint(windows) && at(weight.shape, 0) > windows.groups) {
    return disjointGradient(cotangent, weight, windows, lengths);
  }
  // By group, [inputs, outputs] in the place of [outputs, inputs].
  const swapped = joined(reordered(grouped(weight, 0, windows.groups), [0, 2, 1]), 0);
  const phases = windows.stride.map((step, axis) =>
    at(windows.inputDilation, axis) === 1 ? step : 1,
  );
  const isByPhases = sizeOf(phases) <= MOST_PHASES && at(weight.shape, 0) > windows.groups;
  return gradientFrom(isByPhases ? 0 : phases.length, cotangent, swapped, windows, lengths);
}

/** True if no element is in two windows, of which none begins after the first element. */
function areDisjoint({ size, stride, dilation, low, inputDilation }: Windows): boolean {
  return size.every(
    (length, axis) =>
      (length - 1) * at(dilation, axis) < at(stride, axis) &&
      at(inputDilation, axis) === 1 &&
      at(low, axis) >= 0,
  );
}

/** Returns the gradient of windows that do not overlap: each element is that of one of them, or of none. */
function disjointGradient(
  cotangent: Tensor,
  weight: Tensor,
  windows: GroupedWindows,
  lengths: Shape,
): Tensor {
  const { groups, size, outputSize } = windows;
  const [batch = 0] = cotangent.shape;
  const [outputs = 0, inGroup = 0] = weight.shape;
  const outputsOfGroup = outputs / groups;
  const weights = transpose(
    reshape(weight, [groups, outputsOfGroup, inGroup * sizeOf(size)]),
    [0, 2, 1],
  );
  const elements = matmul(
    weights,
    reshape(cotangent, [batch, groups, outputsOfGroup, sizeOf(outputSize)]),
  );
  const shape = [batch, groups * inGroup, ...size, ...outputSize];
  return addedWindows(reshape(elements, shape), windows, lengths);
}

/** More of them would be more work for the compiler than they save; so does a depthwise convolution by them. */
const MOST_PHASES = 9;

/**
 * Returns the same gradient, by phases along the axes from one on. With a stride s, only every s-th weight meets the
 * elements r, r + s, … of x: their gradient is a convolution of stride 1 with these weights. With all weights at once,
 * the cotangent would have s − 1 zeros between its elements, and most products would be with zeros.
 */
function gradientFrom(
  axis: number,
  cotangent: Tensor,
  weight: Tensor,
  windows: GroupedWindows,
  lengths: Shape,
): Tensor {
  const { size, stride, dilation, low, inputDilation, groups } = windows;
  if (axis === size.length) {
    return apply(convolutionOp, [cotangent, backwards(weight, (each) => each > 1)], {
      ...{ size, stride: inputDilation, inputDilation: stride, dilation, groups },
      low: low.map((before, k) => (at(size, k) - 1) * at(dilation, k) - before),
      outputSize: lengths,
    });
  }
  const [step, spacing, length] = [at(stride, axis), at(dilation, axis), at(lengths, axis)];
  if (step === 1 || at(inputDilation, axis) > 1) {
    return gradientFrom(axis + 1, cotangent, weight, windows, lengths);
  }
  const count = Math.ceil(length / step);
  const shape = lengths.with(axis, count);
  const period = step / greatestDivisor(step, spacing);
  const phases = Array.from({ length: step }, (_, phase) => {
    const ahead = phase + at(low, axis);
    // The first weight that meets the phase, if there is one.
    const all = Array.from({ length: Math.min(period, at(size, axis)) }, (_, k) => k);
    const first = all.find((k) => (ahead - k * spacing) % step === 0);
    if (first === undefined) {
      return zeros([at(cotangent.shape, 0), at(weight.shape, 0), ...shape], {
        dtype: cotangent.dtype,
      });
    }
    const some = every(weight, axis + 2, first, period);
    return gradientFrom(
      axis + 1,
      cotangent,
      some,
      {
        ...windows,
        size: size.with(axis, at(some.shape, axis + 2)),
        stride: stride.with(axis, 1),
        dilation: dilation.with(axis, (period * spacing) / step),
        low: low.with(axis, (ahead - first * spacing) / step),
      },
      shape,
    );
  });
  // [batch, channels, …, count, phases, …]
  const counted = axis + 3;
  const beside = concat(
    phases.map((each) =>
      reshape(each, [...each.shape.slice(0, counted), 1, ...each.shape.slice(counted)]),
    ),
    counted,
  );
  const whole = reshape(beside, [
    ...beside.shape.slice(0, counted - 1),
    count * step,
    ...beside.shape.slice(counted + 1),
  ]);
  if (count * step === length) return whole;
  const none = whole.shape.map(() => 0);
  return slice(whole, none, whole.shape.with(axis + 2, length));
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Returns every `step`-th element along an axis from one on. */
function every(x: Tensor, axis: number, from: number, step: number): Tensor {
  if (step === 1) return x;
  const none = x.shape.map(() => 0);
  const steps = x.shape.map((_, i) => (i === axis ? step : 1));
  return slice(x, none.with(axis, from), x.shape, steps);
}

/** Returns the gradient of the weights: the convolution of x with the cotangent, in which examples are channels. */
function ofWeight(cotangent: Tensor, { inputs, attributes }: Context): Tensor {
  const { size, stride, dilation, low, inputDilation, outputSize, groups } = attributes;
  // [channels of a group, groups × batch, …]
  const examples = joined(reordered(grouped(at(inputs, 0), 1, groups), [2, 1, 0]), 1);
  const result = apply(convolutionOp, [examples, reordered(cotangent, [1, 0])], {
    ...{ size: outputSize, stride: dilation, dilation: stride, low, inputDilation, groups },
    outputSize: size,
  });
  return reordered(result, [1, 0]);
}

/** Examples of x are more of its examples, those of the weights more outputs, and those of both groups. */
const batchConvolution: BatchRule<Convolution> = ({ op, inputs, batched, attributes }) => {
  const [x, weight] = [at(inputs, 0), at(inputs, 1)];
  const { groups } = attributes;
  if (!batched[1]) {
    return [grouped(apply(op, [joined(x, 0), weight], attributes), 0, at(x.shape, 0))];
  }
  const size = at(weight.shape, 0);
  if (batched[0]) {
    const both = [joined(reordered(x, [1, 0]), 1), joined(weight, 0)];
    const result = apply(op, both, { ...attributes, groups: groups * size });
    return [reordered(grouped(result, 1, size), [1, 0])];
  }
  // [groups, size, outputs of a group, …]
  const outputs = reordered(grouped(weight, 1, groups), [1, 0]);
  const result = apply(op, [x, joined(joined(outputs, 0), 0)], attributes);
  // [batch, groups, size, outputs of a group, …]
  const split = grouped(grouped(result, 1, groups), 2, size);
  return [joined(reordered(split, [2, 0, 1]), 2)];
};

export const convolutionOp: Op<Convolution> = register<Convolution>({
  name: "convolution",
  symbol: "conv",
  family: "windows",
  promotion: "arithmetic",
  formula: "Σₖ xᵢₖ wₖ over the elements of each window",
  results: ([x, weight], { outputSize }) => [
    {
      shape: [x?.shape[0] ?? 0, weight?.shape[0] ?? 0, ...outputSize],
      dtype: x?.dtype ?? "float32",
      weak: !!x?.weak && !!weight?.weak,
    },
  ],
  derivative: multilinear<Convolution>(ofInput, ofWeight),
  body: (inputs, attributes) => [convolve(at(inputs, 0), at(inputs, 1), attributes)],
  compositeKernel: convolutionComposite(),
  batch: batchConvolution,
  examples: {
    domain: [-2, 2],
    cases: [
      {
        shapes: [
          [2, 3, 9],
          [3, 1, 4],
        ],
        attributes: (types) =>
          exampleOf(types, { stride: [2], dilation: [1], low: [1], inputDilation: [1] }),
      },
      {
        shapes: [
          [2, 4, 3, 4],
          [6, 2, 2, 2],
        ],
        attributes: (types) =>
          exampleOf(types, {
            stride: [1, 2],
            dilation: [1, 1],
            low: [1, 1],
            inputDilation: [1, 2],
          }),
      },
      {
        shapes: [
          [1, 4, 5, 5],
          [2, 2, 2, 3],
        ],
        attributes: (types) =>
          exampleOf(types, {
            stride: [2, 1],
            dilation: [2, 2],
            low: [-1, 2],
            inputDilation: [1, 1],
          }),
      },
    ],
  },
});

/**
 * Returns windows for the examples of the op: as many as fit, and groups as many as the channels of x have of those of
 * a group.
 */
function exampleOf(
  [x, weight]: readonly TensorType[],
  windows: Pick<Windows, "stride" | "dilation" | "low" | "inputDilation">,
): Convolution {
  const [, channels = 0, ...lengths] = x?.shape ?? [];
  const [, inGroup = 1, ...size] = weight?.shape ?? [];
  const fitting = windowsThatFit(lengths, { ...windows, size });
  return { ...fitting, groups: Math.max(1, channels / inGroup) };
}

/** The options of convolutions. */
export interface ConvOptions extends WindowOptions {
  /** Added to each output; [outputs]. Default: nothing. */
  readonly bias?: Tensor;
  /**
   * Into how many groups the channels of x are divided, each with separate outputs: as many as channels for a
   * depthwise convolution. Default 1.
   */
  readonly groups?: number;
}

/** Returns the reader of {@link ConvOptions} and of others. */
/* @__NO_SIDE_EFFECTS__ */
export function convReader<R extends Readers>(readers: R) {
  const bias = optional<Tensor | undefined>(toTensor, undefined);
  return windowReader({ bias, groups: readGroups, ...readers });
}

const readConvOptions = convReader({});

/** Returns the convolution over the last `axes` axes, which has a public name for each number of them. */
function convolved(
  op: string,
  axes: number,
  args: ArrayLike<unknown>,
  x: TensorLike,
  weight: TensorLike,
  options: ConvOptions | undefined,
): Tensor {
  refuseSurplus(op, 3, args);
  const { groups, bias, ...read } = readConvOptions(op, options);
  const [input, weights] = readFactors(op, axes, x, weight, "outputs, channels / groups");
  const [, channels = 0] = input.shape;
  const [outputs = 0, inGroup = 0, ...size] = weights.shape;
  const wanted = inGroup * groups;
  checkWeight(op, input.shape, weights.shape, wanted, [
    wanted !== channels &&
      `${channels / groups} channels on axis 1, for ${channels} of x in groups: ${groups}`,
    size.includes(0) && "a window with elements",
    outputs % groups !== 0 && `a number of outputs that groups: ${groups} divides`,
  ]);
  checkBias(op, bias, outputs);
  const windows = windowsOf(op, input.shape, size, read);
  checkShape(op, "x", [at(input.shape, 0), outputs, ...windows.outputSize]);
  return biased(apply(convolutionOp, [input, weights], { ...windows, groups }), bias);
}

/**
 * @param wanted the number of channels that the weights are for.
 * @param faults what weights should have, or false where they have it; of the channels first.
 * @throws ShapeError for the first fault of the weights.
 */
export function checkWeight(
  op: string,
  x: Shape,
  weight: Shape,
  wanted: number,
  faults: readonly (string | false)[],
): void {
  const expected = faults.find((fault) => fault !== false);
  if (!expected) return;
  const form = `x is ${formOf(x.length - 2)}`;
  const isLast = x.at(-1) === wanted;
  const hint = isLast ? `${form}: moveAxis(x, -1, 1) puts channels there that are last` : form;
  const advice = expected === faults[0] ? hint : undefined;
  throw new ShapeError(op, "weight", expected, formatShape(weight), advice);
}

/** Returns the axes of x, in words. */
function formOf(axes: number): string {
  return `[batch, channels, ${AXES.slice(AXES.length - axes).join(", ")}]`;
}

/** @throws ShapeError for a bias of another shape than a number for each output. */
export function checkBias(op: string, bias: Tensor | undefined, outputs: number): void {
  if (bias === undefined || (bias.rank === 1 && bias.size === outputs)) return;
  const expected = `the shape [${outputs}], a number for each output`;
  throw new ShapeError(op, "bias", expected, formatShape(bias.shape));
}

/** Returns a number for each output added to [batch, outputs, …]. */
export function biased(result: Tensor, bias: Tensor | undefined): Tensor {
  if (bias === undefined) return result;
  return result.add(reshape(bias, [bias.size, ...result.shape.slice(2).map(() => 1)]));
}

/** x and the weights in one dtype, with as many axes as they need. */
export function readFactors(
  op: string,
  axes: number,
  x: TensorLike,
  weight: TensorLike,
  form: string,
): readonly [Tensor, Tensor] {
  const [input, weights] = promoteInputs(
    op,
    [toTensor(op, "x", x), toTensor(op, "weight", weight)],
    "arithmetic",
  );
  const axisNames = AXES.slice(AXES.length - axes).join(", ");
  checkRank(op, "x", input.shape, axes + 2, formOf(axes));
  checkRank(op, "weight", weights.shape, axes + 2, `[${form}, ${axisNames}]`);
  return [input, weights];
}

const AXES = ["depth", "height", "width"];

function checkRank(op: string, argument: string, shape: Shape, rank: number, form: string): void {
  if (shape.length === rank) return;
  const expected = `${rank} axes, ${form}`;
  const hint =
    shape.length === rank - 1 && argument === "x"
      ? "A single example is a batch of 1: expandDims(x, 0)"
      : undefined;
  throw new ShapeError(op, argument, expected, formatShape(shape), hint);
}

/**
 * Returns the convolution of sequences, as networks have it, with the weights from the first to the last. Each output
 * is the sum over channels and over the elements of a window, in this order, of element times weight.
 *
 * Padding counts as zeros.
 *
 * @param x floats or int32, [batch, channels, width].
 * @param weight [outputs, channels / groups, size of a window].
 * @param options `bias` [outputs]; `stride` (default 1), `padding` (0), `dilation` (1), `groups` (1).
 * @returns [batch, outputs, windows].
 * @throws ShapeError for shapes that do not fit each other, or where no window fits.
 * @example
 * ```ts
 * import { conv1d, tensor } from "@graddiff/core";
 *
 * const differences = conv1d(tensor([[[1, 4, 9, 16]]]), tensor([[[-1, 1]]]));
 * console.log(String(differences)); // [[[3. 5. 7.]]]
 * ```
 */
export function conv1d(x: TensorLike, weight: TensorLike, options?: ConvOptions): Tensor {
  return convolved("conv1d", 1, arguments, x, weight, options);
}

/**
 * Returns the convolution of images; see {@link conv1d}. With as many groups as channels and one output for each it is
 * depthwise, plane by plane. Others are products of the weights with the elements of windows, which are packed for it.
 *
 * @param x [batch, channels, height, width].
 * @param weight [outputs, channels / groups, height, width of a window].
 * @example
 * ```ts
 * import { conv2d, ones } from "@graddiff/core";
 *
 * const image = ones([1, 1, 3, 3]);
 * const counts = conv2d(image, ones([1, 1, 3, 3]), { padding: "same" });
 * console.log(String(counts.reshape([9]))); // [4. 6. 4. 6. 9. 6. 4. 6. 4.]
 * ```
 */
export function conv2d(x: TensorLike, weight: TensorLike, options?: ConvOptions): Tensor {
  return convolved("conv2d", 2, arguments, x, weight, options);
}

/**
 * Returns the convolution of volumes; see {@link conv1d}.
 *
 * @param x [batch, channels, depth, height, width].
 * @param weight [outputs, channels / groups, depth, height, width of a window].
 * @example
 * ```ts
 * import { conv3d, ones } from "@graddiff/core";
 *
 * const x = ones([1, 1, 2, 3, 3]);
 * console.log(conv3d(x, ones([4, 1, 2, 2, 2])).shape); // [ 1, 4, 1, 2, 2 ]
 * ```
 */
export function conv3d(x: TensorLike, weight: TensorLike, options?: ConvOptions): Tensor {
  return convolved("conv3d", 3, arguments, x, weight, options);
}
