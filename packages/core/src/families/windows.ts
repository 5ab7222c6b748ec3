/**
 * Windows that slide over the last axes of an array: their geometry, and the functions on linear memory that compute
 * composites of them whole.
 */

import type { Address, Call, Split } from "../graph/call.ts";
import type { CompositeKernel, Computation, KernelOf, TypedOp } from "../graph/kernel.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { BYTES, type FloatDType, isFloat } from "../tensor/dtype.ts";
import { at, numberAt, type Shape, sizeOf } from "../tensor/shape.ts";
import { isNumber, type KernelName, type NumberDType, SUFFIX } from "./exports.ts";
import { windowsKernels } from "./kernelGroups.ts";
import {
  convolutionBytes,
  FEW_WINDOWS,
  maxPoolBytes,
  type Three,
  type WindowLengths,
  windowBytes,
} from "./scratch.ts";

/** Windows along the last axes, by axis. */
export interface Windows {
  /** The elements of a window. */
  readonly size: readonly number[];
  /** The elements from one window to the next, by axis. */
  readonly stride: readonly number[];
  /** The distance of neighbouring elements in a window, by axis. */
  readonly dilation: readonly number[];
  /** The distance by which the first window begins before the first element, by axis; below 0 after it. */
  readonly low: readonly number[];
  /** The distance of neighbouring elements in the array, by axis. */
  readonly inputDilation: readonly number[];
  /** The number of windows, by axis. */
  readonly outputSize: readonly number[];
}

/** Returns the length along an axis that windows reach, from where the first one begins. */
export function reachOf({ size, stride, dilation, outputSize }: Windows, axis: number): number {
  const last = (numberAt(outputSize, axis) - 1) * numberAt(stride, axis);
  return Math.max(0, last + (numberAt(size, axis) - 1) * numberAt(dilation, axis) + 1);
}

/** The most axes of windows that the kernel functions support. */
const AXES = 3;

/**
 * The limit in bytes of padded planes. Scratch memory has several times as many, which functions count with 32 bits.
 */
const MOST_BYTES = 2 ** 29;

/**
 * True if kernel functions support windows of this size. @param planes the number of planes that are padded together.
 */
function hasFunctions({ dtype }: TensorType, planes: number, windows: Windows): boolean {
  const { size, outputSize } = windows;
  const reached = sizeOf(size.map((_, axis) => reachOf(windows, axis)));
  const most = Math.max(planes * reached, planes * sizeOf(outputSize));
  return size.length <= AXES && BYTES[dtype] * most < MOST_BYTES;
}

/**
 * Returns three numbers, for depth, height and width; `otherwise` stands for the axes that are missing at the front.
 */
function inner(list: readonly number[], otherwise: number): Three {
  const [depth = otherwise, height = otherwise, width = otherwise] = [
    ...new Array<number>(AXES - list.length).fill(otherwise),
    ...list,
  ];
  return [depth, height, width];
}

/** Returns the numbers of a geometry in the order of the functions' parameters: each for depth, height and width. */
function geometryOf(windows: Windows, shape: Shape): number[] {
  const { size, stride, dilation, low, inputDilation, outputSize } = windows;
  const lengths = shape.slice(shape.length - size.length);
  const first = [inner(lengths, 1), inner(low, 0), inner(inputDilation, 1), inner(size, 1)];
  return [...first, inner(stride, 1), inner(dilation, 1), inner(outputSize, 1)].flat();
}

/** Bytes of scratch memory for windows over the first input. */
function scratchOf<A extends Attributes & Windows>({ inputs, attributes }: TypedOp<A>): number {
  return windowBytes(BYTES[at(inputs, 0).dtype], lengthsOf(attributes));
}

/** Returns the lengths from which scratch memory follows. */
function lengthsOf({ size, stride, dilation, outputSize }: Windows): WindowLengths {
  return {
    size: inner(size, 1),
    stride: inner(stride, 1),
    dilation: inner(dilation, 1),
    out: inner(outputSize, 1),
  };
}

/** Returns a call whose arguments are addresses, and numbers after them. */
function windowCall(
  name: KernelName,
  addresses: readonly Address[],
  numbers: readonly number[],
  splits: readonly (Pick<Split, "along" | "argument"> & { readonly moves: readonly number[] })[],
): Call {
  return {
    function: name,
    arguments: [...addresses, ...numbers],
    splits: splits.map(({ along, argument, moves }) => ({
      along,
      argument: addresses.length + argument,
      steps: [...moves, ...numbers.map(() => 0)],
    })),
  };
}

/** Bytes of the elements along the axes of windows. */
function planeBytes({ size }: Windows, { shape, dtype }: TensorType): number {
  return sizeOf(shape.slice(shape.length - size.length)) * BYTES[dtype];
}

