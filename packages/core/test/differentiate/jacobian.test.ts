import { describe, expect, test } from "vitest";
import {
  allClose,
  checkpoint,
  compile,
  cond,
  customGradient,
  DerivativeError,
  DTypeError,
  grad,
  hessian,
  hvp,
  type JacobianMode,
  jacobian,
  jvp,
  linearize,
  ShapeError,
  scan,
  stack,
  type Tensor,
  tensor,
  treeLeaves,
  Variable,
  valueAndGrad,
  vectorize,
  vjp,
  whileLoop,
  zeros,
} from "../../src/index.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import { applied, expectSameBits, samples } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(3);

const float64 = { dtype: "float64" } as const;
const WAYS: readonly { readonly mode?: JacobianMode }[] = [
  {},
  { mode: "forward" },
  { mode: "reverse" },
];
const cube = (x: Tensor) => x.mul(x).mul(x);
const x3 = tensor([1, 2, 3], float64);
const w23 = tensor(
  [
    [1, -2, 3],
    [4, 5, -6],
  ],
  float64,
);

const close = { relative: 1e-9, absolute: 1e-9 };

describe.each(WAYS)("jacobian with %o", (way) => {
  test("is the matrix of a linear map", () => {
    expectSameBits(jacobian((x) => w23.matmul(x), way)(x3), w23);
  });

  test("has the shape of the result before that of the input", () => {
    const w = tensor([[2, 3]], float64);
    const outer = (x: Tensor) => x.reshape([3, 1]).mul(w); // [3, 2]
    const result = jacobian(outer, way)(x3);
    expect(result.shape).toEqual([3, 2, 3]);
    expect(result.toArray()).toEqual(
      [0, 1, 2].map((i) => [2, 3].map((v) => [0, 1, 2].map((j) => (i === j ? v : 0)))),
    );
  });

  test("is a scalar of plain numbers, and adapts as they do", () => {
    const slope = jacobian(cube, way)(2);
    expect([slope.item(), slope.shape, slope.dtype, slope.weak]).toEqual([12, [], "float64", true]);
    const beside = jacobian((x) => x.mul(tensor([1, 2])), way)(3);
    expect([beside.toArray(), beside.dtype]).toEqual([[1, 2], "float64"]);
  });

  test("has the dtype of the input, as a gradient has", () => {
    const narrow = jacobian((x) => x.cast("float32").square(), way)(x3);
    expect(narrow.dtype).toBe("float64");
    const wide = jacobian((x) => x.cast("float64").square(), way)(tensor([1, 2]));
    expect([wide.dtype, wide.toArray()]).toEqual([
      "float32",
      [
        [2, 0],
        [0, 4],
      ],
    ]);
  });

  test("is zeros where a result does not depend on an input", () => {
    const result = jacobian(
      ({ a, b }: { a: Tensor; b: Tensor }) => [a.mul(2), b.sum(), tensor([7, 8])],
      way,
    )({ a: tensor([1, 2]), b: tensor([[3]]) });
    expect(result.map(({ a, b }) => [a.toArray(), b.toArray()])).toEqual([
      [
        [
          [2, 0],
          [0, 2],
        ],
        [[[0]], [[0]]],
      ],
      [[0, 0], [[1]]],
      [
        [
          [0, 0],
          [0, 0],
        ],
        [[[0]], [[0]]],
      ],
    ]);
    expect(jacobian((_x: Tensor) => tensor([1, 2]), way)(x3).shape).toEqual([2, 3]);
  });

  test("takes empty tensors on either side", () => {
    expect(jacobian((x) => x.sum(), way)(zeros([0, 2])).shape).toEqual([0, 2]);
    expect(jacobian((x) => x.mul(2), way)(zeros([0])).shape).toEqual([0, 0]);
    const none = jacobian((x) => x.mul(zeros([0, 1])), way)(tensor([1, 2]));
    expect(none.shape).toEqual([0, 2, 2]);
    const mixed = jacobian(([a, b]: [Tensor, Tensor]) => [a.mul(2), b.mul(3)], way);
    expect(mixed([zeros([0]), tensor([1])]).map((row) => row.map(({ shape }) => shape))).toEqual([
      [
        [0, 0],
        [0, 1],
      ],
      [
        [1, 0],
        [1, 1],
      ],
    ]);
  });

  test("takes the arguments of argnums, and Variables", () => {
    const product = (x: Tensor, y: Tensor) => x.mul(y);
    const y = tensor([5, 6, 7], float64);
    const diagonal = (x: Tensor) => x.reshape([3, 1]).mul(jacobian((z) => z)(x));
    expectSameBits(jacobian(product, { ...way, argnums: 1 })(x3, y), diagonal(x3));
    const both = jacobian(product, { ...way, argnums: [1, 0] })(x3, y);
    expectSameBits(both[0], diagonal(x3));
    expectSameBits(both[1], diagonal(y));

    const w = new Variable(tensor([2, 3]));
    const scaled = (x: Tensor) => x.mul(w.value);
    const own = jacobian(scaled, { ...way, variables: { w } })(tensor([5, 7]));
    expect(own.w.toArray()).toEqual([
      [5, 0],
      [0, 7],
    ]);
    const all = jacobian(scaled, { ...way, variables: [w], argnums: 0 })(tensor([5, 7]));
    expect(all.arguments.toArray()).toEqual([
      [2, 0],
      [0, 3],
    ]);
    expect(all.variables[0].toArray()).toEqual([
      [5, 0],
      [0, 7],
    ]);
    const inside = jacobian(({ w }: { w: Variable }) => w.value.square(), way)({ w });
    expect(inside.w.toArray()).toEqual([
      [4, 0],
      [0, 6],
    ]);
  });

  test("runs the function once, whose assignments last", () => {
    const count = new Variable(tensor(0));
    let calls = 0;
    const counted = (x: Tensor) => {
      calls++;
      count.assign(count.value.add(1));
      return x.item() > 0 ? x.mul(count.value) : x;
    };
    expect(jacobian(counted, way)(2).item()).toBe(1);
    expect([calls, count.value.item()]).toEqual([1, 1]);
  });

  test("nests with itself, grad, vectorize and compile", () => {
    const second = jacobian(
      jacobian((x) => cube(x), way),
      way,
    )(tensor([1, 2]));
    expect(second.shape).toEqual([2, 2, 2]);
    expect(second.toArray()).toEqual([
      [
        [6, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 12],
      ],
    ]);

    const square = (x: Tensor) => jacobian(cube, way)(x).square().sum();
    expect(grad(square)(x3).toArray()).toEqual([1, 2, 3].map((x) => 36 * x ** 3));
    expect(jvp(square)([x3], [tensor([1, 0, 0], float64)]).tangent.item()).toBe(36);

    const batch = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      float64,
    );
    const rows = [0, 1].map((i) => jacobian(cube, way)(batch.at(i)));
    expectSameBits(vectorize(jacobian(cube, way))(batch), stack(rows));

    const compiled = compile(jacobian((x) => w23.matmul(x).tanh(), way));
    expectSameBits(compiled(x3), jacobian((x) => w23.matmul(x).tanh(), way)(x3));
    expectSameBits(jacobian(compile(cube), way)(x3), jacobian(cube, way)(x3));
    const step = compile((x: Tensor) => grad((y) => jacobian(cube, way)(y).sum())(x));
    expect(step(x3).toArray()).toEqual([6, 12, 18]);
  });

  test("goes through loops, conditions, checkpoints and rules of one's own", () => {
    const loop = (x: Tensor) => scan((c: Tensor, r: Tensor) => [c.mul(r).sin(), c], x, x3);
    const doubled = customGradient(
      (x: Tensor) => x.mul(2),
      (cotangent: Tensor) => [cotangent.mul(10)],
    );
    const fns = {
      scan: (x: Tensor) => loop(x),
      cond: (x: Tensor) =>
        cond(
          x.sum().greater(0),
          () => x.exp(),
          () => x.sqrt(),
        ),
      checkpoint: (x: Tensor) => checkpoint((y: Tensor) => y.tanh().mul(y))(x),
      custom: (x: Tensor) => doubled(x).square(),
      while: (x: Tensor) =>
        whileLoop(
          (y: Tensor) => y.sum().less(100),
          (y) => y.mul(2),
          x,
          { maxSteps: 9 },
        ),
    };
    for (const [name, fn] of Object.entries(fns)) {
      const each = [0, 1, 2].map((i) => {
        const direction = tensor(
          [0, 1, 2].map((j) => (i === j ? 1 : 0)),
          float64,
        );
        return treeLeaves(jvp(fn as (x: Tensor) => Tensor)([x3], [direction]).tangent);
      });
      for (const run of [jacobian(fn as (x: Tensor) => Tensor, way)]) {
        for (const result of [run(x3), compile(run)(x3)]) {
          treeLeaves(result).forEach((leaf, k) => {
            const last = leaf.rank - 1;
            const columns = each.map((tangents) => tangents[k] as Tensor);
            const order = [...Array(last).keys()].map((axis) => axis + 1).concat(0);
            expect(allClose(leaf, stack(columns).transpose(order), close), name).toBe(true);
          });
        }
      }
    }
  });

  test("has no NaN from the branch of a cond that was not taken", () => {
    const fn = (x: Tensor) =>
      cond(
        x.greater(0),
        () => x.mul(2),
        () => x.sub(x).sqrt(),
      );
    expect(jacobian(fn, way)(3).item()).toBe(2);
  });

  test("refuses integers on either side, and what is no Tensor", () => {
    expect(() => jacobian((x) => x.mul(2), way)(tensor([1], { dtype: "int32" }))).toThrow(
      new DTypeError({
        op: "jacobian",
        argument: "argument 0",
        expected: "float32 or float64 to differentiate with respect to",
        got: "int32",
        hint: 'Choose other arguments with argnums, or convert with cast("float32")',
      }),
    );
    const parts = (x: Tensor) => ({ parts: [x, x.greater(0)] });
    expect(() => jacobian(parts, way)(x3)).toThrow(
      "jacobian: result.parts[1]: expected float32 or float64, got bool",
    );
    expect(() => jacobian((x: Tensor) => [x, x.sum().item()], way)(x3)).toThrow(DerivativeError);
    expect(() => jacobian((_x: Tensor) => undefined, way)(x3)).toThrow(DerivativeError);
  });
});

