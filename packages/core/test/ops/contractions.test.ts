/**
 * Contractions: einsum against plain loops over all letters, the gradient of a batched product, and errors.
 * `test/golden` compares values and derivatives with PyTorch's.
 */

import { expect, test } from "vitest";
import { bestPair } from "../../src/functions/einsumOrder.ts";
import * as gd from "../../src/index.ts";
import { compile, einsum, grad, normal, ones, type Tensor, tensor } from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { chooser } from "../support/randomFunctions.ts";

/** Returns the einsum by a loop over all values of all letters. */
function slowly(terms: readonly string[], output: string, operands: readonly Tensor[]): number[] {
  const lengths = new Map<string, number>();
  terms.forEach((term, i) => {
    [...term].forEach((letter, axis) => {
      const length = operands[i]?.shape[axis] ?? 0;
      if (length !== 1 || !lengths.has(letter)) lengths.set(letter, length);
    });
  });
  const letters = [...output, ...[...lengths.keys()].filter((letter) => !output.includes(letter))];
  const sums: number[] = [];
  const data = operands.map((operand) => operand.data());
  const visit = (values: Map<string, number>, depth: number, place: number) => {
    const letter = letters[depth];
    if (letter !== undefined) {
      const length = lengths.get(letter) ?? 0;
      for (let i = 0; i < length; i++) {
        visit(
          new Map([...values, [letter, i]]),
          depth + 1,
          depth < output.length ? place * length + i : place,
        );
      }
      return;
    }
    let product = 1;
    terms.forEach((term, i) => {
      const { shape } = operands[i] as Tensor;
      const at = [...term].reduce((sum, own, axis) => {
        const length = shape[axis] ?? 1;
        return sum * length + (length === 1 ? 0 : (values.get(own) ?? 0));
      }, 0);
      product *= data[i]?.[at] ?? 0;
    });
    sums[place] = (sums[place] ?? 0) + product;
  };
  visit(new Map(), 0, 0);
  return sums;
}

test("einsum is the sum over all letters, for random equations", () => {
  for (let seed = 0; seed < 300; seed++) {
    const choose = chooser(seed);
    const lengths = [..."abcdef"].map(() => 1 + choose(3));
    const count = 1 + choose(seed % 10 === 0 ? 8 : 4);
    const terms = Array.from({ length: count }, () =>
      Array.from({ length: choose(4) }, () => "abcdef"[choose(6)]).join(""),
    );
    const used = [...new Set(terms.join(""))];
    const output = used
      .filter(() => choose(2) === 0)
      .sort(() => choose(3) - 1)
      .join("");
    const operands = terms.map((term, i) => {
      // Some axes have length 1, and are broadcast.
      const shape = [...term].map((letter) => lengths["abcdef".indexOf(letter)] ?? 1);
      const isOnce = new Set(term).size === term.length;
      const own = shape.map((length) => (isOnce && choose(8) === 0 ? 1 : length));
      return normal(own, { seed: 100 * seed + i, dtype: "float64" });
    });
    const equation = `${terms.join(",")}->${output}`;
    const result = einsum(equation, ...operands);
    const expected = slowly(terms, output, operands);
    expect(result.size, `${seed}: ${equation}`).toBe(expected.length);
    result.data().forEach((value, i) => {
      expect(value, `${seed}: ${equation}`).toBeCloseTo(expected[i] ?? 0, 10);
    });
  }
});

test("einsum without an arrow has the letters that occur once, capitals first", () => {
  const x = normal([2, 3], { seed: 1 });
  expectSameBits(einsum("bA", x), x.transpose());
  expect(einsum("...ba", ones([5, 2, 3])).shape).toEqual([5, 3, 2]);
  expect(einsum("ij,jk", x, ones([3, 4])).shape).toEqual([2, 4]);
});

test("operands are multiplied in the order of the fewest multiplications", () => {
  const lengths = new Map(Object.entries({ a: 2, b: 1000, c: 3, d: 1000, e: 2 }));
  // The order (ab bc) (cd de) takes 2·1000·3 + 3·1000·2 + 2·3·2 multiplications; any order that begins with bc cd takes
  // 3·10⁶ or more.
  const terms = ["ab", "bc", "cd", "de"].map((term) => [...term]);
  expect([
    [0, 1],
    [2, 3],
  ]).toContainEqual(bestPair(terms, ["a", "e"], lengths));
  // A product of operands without a common letter is not computed first.
  const ones = new Map(Object.entries({ i: 50, j: 60, k: 70 }));
  expect(bestPair([["i"], ["j"], ["i", "j"]], [], ones)).not.toEqual([0, 1]);
  const chain = "ab bc cd de ef fg gh hi".split(" ").map((term) => [...term]);
  const long = new Map([..."abcdefghi"].map((letter) => [letter, letter === "h" ? 100 : 2]));
  expect(bestPair(chain, ["a", "i"], long)).toEqual([6, 7]);
});