/** Returns the greatest element of each window of the input, and as a second result its index in the plane. */
/* @__NO_SIDE_EFFECTS__ */
export function maxPoolWithIndicesComposite<A extends Attributes & Windows>(): CompositeKernel<A> {
  return poolComposite("maxPoolWithIndices", scratchOf);
}

/** Returns the greatest element of each window of the input. */
/* @__NO_SIDE_EFFECTS__ */
export function maxPoolComposite<A extends Attributes & Windows>(): CompositeKernel<A> {
  return poolComposite("maxPool", ({ inputs, attributes }) =>
    maxPoolBytes(BYTES[at(inputs, 0).dtype], lengthsOf(attributes)),
  );
}

/** Returns a function of the input that computes the result of each window, plane by plane. */
/* @__NO_SIDE_EFFECTS__ */
function poolComposite<A extends Attributes & Windows>(
  name: "maxPool" | "maxPoolWithIndices",
  scratchBytes: (types: TypedOp<A>) => number,
): CompositeKernel<A> {
  return {
    fits: ({ inputs: [x], attributes }) =>
      x !== undefined && isNumber(x.dtype) && hasFunctions(x, 1, attributes),
    calls: ({ inputs, outputs, attributes, scratch }) => {
      const x = at(inputs, 0);
      const arrays = [x, ...outputs];
      const addresses = [...arrays.map(({ address }) => address), scratch];
      const moves = arrays.map((each) => planeBytes(attributes, each));
      const planes = sizeOf(x.shape.slice(0, x.shape.length - attributes.size.length));
      const numbers = [planes, ...geometryOf(attributes, x.shape)];
      const byPlanes = { along: "planes", argument: 0, moves: [...moves, 0] };
      return [
        windowCall(`${name}_${SUFFIX[x.dtype as NumberDType]}`, addresses, numbers, [byPlanes]),
      ];
    },
    scratchBytes,
    group: windowsKernels,
    flops: (_inputs, output, { size }) => sizeOf(output.shape) * sizeOf(size),
  };
}

/** Windows over groups of planes. */
export interface GroupedWindows extends Windows {
  readonly groups: number;
}

/**
 * The most bytes of the planes of all examples, with their padding, that are in memory for products of the windows of
 * all examples.
 */
const MOST_TOGETHER = 2 ** 25;

/** True if products with packed windows take less time than the body, which has a matrix of all windows. */
function isWorthPacking(x: TensorType, windows: Windows): boolean {
  // Windows that do not overlap are a matrix of no more elements than x has.
  if (windows.size.every((length, axis) => length <= at(windows.stride, axis))) return false;
  if (sizeOf(windows.outputSize) >= FEW_WINDOWS) return true;
  const padded = windows.size.map((_, axis) => reachOf(windows, axis));
  const bytes = BYTES[x.dtype] * numberAt(x.shape, 0) * numberAt(x.shape, 1) * sizeOf(padded);
  return bytes <= MOST_TOGETHER;
}

/** Returns the number of planes of a convolution that are padded together: those of an example, or of all. */
function planesTogether({ shape }: TensorType, { outputSize }: Windows): number {
  const [batch = 0, planes = 0] = shape;
  return sizeOf(outputSize) < FEW_WINDOWS ? batch * planes : planes;
}

/**
 * Returns the calls of a convolution: plane by plane for groups with one output plane each; otherwise as products of
 * the weights with their windows, which are packed from padded planes.
 */
/* @__NO_SIDE_EFFECTS__ */
export function convolutionComposite<A extends Attributes & GroupedWindows>(): CompositeKernel<A> {
  return {
    fits: ({ inputs: [x, weight], attributes }) =>
      x !== undefined &&
      isFloat(x.dtype) &&
      hasFunctions(x, planesTogether(x, attributes), attributes) &&
      (weight?.shape[0] === attributes.groups || isWorthPacking(x, attributes)),
    calls: ({ inputs, outputs, attributes, scratch }) => {
      const [x, weight, out] = [at(inputs, 0), at(inputs, 1), at(outputs, 0)];
      const { groups } = attributes;
      const [batch = 0, planes = 0] = x.shape;
      const [results = 0] = weight.shape;
      const addresses = [x.address, weight.address, out.address, scratch];
      const [plane, result] = [planeBytes(attributes, x), planeBytes(attributes, out)];
      const weights = (BYTES[weight.dtype] * sizeOf(weight.shape)) / Math.max(1, results);
      const byExamples = {
        along: "examples",
        argument: 0,
        moves: [planes * plane, 0, results * result, 0],
      };
      const suffix = SUFFIX[x.dtype as FloatDType];
      const geometry = geometryOf(attributes, x.shape);
      const counts = [batch, groups, planes / groups];
      if (results === groups) {
        const planesOfGroup = planes / groups;
        // Only a single example is divided by groups, since the planes of a group are contiguous within one example.
        const byGroups = {
          along: "groups",
          argument: 1,
          moves: [planesOfGroup * plane, weights, result, 0],
        };
        const splits = batch === 1 ? [byGroups] : [byExamples];
        const numbers = [...counts, ...geometry];
        return [windowCall(`depthwise_${suffix}`, addresses, numbers, splits)];
      }
      const resultsOfGroup = results / groups;
      // Each partition packs all windows.
      const byResults = { along: "results", argument: 3, moves: [0, weights, result, 0] };
      const splits = [byExamples, ...(groups === 1 ? [byResults] : [])];
      const numbers = [...counts, resultsOfGroup, resultsOfGroup, ...geometry];
      return [
        windowCall(
          `convolution_${suffix}`,
          addresses,
          numbers,
          batch < results ? splits.toReversed() : splits,
        ),
      ];
    },
    scratchBytes: (types) => {
      const [x, weight] = [at(types.inputs, 0), at(types.inputs, 1)];
      const { groups } = types.attributes;
      const [results = 0] = weight.shape;
      if (results === groups) return scratchOf(types);
      const [batch, channels] = [numberAt(x.shape, 0), numberAt(x.shape, 1) / groups];
      const windows = lengthsOf(types.attributes);
      return convolutionBytes(BYTES[x.dtype], batch, channels, results / groups, windows);
    },
    group: windowsKernels,
    flops: convolutionFlops,
  };
}