test("jacobian goes forward where that takes fewer directions, and forward alone where there is no way back", () => {
  const endless = (x: Tensor) =>
    whileLoop(
      (y: Tensor) => y.sum().less(100),
      (y) => y.mul(2),
      x,
    );
  expect(() => jacobian(endless)(x3)).toThrow("whileLoop: maxSteps");
  expect(jacobian(endless, { mode: "forward" })(tensor([1, 2])).toArray()).toEqual([
    [64, 0],
    [0, 64],
  ]);
});

/** Returns the Jacobian row by row, by pullbacks of vjp. */
function byPullbacks(fn: (...inputs: Tensor[]) => Tensor[], inputs: readonly Tensor[]) {
  const { value, pullback } = vjp(fn)(...inputs);
  return value.map((output, i) => {
    const rows = Array.from({ length: output.size }, (_, j) => {
      const unit = Float64Array.from({ length: output.size }, (_, k) => (k === j ? 1 : 0));
      return pullback(
        value.map((other, k) =>
          k === i ? tensor(unit, { shape: other.shape }) : zeros(other.shape, float64),
        ),
      );
    });
    return inputs.map((input, k) =>
      stack(rows.map((row) => row[k] as Tensor)).reshape([...output.shape, ...input.shape]),
    );
  });
}

