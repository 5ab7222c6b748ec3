/**
 * Derivatives with comparisons are tested for both outcomes. For each comparison in the gradient of an elementwise op,
 * the inputs of the generated tests make it true for some, and false for others.
 */

import { expect, test } from "vitest";
import { apply } from "../../src/graph/apply.ts";
import { lower } from "../../src/graph/lower.ts";
import type { Op } from "../../src/graph/op.ts";
import { record } from "../../src/graph/recording.ts";
import { nodeAt, type Trace } from "../../src/graph/trace.ts";
import { TraceRecording } from "../../src/graph/tracing.ts";
import type { Attributes } from "../../src/graph/types.ts";
import { grad, type Tensor } from "../../src/index.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import { at } from "../../src/tensor/shape.ts";
import { applied, choicesOf, samples } from "../support/opChecks.ts";
import { sampled, sampleTests, WHOLE } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(6);

/**
 * Comparisons for which the tests have only one outcome, with the reasons. Finite differences never test equality with
 * a number.
 */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  erfInv: { "less neg 5": "in values alone, which test/ops/accuracy.test.ts compares" },
  xLogY: { "lessEqual argument 0": "only where x is 0: a point of the convention" },
  ...Object.fromEntries(
    ["gammaSlope", "gammaP", "gammaQ", "gammaPInverse", "gammaQInverse"].map((name) => [
      name,
      {
        "less where 0": "of digamma, for numbers above 0",
        "less where 8": "of digamma, whose own tests see both sides",
      },
    ]),
  ),
  ...Object.fromEntries(
    ["betaI", "betaIComplement", "betaIInverse", "betaIComplementInverse"].map((name) => [
      name,
      {
        "less argument 0": "of digamma, for numbers above 0",
        "less where 8": "of digamma, whose tests see both sides",
        "less add 0": "of digamma, for numbers above 0",
        "greaterEqual where 10": "of logBeta, whose tests see both sides",
        "greater where 0": "of logBeta, for numbers above 0",
      },
    ]),
  ),
};

/**
 * The size of constants above which comparisons are ignored: test/golden/slopes.test.ts tests large numbers, for which
 * finite differences are too inaccurate.
 */
const FAR = 30;

/** Returns the gradient of an op as a trace of primitive ops. */
function gradientOf(op: Op, inputs: readonly Tensor[], attributes: Attributes): Trace {
  const argnums = inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []));
  const total = (...given: Tensor[]) => at(applied(op, given, attributes), 0).sum();
  const gradients = grad(total, { argnums });
  const trace = record(new TraceRecording(), (recording) => {
    const stand = inputs.map((input) => recording.argument(input));
    return recording.trace([...gradients(...stand)]);
  });
  return lower(trace);
}

/** Adds the outcomes of a trace's comparisons to the known ones. */
function addOutcomes(
  trace: Trace,
  inputs: readonly Tensor[],
  outcomes: Map<string, Set<unknown>>,
): void {
  const rest = [...inputs];
  const values: Tensor[] = [];
  for (const node of trace.nodes) {
    if (node.kind === "constant") values.push(node.tensor);
    else if (node.kind === "operation") {
      const value = apply(
        node.op,
        node.inputs.map((id) => at(values, id)),
        node.attributes,
      );
      values.push(value);
      if (!/^(less|greater)/.test(node.op.name)) continue;
      const operands = node.inputs.map((id) => {
        const operand = nodeAt(trace.nodes, id);
        if (operand.kind === "constant") return String(operand.tensor.data()[0]);
        return operand.kind === "operation" ? operand.op.name : operand.kind;
      });
      if (operands.some((each) => Math.abs(Number(each)) > FAR)) continue;
      const title = [node.op.name, ...operands].join(" ");
      const known = outcomes.get(title) ?? new Set();
      for (const each of value.data()) known.add(each);
      outcomes.set(title, known);
    } else values.push(rest.shift() as Tensor);
  }
}

const smooth = registeredOps().filter(({ family, derivative, name }) => {
  return (
    family === "elementwise" && derivative?.kind !== "none" && !/^cast to (int32|bool)/.test(name)
  );
});

test("some comparisons are found", () => {
  const counts = sampled(smooth, 6).map((op) => outcomesOf(op).size);
  expect(counts.filter((count) => count > 0).length).toBeGreaterThan(WHOLE ? 25 : 3);
});

function outcomesOf(op: Op): Map<string, Set<unknown>> {
  const outcomes = new Map<string, Set<unknown>>();
  for (const example of op.examples.cases) {
    for (const choices of choicesOf(op, example.shapes.length)) {
      const { inputs, attributes } = samples(op, example, "float64", 0, choices);
      addOutcomes(gradientOf(op, inputs, attributes), inputs, outcomes);
    }
  }
  return outcomes;
}

test.each(smooth.map((op) => [op.name, op] as const))("all choices of %s are tried", (name, op) => {
  const exceptions = EXCEPTIONS[name] ?? {};
  const single = [...outcomesOf(op)].filter(([, known]) => known.size === 1);
  expect(single.map(([title]) => title)).toEqual(Object.keys(exceptions));
});
