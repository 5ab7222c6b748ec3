/**
 * Programs of large values take little memory, if some order of their calls does.
 */

import { expect, test } from "vitest";
import { compile, normal, softmax, type Tensor } from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";

test("what does not touch is computed one after the other, and in loops of its own", () => {
  const x = normal([1024, 1024], { seed: 1 });
  const bytes = 4 * x.size;
  const thin = normal([1024, 2], { seed: 2 });
  // Each of twenty chains has one or two large arrays, and ends in a small one.
  const chain = (own: Tensor, i: number) =>
    softmax(own.mul(i / 20))
      .transpose()
      .matmul(thin)
      .sin();
  const fn = (own: Tensor) => {
    const [first = own, ...others] = Array.from({ length: 20 }, (_, i) => chain(own, i + 1));
    return others.reduce((sum, each) => sum.add(each), first);
  };
  const compiled = compile(fn);
  const [, scratch = ""] = /flops in ([\d,]+) bytes/.exec(compiled.program(x).describe()) ?? [];
  expect(Number(scratch.replaceAll(",", ""))).toBeLessThan(5 * bytes);
  expectSameBits(compiled(x), fn(x));
});