const differentiable = registeredOps().filter(
  ({ derivative }) =>
    derivative?.kind !== "none" &&
    !(derivative?.kind === "partials" && derivative.partials.every((partial) => !partial)),
);

test.each(sampled(differentiable, 4).map((op) => [op.name, op] as const))(
  "both modes give the Jacobian of %s that single pullbacks give",
  (_name, op) => {
    for (const example of sampled(op.examples.cases, 2)) {
      const { inputs, attributes } = samples(op, example, "float64");
      const floats = inputs.filter(({ dtype }) => isFloat(dtype));
      const size = floats.reduce((sum, input) => sum + input.size, 0);
      if (size === 0 || size > 40) continue;
      const fn = (...given: Tensor[]) => {
        const queue = [...given];
        const all = inputs.map((input) =>
          isFloat(input.dtype) ? (queue.shift() ?? input) : input,
        );
        return applied(op, all, attributes).filter(({ dtype }) => isFloat(dtype));
      };
      const results = fn(...floats);
      const odd = results.some(({ dtype, size }) => dtype !== "float64" || size === 0);
      if (odd || results.length === 0) continue;
      const expected = byPullbacks(fn, floats).flat();
      const argnums = floats.map((_, i) => i);
      for (const mode of ["forward", "reverse"] as const) {
        const got = treeLeaves(jacobian(fn, { argnums, mode })(...floats));
        expect(got.length).toBe(expected.length);
        got.forEach((leaf, k) => {
          expect(allClose(leaf, expected[k] as Tensor, close), `${mode} ${k}`).toBe(true);
        });
      }
      const directions = samples(op, example, "float64", 1).inputs.filter(({ dtype }) =>
        isFloat(dtype),
      );
      const { value, pushforward } = linearize(fn)(...floats);
      const whole = jvp(fn)(floats, directions);
      value.forEach((output, i) => {
        expectSameBits(output, whole.value[i] as Tensor);
        const tangent = pushforward(...directions)[i] as Tensor;
        expect(allClose(tangent, whole.tangent[i] as Tensor, close)).toBe(true);
      });
    }
  },
);

