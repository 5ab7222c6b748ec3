/**
 * Linear algebra: errors that name the matrix and the pivot wherever they occur, factors that are reused, and points at
 * which derivatives are special.
 */

import { describe, expect, test } from "vitest";
import {
  allClose,
  compile,
  cond,
  eye,
  grad,
  hessian,
  jvp,
  scan,
  stack,
  type Tensor,
  tensor,
  uniform,
  vectorize,
  zeros,
} from "../../src/index.ts";
import {
  cholesky,
  det,
  eigh,
  eigvalsh,
  expm,
  inv,
  lstsq,
  lu,
  matrixNorm,
  matrixPower,
  matrixRank,
  pinv,
  qr,
  slogdet,
  solve,
  svd,
  triangularSolve,
} from "../../src/linalg.ts";

const indefinite = tensor([
  [
    [1, 0],
    [0, 1],
  ],
  [
    [1, 2],
    [2, 1],
  ],
]);
const singular = tensor([
  [1, 2],
  [2, 4],
]);
const notFinite = tensor([
  [1, 0],
  [Number.NaN, 4],
]);

const faults: [name: string, fn: (a: Tensor) => Tensor, a: Tensor, error: string][] = [
  [
    "cholesky",
    (a) => cholesky(a),
    indefinite,
    "cholesky: a: expected a positive definite matrix, got a pivot that is not positive in row 1 of matrix [1] of the stack.",
  ],
  [
    "solve",
    (a) => solve(a, tensor([1, 1])),
    singular,
    "solve: a: expected an invertible matrix, got a pivot of zero in row 1.",
  ],
  ["inv", inv, singular, "inv: a: expected an invertible matrix, got a pivot of zero in row 1."],
  [
    "matrixPower",
    (a) => matrixPower(a, -1),
    singular,
    "matrixPower: a: expected an invertible matrix, got a pivot of zero in row 1.",
  ],
  [
    "triangularSolve",
    (a) => triangularSolve(a, tensor([1, 1])),
    tensor([
      [1, 0],
      [2, 0],
    ]),
    "triangularSolve: a: expected a triangle without zeros on its diagonal, got a pivot of zero in row 1.",
  ],
  [
    "the gradient of slogdet",
    grad((a: Tensor) => slogdet(a).logAbsDet),
    singular,
    "slogdet: a: expected an invertible matrix, got a pivot of zero in row 1.",
  ],
  [
    "lu",
    (a) => lu(a).u,
    notFinite,
    "lu: a: expected finite elements, got NaN or an infinity at [1, 0].",
  ],
  [
    "qr",
    (a) => qr(a).r,
    notFinite,
    "qr: a: expected finite elements, got NaN or an infinity at [1, 0].",
  ],
  [
    "svd",
    (a) => svd(a).s,
    notFinite,
    "svd: a: expected finite elements, got NaN or an infinity at [1, 0].",
  ],
  [
    "eigvalsh",
    eigvalsh,
    stack([eye(2), notFinite]),
    "eigvalsh: a: expected finite elements, got NaN or an infinity at [1, 0] of matrix [1] of the stack.",
  ],
  ["expm", expm, notFinite, "expm: a: expected finite elements, got NaN or an infinity."],
];

describe.each(faults)("%s", (_name, fn, a, error) => {
  test("names what is wrong, eagerly and compiled", () => {
    expect(() => fn(a)).toThrow(error);
    expect(() => compile(fn)(a)).toThrow(error);
  });

  test("names it in loops and conditions", () => {
    const loop = (x: Tensor) =>
      scan((sum: Tensor): [Tensor, []] => [sum.add(fn(x).sum()), []], zeros([]), zeros([2]))[0];
    const branch = (x: Tensor) =>
      cond(
        x.sum().equal(x.sum().add(1)).logicalNot(),
        () => fn(x),
        () => fn(eye(2).broadcastTo(x.shape)),
      );
    for (const run of [loop, branch]) {
      expect(() => run(a)).toThrow(error);
      expect(() => compile(run)(a)).toThrow(error);
    }
  });
});

describe("the gradient of solve", () => {
  const a = uniform([4, 4], { seed: 1, dtype: "float64" });
  const b = uniform([4, 2], { seed: 2, dtype: "float64" });

  test("solves with the factors of the way forward", () => {
    const loss = grad((x: Tensor, y: Tensor) => solve(x, y).square().sum(), { argnums: [0, 1] });
    const calls = compile(loss).program(a, b).describe().split("calls of")[1] ?? "";
    expect(calls.match(/<- lu_f64/g)).toHaveLength(1);
    expect(calls.match(/<- luSolve_f64/g)).toHaveLength(2);
  });

  test("factorises once for all right-hand sides of a batch", () => {
    const many = uniform([5, 4], { seed: 3, dtype: "float64" });
    const solved = vectorize((right: Tensor) => solve(a, right));
    const trace = compile(solved).program(many).describe();
    expect(trace).toContain('= lu {"by":"solve"} %');
    expect(trace).toMatch(/: float64\[4, 4\]\n {2}%\d+ = result 1/);
    expect(allClose(solved(many), stack([0, 1, 2, 3, 4].map((i) => solve(a, many.at(i)))))).toBe(
      true,
    );
    // A stack of right-hand sides has the same columns.
    expect(solve(a, uniform([3, 4, 2], { seed: 4, dtype: "float64" })).shape).toEqual([3, 4, 2]);
    expect(solve(stack([a, a]), b).shape).toEqual([2, 4, 2]);
  });
});

