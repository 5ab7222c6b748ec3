// Sliding windows over planes, against plain loops: every sum and every choice has the documented order.

import { describe, expect, it } from "vitest";
import { sampled, sampleTests } from "../../core/test/support/sampling.ts";
import { type WindowsExports, windowsKernels } from "../src/index.ts";
import { elementTypes, firstDifference, Operands } from "./support.ts";

sampleTests(3);

/** The numbers for depth, height and width. */
type Three = readonly [number, number, number];

interface Geometry {
  readonly length: Three;
  readonly low: Three;
  readonly gap: Three;
  readonly size: Three;
  readonly stride: Three;
  readonly dilation: Three;
  readonly out: Three;
}

/** The numbers of a geometry as parameters: kernels of padded planes end with these 21. */
type Numbers =
  Parameters<WindowsExports["windowScratchByteLength"]> extends [number, ...infer Rest]
    ? Rest
    : never;

/** The last 15 parameters of overlapAdd. */
type Fifteen =
  Parameters<WindowsExports["overlapAdd_f32"]> extends [number, number, number, ...infer Rest]
    ? Rest
    : never;

// The cast gives a list the type of 21 numbers.
const numbersOf = (own: Geometry) =>
  [
    own.length,
    own.low,
    own.gap,
    own.size,
    own.stride,
    own.dilation,
    own.out,
  ].flat() as unknown as Numbers;

/** Returns the elements of a plane, of a window, and of the results of a plane. */
const sizesOf = ({ length, size, out }: Geometry) =>
  [length, size, out].map(product) as [number, number, number];

const BATCHES = [
  [1, 1, 1],
  [2, 3, 2],
  [1, 2, 0],
] as const;

const product = (list: readonly number[]) => list.reduce((all, each) => all * each, 1);

/** Returns the coordinates of all elements of three axes, in order. */
function* places([depth, height, width]: Three): Generator<Three> {
  for (let d = 0; d < depth; d++) {
    for (let h = 0; h < height; h++) for (let w = 0; w < width; w++) yield [d, h, w];
  }
}

/** Returns the index of an element of a window in its plane; undefined for padding and gaps. */
function elementAt({ length, low, gap, stride, dilation }: Geometry, window: Three, k: Three) {
  let place = 0;
  for (let axis = 0; axis < 3; axis++) {
    const [a = 0, b = 1] = [low[axis], gap[axis]];
    const at =
      (window[axis] ?? 0) * (stride[axis] ?? 1) + (k[axis] ?? 0) * (dilation[axis] ?? 1) - a;
    if (at < 0 || at % b !== 0 || at / b >= (length[axis] ?? 0)) return undefined;
    place = place * (length[axis] ?? 0) + at / b;
  }
  return place;
}

const along = (
  length: number,
  size: number,
  own: Partial<Record<"low" | "gap" | "stride" | "dilation" | "high", number>> = {},
) => {
  const { low = 0, gap = 1, stride = 1, dilation = 1, high = low } = own;
  const reach = (length - 1) * gap + 1 + low + high;
  const out = Math.max(0, Math.floor((reach - (size - 1) * dilation - 1) / stride) + 1);
  return { length, size, low, gap, stride, dilation, out };
};

function geometry(...axes: ReturnType<typeof along>[]): Geometry {
  const three = [...[along(1, 1), along(1, 1)].slice(0, 3 - axes.length), ...axes];
  const each = (name: keyof ReturnType<typeof along>) => three.map((axis) => axis[name]);
  return {
    length: each("length") as unknown as Three,
    low: each("low") as unknown as Three,
    gap: each("gap") as unknown as Three,
    size: each("size") as unknown as Three,
    stride: each("stride") as unknown as Three,
    dilation: each("dilation") as unknown as Three,
    out: each("out") as unknown as Three,
  };
}

const lengths = [1, 3, 4, 5, 7, 8, 9, 31, 33] as const;
const geometries: readonly Geometry[] = [
  ...lengths.map((length) => geometry(along(length, Math.min(3, length), { low: 1 }))),
  ...lengths.map((length) => geometry(along(length, 1, { stride: 2 }))),
  geometry(along(6, 3, { low: 1, stride: 2 }), along(9, 2, { dilation: 3, stride: 3 })),
  geometry(along(5, 2, { gap: 2, low: -1 }), along(7, 3, { gap: 3, low: 2, stride: 2 })),
  geometry(along(3, 2), along(4, 3, { low: 2 }), along(10, 4, { stride: 5, low: 3, high: 0 })),
  geometry(along(2, 2, { low: -1, high: 1 }), along(31, 5, { low: 2 })),
  // Rows and columns are pairs, which a pool reads in place.
  ...[2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 63].map((length) =>
    geometry(along(5, 2, { stride: 2 }), along(length, 2, { stride: 2 })),
  ),
];