describe("hessian", () => {
  test("is that of a quadratic form", () => {
    const a = tensor(
      [
        [2, 1, 0],
        [1, -3, 4],
        [0, 4, 5],
      ],
      float64,
    );
    expectSameBits(hessian((x) => x.matmul(a).mul(x).sum().div(2))(x3), a);
    expect(hessian(cube)(2).item()).toBe(12);
  });

  test("has Rosenbrock's second derivatives", () => {
    const rosenbrock = (p: Tensor) => {
      const [x, y] = [p.at(0), p.at(1)];
      return x.neg().add(1).square().add(y.sub(x.square()).square().mul(100));
    };
    const [x, y] = [-1.2, 1];
    const got = hessian(rosenbrock)(tensor([x, y], float64));
    const expected = [
      [1200 * x * x - 400 * y + 2, -400 * x],
      [-400 * x, 200],
    ];
    expect(allClose(got, tensor(expected, float64), close)).toBe(true);
  });

  test("is a tree of trees, of several arguments and of Variables", () => {
    const fn = ({ a, b }: { a: Tensor; b: Tensor }) => a.square().sum().mul(b);
    const h = hessian(fn)({ a: tensor([1, 2]), b: 3 });
    expect(h.a.a.toArray()).toEqual([
      [6, 0],
      [0, 6],
    ]);
    expect([h.a.b.toArray(), h.b.a.toArray(), h.b.b.item()]).toEqual([[2, 4], [2, 4], 0]);

    const two = hessian((x, y) => x.square().mul(y), { argnums: [0, 1] })(3, 5);
    expect(two.map((row) => row.map((each) => each.item()))).toEqual([
      [10, 6],
      [6, 0],
    ]);

    const w = new Variable(tensor([1, 2]));
    const own = hessian((x) => cube(w.value).mul(x).sum(), { variables: [w] })(10);
    expect(own[0][0].toArray()).toEqual([
      [60, 0],
      [0, 120],
    ]);
    const both = hessian((x) => w.value.mul(x).sum(), { variables: w, argnums: 0 })(10);
    expect(both.arguments.variables.toArray()).toEqual([1, 1]);
    expect(both.variables.arguments.toArray()).toEqual([1, 1]);
  });

  test("is that of a compiled function, of a batch, and inside of a gradient", () => {
    const f = (x: Tensor) => x.prod();
    expectSameBits(compile(hessian(f))(x3), hessian(f)(x3));
    const batch = stack([x3, x3.add(1)]);
    expectSameBits(vectorize(hessian(f))(batch), stack([hessian(f)(x3), hessian(f)(x3.add(1))]));
    expect(grad((x) => hessian(f)(x).sum())(x3).toArray()).toEqual([2, 2, 2]);
  });

  test("says what is wrong in its own name", () => {
    expect(() => hessian((x) => x.mul(2))(x3)).toThrow(
      "hessian: result: expected a scalar, got [3]",
    );
    expect(() => hessian((x) => x.sum())(tensor([1], { dtype: "int32" }))).toThrow(DTypeError);
    expect(() => hessian(() => tensor(1))()).toThrow("hessian: variables");
  });
});

