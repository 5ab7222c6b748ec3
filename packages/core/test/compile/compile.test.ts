import { describe, expect, test } from "vitest";
import {
  compile,
  grad,
  graphOf,
  jvp,
  mul,
  ones,
  stopGradient,
  type Tensor,
  tensor,
  Variable,
  valueAndGrad,
  vectorize,
  vjp,
  zeros,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";

const cube = (x: Tensor) => x.mul(x).mul(x);

/** Returns a function that counts its calls. */
function counted<Inputs extends unknown[], Result>(fn: (...inputs: Inputs) => Result) {
  const counter = { runs: 0 };
  const wrapped = (...inputs: Inputs) => {
    counter.runs++;
    return fn(...inputs);
  };
  return [wrapped, counter] as const;
}

describe("compile", () => {
  test("runs the function once for each combination of shapes and dtypes", () => {
    const [fn, counter] = counted((x: Tensor) => x.mul(2).sum());
    const compiled = compile(fn);
    expect(compiled(tensor([1, 2])).item()).toBe(6);
    expect(compiled(tensor([3, 4])).item()).toBe(14);
    expect(counter.runs).toBe(1);
    expect(compiled(tensor([1, 2, 3])).item()).toBe(12);
    expect(compiled(tensor([1, 2], { dtype: "float64" })).dtype).toBe("float64");
    expect(counter.runs).toBe(3);
    expect(compiled(tensor([5, 5])).item()).toBe(20);
    expect(counter.runs).toBe(3);
  });

  test("keeps the 256 programs that were used last", () => {
    const [fn, counter] = counted((x: Tensor) => x.mul(2));
    const double = compile(fn);
    const call = (length: number) => expect(double(zeros([length])).size).toBe(length);
    for (let length = 1; length <= 256; length++) call(length);
    for (const length of [1, 2, 1, 256]) call(length);
    expect(counter.runs).toBe(256);
    // The program for the new length replaces the program for length 3.
    call(257);
    for (const length of [1, 2, 4, 256, 257]) call(length);
    expect(counter.runs).toBe(257);
    call(3);
    expect(counter.runs).toBe(258);
  });

  test("leaves results alone when their program goes", () => {
    const increment = compile((x: Tensor) => x.add(1));
    // The result is large enough to stay in the program's memory.
    const result = increment(ones([2000]));
    for (let length = 1; length <= 256; length++) increment(zeros([length]));
    expectSameBits(result, ones([2000]).add(1));
    expectSameBits(increment(result), ones([2000]).add(2));
  });

  test("takes a number as a value that may change", () => {
    const [fn, counter] = counted((x: Tensor, rate: Tensor) => x.mul(rate));
    const scaled = compile(fn);
    expect(scaled(tensor([1, 2]), 0.5).toArray()).toEqual([0.5, 1]);
    expect(scaled(tensor([1, 2]), 10).toArray()).toEqual([10, 20]);
    expect(scaled(tensor([1, 2]), 10).dtype).toBe("float32");
    expect(counter.runs).toBe(1);
  });

  test("compiles again for other static arguments, strings and booleans", () => {
    const [fn, counter] = counted((x: Tensor, power: number, mode: string) => {
      let y = x;
      for (let i = 1; i < power; i++) y = y.mul(x);
      return mode === "sum" ? y.sum() : y;
    });
    const powers = compile(fn, { static: [1] });
    expect(powers(tensor([2, 3]), 3, "sum").item()).toBe(35);
    expect(powers(tensor([2, 3]), 2, "sum").item()).toBe(13);
    expect(powers(tensor([2, 3]), 2, "all").toArray()).toEqual([4, 9]);
    expect(powers(tensor([1, 1]), 2, "all").toArray()).toEqual([1, 1]);
    expect(counter.runs).toBe(3);
  });

  test("takes and returns trees", () => {
    const fn = compile(({ a, b }: { a: Tensor; b: { c: Tensor }[] }) => ({
      sum: a.add(b[0]?.c ?? 0),
      all: [a.mul(2), 7],
      label: "ready",
    }));
    const { sum, all, label } = fn({ a: 1, b: [{ c: tensor([1, 2]) }] });
    expect([sum.toArray(), all.map((x) => x.item()), label]).toEqual([[2, 3], [2, 7], "ready"]);
  });

  test("refuses what is no tree, also after a call that it resembles", () => {
    const fn = compile((parts: { a?: Tensor }) => parts.a?.mul(2) ?? ones([1]));
    expect(fn({}).item()).toBe(1);
    expect(fn({ a: 3 }).item()).toBe(6);
    for (const other of [new Map(), Object.assign(new Map(), { a: 3 })]) {
      expect(() => fn(other as { a?: Tensor })).toThrow("argument 0: expected tensors");
    }
  });

  test("fixes what the function captures at the first call", () => {
    let factor = 2;
    const scaled = compile((x: Tensor) => x.mul(factor));
    expect(scaled(3).item()).toBe(6);
    factor = 100;
    expect(scaled(3).item()).toBe(6);
  });

  test("keeps results from later calls", () => {
    const next = compile((x: Tensor) => x.mul(2));
    const first = next(tensor([1, 2]));
    next(tensor([10, 20]));
    expect(first.toArray()).toEqual([2, 4]);
  });

  test("works inside and outside of every transformation", () => {
    const x = tensor(2, { dtype: "float64" });
    const compiled = compile(cube);
    expect(grad(compiled)(x).item()).toBe(12);
    expect(grad(grad(compiled))(x).item()).toBe(12);
    expect(compile(grad(grad(cube)))(x).item()).toBe(12);
    expect(compile(grad(compile(grad(compiled))))(x).item()).toBe(12);
    expect(jvp(compiled)([x], [tensor(1, { dtype: "float64" })]).tangent.item()).toBe(12);
    const batch = tensor([1, 2, 3]);
    expect(vectorize(grad(compiled))(batch).toArray()).toEqual([3, 12, 27]);
    expect(compile(vectorize(grad(compiled)))(batch).toArray()).toEqual([3, 12, 27]);
    expect(compile((y: Tensor) => compiled(y).add(compiled(y.mul(2))))(x).item()).toBe(72);
  });

  test("does what stopGradient says also when it is replayed", () => {
    const compiled = compile((x: Tensor) => x.mul(stopGradient(x)));
    expect(grad(compiled)(3).item()).toBe(3);
  });
});

describe("a mistake inside a compiled function", () => {
  test("names the line of the function that it is in, and what to write instead", () => {
    const clipped = compile((x: Tensor) => {
      const y = x.mul(2);
      return y.item() > 1 ? y : x;
    });
    expect(() => clipped(tensor([1]))).toThrow(
      /^item: .* Use where\(…\) .* outside\. \[compile\.test\.ts:\d+:\d+\]$/,
    );
  });

  test("is named once, also from functions inside", () => {
    const inner = compile((x: Tensor) => x.add(tensor([1, 2, 3])));
    const outer = compile((x: Tensor) => inner(x.mul(2)));
    let message = "";
    try {
      outer(tensor([1, 2]));
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/^ShapeError: add: .*\.ts:\d+:\d+\]$/);
    expect(message.match(/\.ts:/g)).toHaveLength(1);
  });

  test("of another kind stays as it is", () => {
    expect(() =>
      compile(() => {
        throw new TypeError("mine");
      })(),
    ).toThrow(/^mine$/);
  });
});