describe.each(elementTypes)("windows over $name", (type) => {
  const operands = new Operands(type);
  const { kernel } = operands;
  const exports = kernel.load(windowsKernels);
  const ending = type.name === "float32" ? "f32" : "f64";
  const bytes = type.make(1).BYTES_PER_ELEMENT;
  /** Allocates scratch memory between guards. */
  const scratchOf = (own: Geometry) => {
    const length = exports.windowScratchByteLength(bytes, ...numbersOf(own));
    return operands.output(Math.ceil(length / bytes)).byteOffset;
  };
  const kinds = ["ordinary", "bits", "special"] as const;

  it.each(kinds)("are summed in order, of %s numbers", (kind) => {
    for (const own of sampled(geometries, 3, kinds.indexOf(kind))) {
      for (const [batch, groups, channels] of BATCHES) {
        operands.reset();
        const [plane, window, results] = sizesOf(own);
        const x = operands.input(batch * groups * channels * plane, kind, 1);
        const weight = operands.input(groups * channels * window, kind, 2);
        const out = operands.output(batch * groups * results);
        const given = [x.view.byteOffset, weight.view.byteOffset, out.byteOffset] as const;
        const numbers = [scratchOf(own), batch, groups, channels] as const;
        exports[`depthwise_${ending}` as const](...given, ...numbers, ...numbersOf(own));
        const expected = type.make(batch * groups * results);
        let place = 0;
        for (let image = 0; image < batch * groups; image++) {
          for (const at of places(own.out)) {
            let sum = 0;
            for (let channel = 0; channel < channels; channel++) {
              const start = (image * channels + channel) * plane;
              let k = ((image % groups) * channels + channel) * window;
              for (const inside of places(own.size)) {
                const element = elementAt(own, at, inside);
                const value = element === undefined ? 0 : (x.copy[start + element] ?? 0);
                sum = type.round(sum + type.round(value * (weight.copy[k++] ?? 0)));
              }
            }
            expected[place++] = sum;
          }
        }
        expect(firstDifference(out, expected), JSON.stringify(own)).toBeUndefined();
        expect(operands.brokenGuard(), JSON.stringify(own)).toBeUndefined();
      }
    }
  });

  /**
   * Returns the sum over (plane, element of the window) as a product computes it: in chunks of 4096, one after the
   * other.
   */
  const summed = (
    own: Geometry,
    at: Three,
    terms: { x: (i: number) => number; w: (k: number) => number; channels: number },
  ) => {
    const [plane] = sizesOf(own);
    let [total, sum, k] = [0, 0, 0];
    for (let channel = 0; channel < terms.channels; channel++) {
      for (const inside of places(own.size)) {
        if (k > 0 && k % 4096 === 0) [total, sum] = [k === 4096 ? sum : type.round(total + sum), 0];
        const element = elementAt(own, at, inside);
        const value = element === undefined ? 0 : terms.x(channel * plane + element);
        sum = type.round(sum + type.round(value * terms.w(k++)));
      }
    }
    return k > 4096 ? type.round(total + sum) : sum;
  };

  /** The cases: a geometry, and the numbers of examples, of groups, and of planes and results in a group. */
  const products: readonly [Geometry, number, number, number, number][] = [
    ...geometries.map((own, i): [Geometry, number, number, number, number] => [
      own,
      ...(
        [
          [1, 1, 2, 3],
          [2, 1, 1, 6],
          [2, 3, 2, 1],
        ] as const
      )[(i % 3) as 0],
    ]),
    [geometry(along(9, 1), along(40, 1)), 1, 1, 300, 11],
    [geometry(along(12, 5), along(70, 70)), 2, 1, 14, 6],
    [geometry(along(34, 3, { low: 1 }), along(35, 3, { low: 1 })), 1, 2, 2, 5],
    [geometry(along(4, 2), along(4, 2)), 1, 1, 0, 3],
  ];

  it.each(kinds)("are multiplied with several weights, of %s numbers", (kind) => {
    const turn = kinds.indexOf(kind) + elementTypes.indexOf(type);
    for (const [own, batch, groups, channels, rows] of sampled(products, 3, turn)) {
      operands.reset();
      const [plane, window, results] = sizesOf(own);
      const x = operands.input(batch * groups * channels * plane, kind, 1);
      const weight = operands.input(groups * rows * channels * window, kind, 2);
      const out = operands.output(batch * groups * rows * results);
      const length = exports[`convolutionScratchByteLength_${ending}` as const](
        batch,
        channels,
        rows,
        ...numbersOf(own),
      );
      const scratch = operands.output(Math.ceil(length / bytes)).byteOffset;
      const given = [x.view.byteOffset, weight.view.byteOffset, out.byteOffset, scratch] as const;
      const counts = [batch, groups, channels, rows, rows] as const;
      exports[`convolution_${ending}` as const](...given, ...counts, ...numbersOf(own));
      const expected = type.make(batch * groups * rows * results);
      let place = 0;
      for (let image = 0; image < batch * groups; image++) {
        for (let row = 0; row < rows; row++) {
          const [first, weights] = [
            image * channels * plane,
            ((image % groups) * rows + row) * channels * window,
          ];
          for (const at of places(own.out)) {
            expected[place++] = summed(own, at, {
              x: (i) => x.copy[first + i] ?? 0,
              w: (k) => weight.copy[weights + k] ?? 0,
              channels,
            });
          }
        }
      }
      const what = `${JSON.stringify(own)} ${counts}`;
      expect(firstDifference(out, expected), what).toBeUndefined();
      expect(operands.brokenGuard(), what).toBeUndefined();
    }
  });

  it.each(kinds)("give the first of their greatest elements, of %s numbers", (kind) => {
    for (const own of geometries.filter(({ gap }) => product(gap) === 1)) {
      operands.reset();
      const [plane, , results] = sizesOf(own);
      const planes = 3;
      const x = operands.input(planes * plane, kind, 3);
      const values = operands.output(planes * results);
      const indexPlace = operands.output(Math.ceil((planes * results * 4) / bytes)).byteOffset;
      const given = [x.view.byteOffset, values.byteOffset, indexPlace, scratchOf(own)] as const;
      exports[`maxPoolWithIndices_${ending}` as const](...given, planes, ...numbersOf(own));
      const alone = operands.output(planes * results);
      const length = exports.maxPoolScratchByteLength(bytes, ...numbersOf(own));
      const scratch = operands.output(Math.ceil(length / bytes)).byteOffset;
      const short = [x.view.byteOffset, alone.byteOffset, scratch] as const;
      exports[`maxPool_${ending}` as const](...short, planes, ...numbersOf(own));
      const indices = new Int32Array(kernel.memory.buffer, indexPlace, planes * results);
      let place = 0;
      for (let image = 0; image < planes; image++) {
        for (const at of places(own.out)) {
          const elements = [...places(own.size)].flatMap((k) => elementAt(own, at, k) ?? []);
          const numberAt = (element: number) => x.copy[image * plane + element] ?? 0;
          // In a window of padding only there is no element to choose.
          let chosen = elements[0];
          for (const element of elements) {
            const [value, greatest] = [numberAt(element), numberAt(chosen ?? 0)];
            if (value > greatest || Number.isNaN(value)) chosen = element;
          }
          if (chosen !== undefined) {
            expect(indices[place], JSON.stringify(own)).toBe(chosen);
            expect(values[place], JSON.stringify(own)).toBe(numberAt(chosen));
            expect(alone[place], JSON.stringify(own)).toBe(numberAt(chosen));
          }
          place++;
        }
      }
      expect(operands.brokenGuard(), JSON.stringify(own)).toBeUndefined();
    }
  });

  it.each(kinds)("are added where they stand, in their order, of %s numbers", (kind) => {
    for (const { length, size, stride, dilation, out } of geometries) {
      // The windows are the same, without padding and gaps, in planes that are large enough.
      const plane = length.map((_, axis) => {
        const last = Math.max(0, (out[axis] ?? 0) - 1) * (stride[axis] ?? 1);
        return last + ((size[axis] ?? 1) - 1) * (dilation[axis] ?? 1) + 2;
      }) as unknown as Three;
      const none = [0, 0, 0] as const;
      const own = {
        length: plane,
        low: none,
        gap: [1, 1, 1],
        size,
        stride,
        dilation,
        out,
      } as const;
      operands.reset();
      const [elements, window, results] = sizesOf(own);
      const planes = 2;
      const x = operands.input(planes * window * results, kind, 4);
      const sums = operands.output(planes * elements);
      exports[`overlapAdd_${ending}` as const](
        ...[x.view.byteOffset, sums.byteOffset, planes],
        // The cast gives a list the type of 15 numbers.
        ...([plane, size, stride, dilation, out].flat() as unknown as Fifteen),
      );
      const expected = type.make(planes * elements);
      for (let image = 0; image < planes; image++) {
        let w = 0;
        for (const at of places(out)) {
          let k = 0;
          for (const inside of places(size)) {
            const element = image * elements + (elementAt(own, at, inside) ?? 0);
            const value = x.copy[(image * window + k++) * results + w] ?? 0;
            expected[element] = type.round((expected[element] ?? 0) + value);
          }
          w++;
        }
      }
      expect(firstDifference(sums, expected), JSON.stringify(own)).toBeUndefined();
      expect(operands.brokenGuard(), JSON.stringify(own)).toBeUndefined();
    }
  });
});