describe("hvp", () => {
  test("is the product of the Hessian with a direction", () => {
    const f = (x: Tensor) => x.exp().prod().add(x.square().sum().sin());
    const v = tensor([1, -2, 0.5], float64);
    const expected = hessian(f)(x3).matmul(v);
    expect(allClose(hvp(f)(x3, v), expected, close)).toBe(true);
    expect(allClose(compile(hvp(f))(x3, v), expected, close)).toBe(true);
    expect(hvp(cube)(2, 10).item()).toBe(120);
    expect(hvp((x) => x.sum())(x3, v).toArray()).toEqual([0, 0, 0]);
    expect(hvp((_x) => tensor(1))(x3, v).toArray()).toEqual([0, 0, 0]);
  });

  test("takes trees, Variables in them, and other arguments", () => {
    const line = ({ a, b }: { a: Tensor; b: Tensor }, x: Tensor) => a.mul(x).add(b).square().sum();
    const x = tensor([1, 2], float64);
    const { a, b } = hvp(line)({ a: 1, b: 2 }, { a: 1, b: 10 }, x);
    expect([a.item(), b.item()]).toEqual([2 * 5 + 2 * 3 * 10, 2 * 3 + 4 * 10]);

    const w = new Variable(tensor([1, 2]));
    const loss = ({ w }: { w: Variable }, x: Tensor) => cube(w.value).mul(x).sum();
    expect(hvp(loss)({ w }, { w: tensor([1, 10]) }, 2).w.toArray()).toEqual([12, 240]);
    const classes = tensor([1, 0], { dtype: "int32" });
    const picked = (x: Tensor, i: Tensor) => x.take(i).square().sum();
    expect(hvp(picked)(tensor([1, 2]), tensor([1, 1]), classes).toArray()).toEqual([2, 2]);
  });

  test("nests", () => {
    const v = tensor([1, 0, 2], float64);
    const third = grad((x) => hvp((y) => cube(y).sum())(x, v).sum())(x3);
    expect(third.toArray()).toEqual([6, 0, 12]);
    const each = vectorize((v: Tensor) => hvp((y) => y.prod())(x3, v))(jacobian((x) => x)(x3));
    expectSameBits(each, hessian((y) => y.prod())(x3));
  });

  test("refuses what does not fit", () => {
    const f = (x: Tensor, y: Tensor) => x.mul(y).sum();
    const short = hvp(f) as (...inputs: unknown[]) => Tensor;
    expect(() => short(x3, x3)).toThrow("hvp: expected x and v, and 1 more for the function f");
    expect(() => short(x3, x3, x3, x3)).toThrow(
      "hvp of the function f: expected at most 2 arguments, got 3",
    );
    expect(() => hvp(cube)(x3, tensor([1]))).toThrow(ShapeError);
    expect(() => hvp(cube)(x3, tensor([1, 2, 3]))).toThrow(
      "hvp: v: expected the input's dtype float64, got float32",
    );
    const tree = hvp(([a]: [Tensor]) => a.sum()) as (...inputs: unknown[]) => unknown;
    expect(() => tree([x3], x3)).toThrow("hvp: v: expected a tangent for each leaf");
    expect(() => hvp((x) => x.mul(2))(x3, x3)).toThrow("hvp: result: expected a scalar");
  });
});