/** Returns two for each element of each window. */
export function convolutionFlops(inputs: readonly TensorType[], output: TensorType): number {
  return 2 * sizeOf(output.shape) * sizeOf(at(inputs, 1).shape.slice(1));
}

/** Windows whose first one begins with the first of elements side by side: all are within the array. */
export type InnerWindows = Pick<Windows, "size" | "stride" | "dilation" | "outputSize">;

/**
 * Returns the elements of all windows, added to zeros at their positions: in the order of the windows, for each
 * element.
 */
/* @__NO_SIDE_EFFECTS__ */
export function overlapAddKernel<A extends Attributes & InnerWindows>(): KernelOf<"calls", A> {
  return {
    kind: "calls",
    compute: addWindows,
    calls: ({ inputs, outputs, attributes }) => {
      const [x, output] = [at(inputs, 0), at(outputs, 0)];
      const { size, outputSize } = attributes;
      const axes = size.length;
      const leading = output.shape.slice(0, output.shape.length - axes);
      const numbers = [sizeOf(leading), ...threesOf(output.shape, attributes)];
      const dtype = output.dtype as NumberDType;
      const bytes = BYTES[dtype];
      const elements = [
        sizeOf(size) * sizeOf(outputSize),
        sizeOf(output.shape.slice(leading.length)),
      ];
      const byPlanes = {
        along: "planes",
        argument: 0,
        moves: elements.map((count) => count * bytes),
      };
      const addresses = [x.address, output.address];
      return [windowCall(`overlapAdd_${SUFFIX[dtype]}`, addresses, numbers, [byPlanes])];
    },
    group: windowsKernels,
    flops: ([x]) => sizeOf(x?.shape ?? []),
  };
}

/** Lengths, sizes, strides, dilations and numbers of windows: each for depth, height and width. */
function threesOf(shape: Shape, { size, stride, dilation, outputSize }: InnerWindows): number[] {
  const lengths = shape.slice(shape.length - size.length);
  return [lengths, size, stride, dilation, outputSize].flatMap((list) => inner(list, 1));
}

function addWindows<A extends Attributes & InnerWindows>(call: Computation<A>): void {
  const { arrays, attributes, result, type } = call;
  const source = at(arrays, 0);
  const numbers = threesOf(type.shape, attributes);
  const three = (first: number) => numbers.slice(first, first + AXES) as [number, number, number];
  const [, height, width] = three(0);
  const [size, stride, dilation, out] = [three(3), three(6), three(9), three(12)];
  const elements = sizeOf(size) * sizeOf(out);
  const plane = sizeOf(three(0));
  const planes = plane === 0 ? 0 : result.length / plane;
  const [strideD, strideH, strideW] = stride;
  const [outD, outH, outW] = out;
  for (let p = 0; p < planes; p++) {
    // The elements of a window from the last to the first: so elements come in the order of the windows.
    for (let element = sizeOf(size) - 1; element >= 0; element--) {
      const i = Math.floor(element / (size[1] * size[2])) * dilation[0];
      const j = (Math.floor(element / size[2]) % size[1]) * dilation[1];
      const k = (element % size[2]) * dilation[2];
      let from = p * elements + element * sizeOf(out);
      for (let d = 0; d < outD; d++) {
        for (let h = 0; h < outH; h++) {
          let to = p * plane + ((d * strideD + i) * height + h * strideH + j) * width + k;
          for (let w = 0; w < outW; w++) {
            result[to] = numberOf(result, to) + numberOf(source, from);
            from++;
            to += strideW;
          }
        }
      }
    }
  }
}

function numberOf(array: ArrayLike<number>, index: number): number {
  return array[index] as number;
}