describe("special points", () => {
  test("equal eigenvalues have gradients, and their vectors none", () => {
    const a = eye(3, 3, { dtype: "float64" });
    expect(grad((x: Tensor) => eigvalsh(x).sum())(a).toArray()).toEqual(a.toArray());
    expect(grad((x: Tensor) => eigh(x).values.sum())(a).toArray()).toEqual(a.toArray());
    const ofVectors = grad((x: Tensor) =>
      eigh(x)
        .vectors.mul(tensor([1, 2, 3]))
        .sum(),
    )(a);
    expect(ofVectors.isFinite().all().item()).toBe(0);
  });

  test("equal singular values have gradients, and their vectors none", () => {
    const a = eye(3, 2, { dtype: "float64" });
    expect(grad((x: Tensor) => svd(x).s.sum())(a).toArray()).toEqual(a.toArray());
    expect(
      grad((x: Tensor) => svd(x).u.sum())(a)
        .isFinite()
        .all()
        .item(),
    ).toBe(0);
  });

  test("determinants have gradients at singular matrices", () => {
    const three = tensor([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
    expect(det(three).item()).toBe(0);
    expect(grad(det)(three).toArray()).toEqual([
      [-3, 6, -3],
      [6, -12, 6],
      [-3, 6, -3],
    ]);
    // The matrices have the ranks n − 1 and n − 2.
    const four = tensor(
      [
        [1, 2, 0, 0],
        [2, 4, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 3],
      ],
      { dtype: "float64" },
    );
    const cofactors = tensor([
      [12, -6, 0, 0],
      [-6, 3, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(allClose(grad(det)(four), cofactors, { absolute: 1e-12 })).toBe(true);
    const two = tensor(
      [
        [1, 2, 0, 0],
        [2, 4, 0, 0],
        [0, 0, 1, 2],
        [0, 0, 2, 4],
      ],
      { dtype: "float64" },
    );
    expect(allClose(grad(det)(two), zeros([4, 4]), { absolute: 1e-12 })).toBe(true);
    expect(hessian(det)(singular).shape).toEqual([2, 2, 2, 2]);
  });

  test("slogdet goes beyond the range of floats", () => {
    const a = eye(400).mul(10);
    expect(det(a).item()).toBe(Number.POSITIVE_INFINITY);
    const { sign, logAbsDet } = slogdet(a.mul(-1).flip(0));
    expect(sign.item()).toBe(1);
    expect(logAbsDet.item()).toBeCloseTo(400 * Math.log(10), 3);
    expect(slogdet(singular).sign.item()).toBe(0);
    expect(slogdet(singular).logAbsDet.item()).toBe(Number.NEGATIVE_INFINITY);
    expect(slogdet(zeros([2, 0, 0])).sign.toArray()).toEqual([1, 1]);
  });

  test("the forward mode of solve needs no second factorisation, either", () => {
    const a = uniform([3, 3], { seed: 1 });
    const push = (x: Tensor, dx: Tensor) =>
      jvp((m: Tensor) => solve(m, tensor([1, 2, 3])))([x], [dx]).tangent;
    const trace = compile(push).program(a, a).describe();
    expect(trace.match(/= lu /g)).toHaveLength(1);
  });

  test("matrices without elements", () => {
    expect(solve(zeros([0, 0]), zeros([0, 3])).shape).toEqual([0, 3]);
    expect(cholesky(zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
    expect(det(zeros([0, 0])).item()).toBe(1);
    expect(svd(zeros([3, 0])).s.shape).toEqual([0]);
    expect(svd(zeros([3, 0]), { fullMatrices: true }).u.toArray()).toEqual(eye(3).toArray());
    expect(qr(zeros([0, 2])).r.shape).toEqual([0, 2]);
    expect(pinv(zeros([3, 0])).shape).toEqual([0, 3]);
    expect(lstsq(zeros([3, 0]), zeros([3])).shape).toEqual([0]);
    expect(matrixRank(zeros([4, 0, 2])).toArray()).toEqual([0, 0, 0, 0]);
    expect(expm(zeros([0, 0])).shape).toEqual([0, 0]);
    expect(matrixNorm(zeros([0, 0])).item()).toBe(0);
    expect(eigh(zeros([0, 3, 3])).vectors.shape).toEqual([0, 3, 3]);
  });

  test("the shortest solution where the rank is not full", () => {
    const x = lstsq(singular, tensor([1, 2]));
    expect(allClose(x, tensor([0.2, 0.4]), { relative: 1e-5 })).toBe(true);
    expect(matrixRank(singular).item()).toBe(1);
    expect(matrixRank(eye(3), { tolerance: 2 }).item()).toBe(0);
  });

  test("exponentials of matrices of any size", () => {
    const a = tensor(
      [
        [-1e3, 1],
        [0, -1e-3],
      ],
      { dtype: "float64" },
    );
    const e = expm(stack([a, zeros([2, 2], { dtype: "float64" })]));
    expect(e.at(0, 1, 1).item()).toBeCloseTo(Math.exp(-1e-3), 12);
    expect(e.at(1).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(expm(tensor([[0.5]])).item()).toBeCloseTo(Math.exp(0.5), 6);
  });

  test.each([
    ["float32", 3e38],
    ["float64", 1.7e308],
  ] as const)("ends where the sum of a column of %s is infinite", (dtype, greatest) => {
    const matrix = (corner: number) =>
      tensor(
        [
          [corner, -greatest],
          [0, -greatest],
        ],
        { dtype },
      );
    for (const run of [expm, compile((a: Tensor) => expm(a))]) {
      expect(run(matrix(-greatest)).toArray()).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect(Number.isFinite(run(matrix(greatest)).at(0, 0).item())).toBe(false);
    }
  });
});
