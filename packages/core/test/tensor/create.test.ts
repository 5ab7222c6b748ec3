import { describe, expect, test } from "vitest";
import {
  allClose,
  arange,
  compile,
  eye,
  full,
  linspace,
  type NestedArray,
  ones,
  onesLike,
  type Tensor,
  tensor,
  uniform,
  zeros,
  zerosLike,
} from "../../src/index.ts";

describe("tensor", () => {
  test("takes nested arrays, which become float32", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([x.shape, x.dtype, x.rank, x.size]).toEqual([[2, 3], "float32", 2, 6]);
    expect(x.data()).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  test("takes typed arrays, which keep their dtype", () => {
    expect(tensor(new Float32Array(2)).dtype).toBe("float32");
    expect(tensor(new Float64Array(2)).dtype).toBe("float64");
    expect(tensor(new Int32Array(2)).dtype).toBe("int32");
  });

  test("integers of every width are int32, and truths only where bool is asked for", () => {
    const bytes = Uint8Array.of(1, 2, 255);
    for (const data of [bytes, Uint8ClampedArray.from(bytes), Uint16Array.from(bytes)]) {
      expect([tensor(data).dtype, tensor(data).toArray()]).toEqual(["int32", [1, 2, 255]]);
    }
    expect(tensor(Int8Array.of(-1, 127)).toArray()).toEqual([-1, 127]);
    expect(tensor(Int16Array.of(-1, 300)).toArray()).toEqual([-1, 300]);
    expect(tensor(bytes, { dtype: "float32" }).toArray()).toEqual([1, 2, 255]);
    expect(tensor(bytes, { dtype: "bool" }).toArray()).toEqual([true, true, true]);
    const truths = tensor([true, false]);
    expect(tensor(truths.data(), { dtype: "bool" }).toArray()).toEqual([true, false]);
    expect(tensor(truths.data()).toArray()).toEqual([1, 0]);
  });

  test("integers of 32 and 64 bits are int32 where they fit, and an error where not", () => {
    expect(tensor(Uint32Array.of(1, 2 ** 31 - 1)).toArray()).toEqual([1, 2147483647]);
    expect(tensor(BigInt64Array.of(-3n, 4n)).dtype).toBe("int32");
    expect(tensor(BigUint64Array.of(3n)).toArray()).toEqual([3]);
    expect(tensor(Uint32Array.of(2 ** 31), { dtype: "float64" }).toArray()).toEqual([2 ** 31]);
    expect(() => tensor(Uint32Array.of(1, 2 ** 31))).toThrow(
      "tensor: data: expected integers from -2147483648 to 2147483647, for an int32, got 2147483648 at position 1.",
    );
    expect(() => tensor(BigInt64Array.of(2n ** 40n))).toThrow("got 1099511627776 at position 0");
    expect(tensor(BigInt64Array.of(2n ** 40n), { dtype: "float64" }).item()).toBe(2 ** 40);
    expect(() => tensor(BigInt64Array.of(2n ** 60n), { dtype: "float64" })).toThrow("53 bits");
  });

  test("rows may be typed arrays", () => {
    const matrix = tensor([Float32Array.of(1, 2), Float32Array.of(3, 4), Float32Array.of(5, 6)]);
    expect([matrix.shape, matrix.dtype]).toEqual([[3, 2], "float32"]);
    expect(matrix.toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const pixels = tensor([[Uint8Array.of(1, 2)], [Uint8Array.of(3, 4)]]);
    expect([pixels.shape, pixels.dtype]).toEqual([[2, 1, 2], "int32"]);
    expect(tensor([Float64Array.of(0.1)]).item()).toBe(0.1);
    const rows = [Float32Array.of(1), Float64Array.of(2)];
    expect(() => tensor(rows)).toThrow(
      "tensor: data: expected rows of one kind of array, or a dtype, got Float32Array and Float64Array.",
    );
    expect(() => tensor([Float64Array.of(1), [2]])).toThrow("got Float64Array and Array");
    expect(tensor([...rows, [3]], { dtype: "float64" }).toArray()).toEqual([[1], [2], [3]]);
    expect(() => tensor([Float32Array.of(1, 2), Float32Array.of(3)])).toThrow(
      "expected rows of equal length along axis 1, got length 2 and length 1",
    );
    expect(() => tensor([Float32Array.of(1), 3])).toThrow("rows of equal length");
    const gone = Float32Array.of(1);
    structuredClone(gone, { transfer: [gone.buffer] });
    expect(() => tensor([gone, gone])).toThrow("one that was transferred to another thread");
  });

  test("has at most 64 axes, whoever makes them", () => {
    let nested: NestedArray = 1;
    for (let depth = 0; depth < 64; depth++) nested = [nested];
    expect(tensor(nested).rank).toBe(64);
    for (let depth = 64; depth < 9000; depth++) nested = [nested];
    expect(() => tensor(nested)).toThrow("tensor: data: expected arrays nested at most 64 deep");
    const ones64 = new Array<number>(64).fill(1);
    expect(() => zeros([...ones64, 1])).toThrow("zeros: shape: expected at most 64 axes, got 65.");
    expect(() => tensor(1).reshape([...ones64, 1])).toThrow("expected at most 64 axes, got 65");
    expect(() => zeros(ones64).expandDims()).toThrow("expected at most 64 axes, got 65");
    const selfish: unknown[] = [];
    selfish.push(selfish, selfish);
    expect(() => tensor(selfish as never)).toThrow("one that contains itself");
  });

  test("takes numbers and booleans as scalars", () => {
    expect([tensor(3).shape, tensor(3).item(), tensor(3).dtype]).toEqual([[], 3, "float32"]);
    expect([tensor(true).dtype, tensor(true).item()]).toEqual(["bool", 1]);
    expect(tensor([true, false]).toArray()).toEqual([true, false]);
  });

  test("copies what it is given, and hands out copies", () => {
    const source = Float32Array.of(1, 2);
    const x = tensor(source);
    source[0] = 9;
    x.data()[1] = 9;
    expect(x.toArray()).toEqual([1, 2]);
  });

  test("lays flat data out in a shape", () => {
    expect(tensor([1, 2, 3, 4], { shape: [2, 2] }).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor([5], { shape: [] }).item()).toBe(5);
  });

  test("keeps empty axes", () => {
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(zeros([2, 0, 3]).toArray()).toEqual([[], []]);
  });

  test("rounds and converts to the dtype", () => {
    expect(tensor(0.1).item()).toBe(Math.fround(0.1));
    expect(tensor(0.1, { dtype: "float64" }).item()).toBe(0.1);
    expect(tensor([0, -0, 2, Number.NaN], { dtype: "bool" }).toArray()).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test.each([1.9, -0.5, 2 ** 31, -(2 ** 31) - 1, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses %d for an int32, which would be another number",
    (value) => {
      const dtype = "int32";
      const expected = "expected integers from -2147483648 to 2147483647, for an int32, got";
      for (const data of [[2, value], Float64Array.of(2, value), [[2], [value]]]) {
        expect(() => tensor(data, { dtype })).toThrow(
          `tensor: data: ${expected} ${value} at position 1. `,
        );
      }
      expect(() => full([2], value, { dtype })).toThrow(`full: value: ${expected} ${value}. `);
    },
  );

  test("refuses ranges whose numbers an int32 would change", () => {
    const dtype = "int32";
    const calls = [
      () => arange(0, 1, { step: 0.25, dtype }),
      () => arange(0.5, 3, { dtype }),
      () => arange(0, 2 ** 32, { step: 2 ** 31, dtype }),
      () => linspace(0, 1, 3, { dtype }),
    ];
    for (const [i, message] of [
      "arange: dtype: expected integers from -2147483648 to 2147483647, for an int32, got 0.25 at position 1",
      "got 0.5 at position 0",
      "got 2147483648 at position 1",
      "linspace: dtype: expected integers from -2147483648 to 2147483647, for an int32, got 0.5 at position 1",
    ].entries()) {
      expect(calls[i]).toThrow(message);
    }
    expect(arange(0, 9, { step: 3, dtype }).toArray()).toEqual([0, 3, 6]);
    expect(linspace(4, 0, 3, { dtype }).toArray()).toEqual([4, 2, 0]);
    expect(arange(0, 0, { step: 0.5, dtype }).toArray()).toEqual([]);
  });

  test("writes itself as nested arrays to JSON", () => {
    expect(JSON.stringify({ x: tensor([[1], [2]]), y: tensor(3) })).toBe('{"x":[[1],[2]],"y":3}');
  });
});

describe("creation by pattern", () => {
  test("fills", () => {
    expect(zeros([2]).toArray()).toEqual([0, 0]);
    expect(ones([2], { dtype: "int32" }).dtype).toBe("int32");
    expect(full([], 7).item()).toBe(7);
    const like = tensor([1, 2], { dtype: "float64" });
    expect([zerosLike(like).dtype, onesLike(like).toArray()]).toEqual(["float64", [1, 1]]);
  });

  test("counts", () => {
    expect(arange(3).toArray()).toEqual([0, 1, 2]);
    expect(arange(5, 0, { step: -2 }).toArray()).toEqual([5, 3, 1]);
    expect(arange(3, 1).shape).toEqual([0]);
    expect(arange(3, { dtype: "int32" }).dtype).toBe("int32");
    expect(arange(3, { dtype: "int32", step: 2 }).toArray()).toEqual([0, 2]);
    expect(arange(3, undefined, { dtype: "int32" }).toArray()).toEqual([0, 1, 2]);
    expect(() => arange(3, { dtpye: "int32" } as object)).toThrow(
      'arange: options: expected no others than dtype, step, got "dtpye"',
    );
    expect(() => arange(3, { step: 1 } as never, { step: 1 })).toThrow(
      "arange: stop: expected a finite number, got an object",
    );
    expect(() => arange(3, [4] as never)).toThrow(
      "arange: stop: expected a finite number, got an array",
    );
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(linspace(2, 9, 1).toArray()).toEqual([2]);
    expect(linspace(0, 0.3, 4, { dtype: "float64" }).data().at(-1)).toBe(0.3);
    expect(eye(2, { dtype: "int32" })).toEqual(eye(2, 2, { dtype: "int32" }));
    expect(eye(2, { dtype: "int32" }).dtype).toBe("int32");
    expect(eye(2, 3).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
  });

  test("linspace ends at its stop to the last bit, read and in a compiled loop", () => {
    const [starts, stops] = [3, 4].map((seed) =>
      uniform([200], { seed, low: -9, high: 9, dtype: "float64" }).data(),
    );
    let differs = 0;
    for (let i = 0; i < 200; i++) {
      const [start = 0, stop = 0, count] = [starts?.[i], stops?.[i], 2 + (i % 40)];
      const make = () => linspace(start, stop, count, { dtype: "float64" });
      expect(make().data().at(-1)).toBe(stop);
      // Adding steps from the start would often end at another number.
      if (start + ((stop - start) / (count - 1)) * (count - 1) !== stop) differs++;
      if (i % 20 > 0) continue;
      const added = compile((x: Tensor) => make().add(x));
      expect(
        added(zeros([count], { dtype: "float64" }))
          .data()
          .at(-1),
      ).toBe(stop);
    }
    expect(differs).toBeGreaterThan(20);
  });
});

test("allClose compares shapes and elements, and NaN is close to nothing", () => {
  expect(allClose(tensor([1, 2]), tensor([1, 2.00001]))).toBe(true);
  expect(allClose(tensor([1, 2]), tensor([1, 2.1]))).toBe(false);
  expect(allClose(tensor([1]), tensor(1))).toBe(false);
  expect(allClose(Number.NaN, Number.NaN)).toBe(false);
  expect(allClose(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)).toBe(true);
  expect(allClose(100, 101, { relative: 0.01 })).toBe(true);
});
