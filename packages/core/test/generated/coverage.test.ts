/**
 * Writes OPS.md from the table of ops, and fails when it is no longer true (`npx vitest run -u`
 * writes it again).
 */

import { expect, test } from "vitest";
import { fuse } from "../../src/compile/fuse.ts";
import { CompileRecording } from "../../src/compile/record.ts";
import { lower } from "../../src/compile/replay.ts";
import type { Trace } from "../../src/compile/trace.ts";
import { apply } from "../../src/graph/apply.ts";
import type { Op } from "../../src/graph/op.ts";
import { NO_ATTRIBUTES } from "../../src/graph/op.ts";
import { record } from "../../src/graph/recording.ts";
import { registeredOps, type Tensor } from "../../src/index.ts";
import { ACCELERATED, isReduction } from "../../src/run/wasm/kernels.ts";
import { sample } from "../support/opChecks.ts";

const DERIVATIVES = {
  partials: "partial derivatives",
  linear: "linear: its adjoint",
  multilinear: "linear in each input: its adjoints",
  rule: "a rule",
  none: "none",
};

function derivativeOf({ derivative }: Op): string {
  if (derivative === undefined) return "that of its body";
  const text = DERIVATIVES[derivative.kind];
  return derivative.kind === "none" ? `${text}: ${derivative.why}` : text;
}

/** Kinds that have a kernel in compiled functions only. */
const INDEXING: readonly string[] = ["gather", "scatterAdd"];

/** Whether there is a kernel for the whole op. */
function hasKernel({ name, kernel }: Op): boolean {
  return kernel.kind === "contraction" || kernel.kind === "uniform" || isReduction(name);
}

/** An op as it stands in a compiled function of float32 tensors, `prepare` ahead of it. */
function traceOf(op: Op, prepare: (input: Tensor) => Tensor = (input) => input): Trace {
  const [first] = op.examples.cases;
  const inputs = (first?.shapes ?? []).map((shape, i) => sample(op, i, shape, "float32"));
  const trace = record(new CompileRecording({ opensComposites: false }), (recording) => {
    const stand = inputs.map((input, i) => prepare(recording.argument(input, i)));
    return recording.trace([apply(op, stand, first?.attributes ?? NO_ATTRIBUTES)]);
  });
  return lower(trace);
}

/** Whether a loop that computes the op's input computes the op as well. */
function endsLoops(op: Op): boolean {
  if (op.kernel.kind !== "reduction") return false;
  const example = op.examples.cases.find(({ shapes }) => shapes[0]?.length === 1);
  const one: Op = { ...op, examples: { ...op.examples, cases: example ? [example] : [] } };
  return fuse(traceOf(one, (input) => input.neg())).length === 1;
}

/** How an op runs inside a compiled function of float32 tensors. */
function compiledAs(op: Op): string {
  const lowered = traceOf(op);
  const ways = fuse(lowered).map((unit) => {
    if (unit.kind === "group" || unit.copies) return "fused loop";
    const node = lowered.nodes[unit.id];
    if (node?.kind !== "operation") return "";
    const { kind } = node.op.kernel;
    if (kind === "reshape") return "nothing to do";
    return hasKernel(node.op) || INDEXING.includes(kind) ? "kernel" : "JavaScript";
  });
  const suffix = endsLoops(op) ? ", or at the end of its input's loop" : "";
  return [...new Set(ways)].join(", ") + suffix;
}

test("OPS.md lists every op as it is", async () => {
  const rows = registeredOps().map((op) => {
    const eager =
      ACCELERATED.includes(op.name) || hasKernel(op)
        ? "kernel"
        : op.kernel.kind === "composite"
          ? "its body"
          : "JavaScript";
    const cells = [op.name, op.family, op.formula, derivativeOf(op), eager, compiledAs(op)];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  const text = [
    "# The ops",
    "",
    "Written by `test/generated/coverage.test.ts` from the table of ops. *Eager* and *compiled* say how",
    "an op runs on large float batches: in a kernel ahead of time, in a loop that is emitted for the",
    "program, or in JavaScript on the same memory.",
    "",
    "| op | family | formula | derivative | eager | compiled |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
  await expect(text).toMatchFileSnapshot("../../OPS.md");
});