test("the gradient of one matrix by which a stack is multiplied is one product over all rows", () => {
  for (const dtype of ["float32", "float64"] as const) {
    const x = normal([40, 7, 5], { seed: 1, dtype });
    const y = normal([5, 3], { seed: 2, dtype });
    const slope = grad((a: Tensor, b: Tensor) => a.matmul(b).sin().sum(), { argnums: 1 });
    const whole = slope(x.reshape([280, 5]), y);
    for (const [stacked, one] of [
      [x, y],
      [x.reshape([8, 5, 7, 5]), y],
      [x, y.reshape([1, 5, 3])],
      [x, y.reshape([1, 1, 5, 3])],
    ] as const) {
      for (const fn of [slope, compile(slope)]) {
        const result = fn(stacked, one);
        expect(result.shape).toEqual(one.shape);
        expectSameBits(result.reshape([5, 3]), whole);
      }
    }
  }
  const empty = grad((b: Tensor) => ones([0, 2, 3]).matmul(b).sum())(ones([3, 2]));
  expect(empty.toArray()).toEqual(gd.zeros([3, 2]).toArray());
});

test("integers stay integers", () => {
  const x = tensor([1, 2, 3], { dtype: "int32" });
  for (const result of [
    gd.dot(x, x),
    gd.outer(x, x),
    gd.kron(x, x),
    gd.cross(x, x),
    gd.tensordot(x, x, 1),
    einsum("i,j->ij", x, x),
    gd.fold(x.reshape([1, 3, 1]), [1, 3], [1, 3]),
    gd.conv1d(x.reshape([1, 1, 3]), x.reshape([1, 1, 3])),
    gd.convTranspose1d(x.reshape([1, 1, 3]), x.reshape([1, 1, 3])),
  ]) {
    expect(result.dtype).toBe("int32");
  }
  expect(gd.dot(x, tensor([true, false, true])).item()).toBe(4);
});

test("errors name the argument, what was expected and what came", () => {
  const wrong = <T>(value: T) => value as never;
  const messages: readonly (readonly [() => unknown, string])[] = [
    [
      () => gd.dot(ones([2, 2]), ones([2])),
      "dot: x: expected a vector, got [2, 2]. Products of matrices are matmul's, those along other axes tensordot's",
    ],
    [() => gd.dot(ones([2]), ones([3])), "dot: y: expected as many elements as x, 2, got 3"],
    [
      () => gd.outer(ones([2, 2]), ones([2])),
      "outer: x: expected a vector, got [2, 2]. reshape([-1]) makes a vector of all elements",
    ],
    [
      () => gd.cross(ones([2, 3]), ones([2, 1])),
      "cross: y: expected 3 elements along axis 1 of [2, 3], got [2, 1]",
    ],
    [
      () => gd.tensordot(ones([2, 3]), ones([3, 2]), [[0], [0]]),
      "tensordot: axes: expected pairs of one length, got axis 0 of [2, 3] and axis 0 of [3, 2]",
    ],
    [
      () => gd.tensordot(ones([2, 3]), ones([3, 2]), [[0, 1], [1]]),
      "tensordot: axes: expected as many axes of x as of y, got an array of length 2",
    ],
    [
      () => gd.tensordot(ones([2, 3]), ones([3, 2]), 3),
      "tensordot: axes: expected at most 2, the axes that both have, got 3",
    ],
    [
      () => einsum("ij,jk->ik", ones([2, 3]), ones([4, 2])),
      "einsum: operands: expected one length for j, got 3 in operands[0] and 4 in operands[1]",
    ],
    [
      () => einsum("...,...", ones([2, 3]), ones([4, 3])),
      'einsum: operands: expected one length for the axes of "...", got 2 in operands[0] and 4 in operands[1]',
    ],
    [
      () => einsum("ij,jk->il", ones([2, 3]), ones([3, 2])),
      "einsum: equation: expected letters of operands in the output, got l, which no operand has",
    ],
    [
      () => einsum("i->ii", ones([2])),
      "einsum: equation: expected each letter once in the output, got i twice",
    ],
    [
      () => einsum("ij,jk->ik", ones([2, 3])),
      'einsum: operands: expected 2 for "ij,jk->ik", got 1',
    ],
    [
      () => einsum("ijk", ones([2, 3])),
      'einsum: operands[0]: expected 3 axes for "ijk", got [2, 3]',
    ],
    [
      () => einsum("i_j", ones([2, 3])),
      'einsum: equation: expected letters for the axes of each operand, such as "ij,jk->ik", with at most one "...", got "i_j"',
    ],
    [() => einsum(wrong(3), ones([2])), "einsum: equation: expected a text, got 3"],
  ];
  for (const [call, message] of messages) expect(call).toThrow(message);
});