describe("Variables in compiled functions", () => {
  test("are read and assigned on every call", () => {
    const count = new Variable(tensor(0));
    const next = compile(() => {
      count.assign(count.value.add(1));
      return count.value.mul(10);
    });
    expect([next().item(), next().item(), count.value.item()]).toEqual([10, 20, 2]);
    count.assign(tensor(5));
    expect(next().item()).toBe(60);
  });

  test("can be swapped in one step", () => {
    const a = new Variable(tensor([1, 2]));
    const b = new Variable(tensor([3, 4]));
    const swap = compile(() => {
      const before = a.value;
      a.assign(b.value);
      b.assign(before);
      return before;
    });
    expect(swap().toArray()).toEqual([1, 2]);
    expect([a.value.toArray(), b.value.toArray()]).toEqual([
      [3, 4],
      [1, 2],
    ]);
    swap();
    expect(a.value.toArray()).toEqual([1, 2]);
  });

  test("give their old value when it is returned beside an assignment", () => {
    const w = new Variable(tensor([1, 2]));
    const step = compile(() => {
      const old = w.value;
      w.assign(old.mul(2));
      return { old, next: w.value };
    });
    const kept = w.value;
    const { old, next } = step();
    step();
    expect([kept.toArray(), old.toArray(), next.toArray()]).toEqual([
      [1, 2],
      [1, 2],
      [2, 4],
    ]);
  });

  test("may take one tensor between them, or a constant, or an argument", () => {
    const a = new Variable(tensor([0, 0]));
    const b = new Variable(tensor([0, 0]));
    compile((x: Tensor) => {
      const doubled = x.mul(2);
      a.assign(doubled);
      b.assign(doubled);
      return x;
    })(tensor([1, 2]));
    expect([a.value.toArray(), b.value.toArray()]).toEqual([
      [2, 4],
      [2, 4],
    ]);
    compile((x: Tensor) => {
      a.assign(zeros([2]));
      b.assign(x);
      return x;
    })(tensor([7, 8]));
    expect([a.value.toArray(), b.value.toArray()]).toEqual([
      [0, 0],
      [7, 8],
    ]);
  });

  test("never have a value written over that somebody may still read", () => {
    const a = new Variable(tensor([1, 2]));
    const b = new Variable(tensor([0, 0]));
    const double = compile(() => {
      a.assign(a.value.mul(2));
      return a.value;
    });
    const copy = compile(() => {
      b.assign(a.value);
      return b.value;
    });
    double(); // a is [2, 4], in an array of the program's own
    copy(); // b holds the very same tensor
    double();
    double();
    expect([a.value.toArray(), b.value.toArray()]).toEqual([
      [8, 16],
      [2, 4],
    ]);
    const seen = a.value;
    const { pullback } = vjp((x: Tensor) => x.mul(a.value))(tensor([1, 1]));
    double();
    double();
    double();
    expect([seen.toArray(), pullback(tensor([1, 1]))[0]?.toArray()]).toEqual([
      [8, 16],
      [8, 16],
    ]);
    // Assignments inside a recording take effect when the recording ends, unless it throws.
    expect(() =>
      grad((x) => {
        double();
        if (a.value.data()[0] === 128) throw new Error("stop");
        return x;
      })(1),
    ).toThrow("stop");
    expect(a.value.toArray()).toEqual([64, 128]);
    double();
    expect(a.value.toArray()).toEqual([128, 256]);
  });

  test("may be among the arguments: another Variable is another program", () => {
    const double = compile((v: Variable) => {
      v.assign(v.value.mul(2));
      return v.value;
    });
    const a = new Variable(tensor(1));
    const b = new Variable(tensor(10));
    expect([double(a).item(), double(b).item(), double(a).item()]).toEqual([2, 20, 4]);
  });

  test("that the function itself makes are made anew in every call", () => {
    const steps = compile((x: Tensor) => {
      const sum = new Variable(x.mul(2));
      for (let i = 0; i < 3; i++) sum.assign(sum.value.add(x));
      return sum.value;
    });
    expect([steps(1).item(), steps(2).item(), grad(steps)(1).item()]).toEqual([5, 10, 5]);
    let kept: Variable | undefined;
    compile((x: Tensor) => {
      kept = new Variable(x);
      return x;
    })(1);
    expect(() => kept?.value.add(1)).toThrow("escaped from compile");
  });

  test("are differentiated through a compiled function, and keep what it assigned", () => {
    const w = new Variable(tensor(3));
    const forward = compile((x: Tensor) => {
      w.assign(w.value.add(1));
      return w.value.mul(x);
    });
    const { gradient } = valueAndGrad((x: Tensor) => forward(x), { variables: w, argnums: 0 })(2);
    expect([gradient.arguments.item(), gradient.variables.item()]).toEqual([4, 2]);
    expect(w.value.item()).toBe(4);
  });
});