describe("linearize", () => {
  test("runs the function once for all directions", () => {
    let calls = 0;
    const fn = (x: Tensor, y: Tensor) => {
      calls++;
      return { product: x.mul(y), sum: x.sum(), constant: tensor([1, 2]) };
    };
    const { value, pushforward } = linearize(fn)(tensor([1, 2]), tensor([3, 4]));
    expect([value.product.toArray(), value.sum.item()]).toEqual([[3, 8], 3]);
    for (const [dx, dy] of [
      [1, 0],
      [0, 1],
      [2, 3],
    ] as const) {
      const tangent = pushforward(tensor([dx, dx]), tensor([dy, dy]));
      expect(tangent.product.toArray()).toEqual([3 * dx + dy, 4 * dx + 2 * dy]);
      expect(tangent.sum.item()).toBe(2 * dx);
      expect(tangent.constant.toArray()).toEqual([0, 0]);
    }
    expect(calls).toBe(1);
  });

  test("takes trees and the arguments of argnums", () => {
    const fn = ({ w }: { w: Tensor }, i: Tensor) => [w.take(i), i];
    const index = tensor([1, 1], { dtype: "int32" });
    const { pushforward } = linearize(fn, { argnums: [0] })({ w: tensor([5, 6]) }, index);
    expect(pushforward({ w: tensor([1, 2]) }).map((t) => t.toArray())).toEqual([
      [2, 2],
      [0, 0],
    ]);
    expect(pushforward({ w: tensor([1, 2]) })[1]?.dtype).toBe("int32");
  });

  test("nests: its map may be batched, compiled and differentiated", () => {
    const { pushforward } = linearize(cube)(x3);
    expectSameBits(vectorize(pushforward)(jacobian((x) => x)(x3)), jacobian(cube)(x3));
    expectSameBits(compile(pushforward)(x3), pushforward(x3));
    const slope = (x: Tensor) =>
      linearize(cube)(x)
        .pushforward(tensor([1, 1, 1], float64))
        .sum();
    expect(grad(slope)(x3).toArray()).toEqual([6, 12, 18]);
    expect(compile(grad(slope))(x3).toArray()).toEqual([6, 12, 18]);
    const twice = compile((x: Tensor, v: Tensor) => {
      const { pushforward: push } = linearize(cube)(x);
      return push(push(v));
    });
    expect(twice(x3, tensor([1, 1, 1], float64)).toArray()).toEqual([9, 144, 729]);
  });

  test("keeps Variables as they were", () => {
    const w = new Variable(tensor(3));
    const { pushforward } = linearize((x) => x.mul(w.value))(2);
    w.assign(tensor(100));
    expect(pushforward(1).item()).toBe(3);
    const { pushforward: ofVariable } = linearize((v: Variable) => v.value.square())(w);
    expect(ofVariable(1).item()).toBe(200);
  });

  test("refuses what does not fit", () => {
    const { pushforward } = linearize((x, y) => x.mul(y))(x3, 2);
    const any = pushforward as (...inputs: unknown[]) => unknown;
    expect(() => any(x3)).toThrow(
      "the pushforward of linearize: tangents[1]: expected a tangent for each leaf of the inputs, got nothing",
    );
    expect(() => any(x3, 1, 2)).toThrow(
      "the pushforward of linearize: expected at most 2 arguments",
    );
    expect(() => pushforward(tensor([1]), 1)).toThrow(
      "the pushforward of linearize: tangents[0]: expected a tangent of the input's shape [3], got [1]",
    );
    expect(() => linearize((x) => x)(tensor(1, { dtype: "int32" }))).toThrow(DTypeError);
    const call = linearize((x) => x) as () => unknown;
    expect(call).toThrow("linearize: expected arguments");
  });
});

test("a training step of second order compiles: Newton's method with hvp's and hessian's values", () => {
  const f = (x: Tensor) => x.sub(3).square().square().add(x.square());
  const newton = compile((x: Tensor) => x.sub(grad(f)(x).div(hessian(f)(x))));
  let x = tensor(0, float64);
  for (let i = 0; i < 20; i++) x = newton(x);
  expect(Math.abs(valueAndGrad(f)(x).gradient.item())).toBeLessThan(1e-12);
});
