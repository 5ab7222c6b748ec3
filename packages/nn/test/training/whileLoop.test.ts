/**
 * A whole training step with a recurrent network by `scan`, Adam and a condition is a single list of calls in linear
 * memory, with the bits of eager steps.
 */

import {
  compile,
  concat,
  cond,
  normal,
  scan,
  type Tensor,
  tensor,
  treeMap,
  Variable,
  valueAndGrad,
  zeros,
} from "@graddiff/core";
import { expect, test } from "vitest";
import { type Workspace, workspace } from "../../../core/src/run/wasm/memory/workspace.ts";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { Adam } from "../../src/index.ts";

const [INPUTS, SIZE, STEPS, BATCH] = [3, 5, 7, 4];

/**
 * Returns a GRU (Cho et al., 2014) with an output from its last state, an optimizer, and a step that clips gradients.
 */
function makeTraining() {
  const weight = (rows: number, columns: number, seed: number) =>
    new Variable(normal([rows, columns], { seed }).mul(0.3));
  const model = {
    reset: weight(INPUTS + SIZE, SIZE, 1),
    update: weight(INPUTS + SIZE, SIZE, 2),
    candidate: weight(INPUTS + SIZE, SIZE, 3),
    readOut: weight(SIZE, 1, 4),
  };
  const shortened = new Variable(zeros([], { dtype: "int32" }));
  const optimizer = new Adam(model, { learningRate: 0.05 });
  const cell = (h: Tensor, x: Tensor): [Tensor, Tensor] => {
    const both = concat([x, h], 1);
    const r = both.matmul(model.reset.value).sigmoid();
    const z = both.matmul(model.update.value).sigmoid();
    const own = concat([x, r.mul(h)], 1)
      .matmul(model.candidate.value)
      .tanh();
    const next = h.add(z.mul(own.sub(h)));
    return [next, next];
  };
  const loss = (xs: Tensor, targets: Tensor) => {
    const [last, states] = scan(cell, zeros([BATCH, SIZE]), xs);
    const error = last.matmul(model.readOut.value).sub(targets);
    return error.square().mean().add(states.square().mean().mul(0.001));
  };
  const step = (xs: Tensor, targets: Tensor) => {
    const { value, gradient } = valueAndGrad(loss, { variables: model })(xs, targets);
    const norm = Object.values(gradient)
      .map((own) => own.square().sum())
      .reduce((sum, own) => sum.add(own))
      .sqrt();
    const scale = cond(
      norm.greater(0.1),
      () => {
        shortened.assign(shortened.value.add(1));
        return tensor(0.1).div(norm);
      },
      () => norm.mul(0).add(1),
    );
    optimizer.step(treeMap((own: Tensor) => own.mul(scale), gradient));
    return value;
  };
  return { step, variables: { ...model, shortened } };
}

test("a step with a GRU, Adam and a condition is one list of calls, with the bits of eager steps", () => {
  const [eager, compiled] = [makeTraining(), makeTraining()];
  const step = compile(compiled.step);
  for (let i = 0; i < 6; i++) {
    const xs = normal([STEPS, BATCH, INPUTS], { seed: 10 + i });
    const targets = xs.sum([0, 2]).reshape([BATCH, 1]).tanh();
    expectSameBits(step(xs, targets), eager.step(xs, targets));
  }
  for (const [name, variable] of Object.entries(eager.variables)) {
    const own = compiled.variables[name as keyof typeof compiled.variables];
    expectSameBits(own.value, variable.value);
  }
  expect(compiled.variables.shortened.value.item()).toBeGreaterThan(0);

  const text = step.program(zeros([STEPS, BATCH, INPUTS]), zeros([BATCH, 1])).describe();
  expect(text).not.toContain("one by one");
  // The called functions are kernels, loops and bodies.
  const kernels = Object.keys((workspace() as Workspace).host.exports);
  const called = [...text.matchAll(/<- (\w+)/g)].map(([, name]) => name as string);
  const others = new Set(called.filter((name) => !kernels.includes(name)));
  expect(others).toEqual(new Set(["loop", "scan", "cond"]));
});