describe("a program", () => {
  test("drops what is not needed, shares what is equal, folds constants", () => {
    const program = compile((x: Tensor) => {
      x.exp(); // nothing needs it
      const a = x.mul(2).add(1);
      const b = x.mul(2).add(1); // the same again
      const three = ones([]).add(2);
      return a.mul(b).mul(three).mul(1).neg().neg();
    }).program(tensor([1, 2]));
    expect(program.describe()).toMatchInlineSnapshot(`
      "  %0 = argument 0: float32[2]
        %1 = constant 2.0: float32[]
        %2 = mul %0 %1: float32[2]
        %3 = constant 1.0: float32[]
        %4 = add %2 %3: float32[2]
        %5 = constant 3.0: float32[]
        %6 = mul %4 %4: float32[2]
        %7 = mul %6 %5: float32[2]
        return %7

      1 call of 8 flops in 64 bytes, values at their locations:
        %7@0 <- loop over [2]: mul add mul mul (%0@0)"
    `);
  });

  test("opens composites into the ops that they are written in", () => {
    const ops = graphOf(compile((x: Tensor) => x.sigmoid()).program(1))
      .nodes.map(({ op }) => op?.name)
      .filter((name) => name !== undefined);
    expect(ops).toEqual(["neg", "exp", "add", "div"]);
  });

  test("that runs in JavaScript says so", () => {
    const { program } = compile((x: Tensor) => x.exp().sum(), { backend: "js" });
    expect(program(tensor([1, 2])).describe()).toMatch(
      /return %2\n\n2 ops of 4 flops, one by one$/,
    );
  });

  test("can be drawn, and nothing else can as a program", () => {
    expect(graphOf(compile(mul).program(2, 3)).text()).toContain("(×)");
    expect(() => graphOf(compile(mul) as never)).toThrow(
      /^graphOf: program: expected a program, as step.program\(…arguments\) gives it, got/,
    );
  });
});
