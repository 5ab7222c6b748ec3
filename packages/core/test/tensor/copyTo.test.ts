import { expect, test } from "vitest";
import {
  ArgumentError,
  arange,
  compile,
  eye,
  full,
  grad,
  RecordingError,
  type Tensor,
  tensor,
  uniform,
  zeros,
} from "../../src/index.ts";

const KINDS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
} as const;

test.each(["float32", "float64", "int32", "bool"] as const)(
  "copyTo fills the array of %s",
  (dtype) => {
    for (const x of [
      tensor(
        [
          [1, 0],
          [3, 4],
        ],
        { dtype },
      ),
      tensor(1, { dtype }),
      zeros([0, 2], { dtype }),
      full([3], 1, { dtype }),
      eye(3, 2, { dtype }),
      arange(0, 5, { dtype }),
    ]) {
      const target = new KINDS[dtype](x.size).fill(7);
      expect(x.copyTo(target)).toBe(target);
      expect(target).toEqual(x.data());
    }
  },
);

test("copyTo reads results of compiled functions where they stand, transposed ones, and parts of memory", () => {
  const x = uniform([300, 300], { seed: 1 });
  const double = compile((y: Tensor) => y.mul(2));
  const target = new Float32Array(x.size);
  const result = double(x);
  expect(result.copyTo(target)).toEqual(result.data());
  double(x.add(1));
  expect(result.copyTo(target)[0]).toBe(2 * (x.data()[0] as number));
  expect(x.transpose().copyTo(target)).toEqual(x.transpose().data());
  const whole = new Float64Array(4);
  tensor([1, 2], { dtype: "float64" }).copyTo(whole.subarray(1, 3));
  expect([...whole]).toEqual([0, 1, 2, 0]);
  const shared = new Float32Array(new SharedArrayBuffer(8));
  expect([...tensor([1, 2]).copyTo(shared)]).toEqual([1, 2]);
});

test("copyTo changes nothing of the tensor, and works where values can be read", () => {
  const x = tensor([1, 2]);
  const target = new Float32Array(2);
  x.copyTo(target).fill(9);
  expect(x.toArray()).toEqual([1, 2]);
  grad((y: Tensor) => {
    y.mul(3).copyTo(target);
    return y.sum();
  })(x);
  expect([...target]).toEqual([3, 6]);
  const read = (y: Tensor) => {
    y.copyTo(target);
    return y;
  };
  expect(() => compile(read)(x)).toThrow(RecordingError);
});

test("copyTo refuses another kind, another length and what is no array", () => {
  const x = tensor([1, 2]);
  const wrong: readonly unknown[] = [
    new Float64Array(2),
    new Int32Array(2),
    new Uint8ClampedArray(2),
    new Float32Array(3),
    new Float32Array(0),
    Object.create(Float32Array.prototype),
    new DataView(new ArrayBuffer(8)),
    [0, 0],
    undefined,
    null,
    2,
    x,
  ];
  for (const target of wrong) {
    const message = /^copyTo: target: expected a Float32Array of length 2, got /;
    expect(() => x.copyTo(target as Float32Array)).toThrow(message);
    expect(() => x.copyTo(target as Float32Array)).toThrow(ArgumentError);
  }
  const gone = tensor([1, 2]);
  gone.dispose();
  expect(() => gone.copyTo(new Float32Array(2))).toThrow("after dispose()");
});
