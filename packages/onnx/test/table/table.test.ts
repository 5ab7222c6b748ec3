/**
 * Every op with its gradient is exported, run by onnxruntime and compared with ours. OPS.md shows how far the results
 * agree (`npx vitest run --mode whole test/table -u` updates it). `npm test` runs a sample of the ops.
 */

import { readFileSync } from "node:fs";
import { registeredOps, type Tensor } from "@graddiff/core";
import type { PrimitiveName } from "@graddiff/core/internal";
import { expect, test } from "vitest";
import { applied, samples } from "../../../core/test/support/opChecks.ts";
import { sampled, WHOLE } from "../../../core/test/support/sampling.ts";
import { exportOnnx, type OnnxModel } from "../../src/index.ts";
import { rowOf } from "../../src/ops/table.ts";
import type { Row } from "../../src/ops/writer.ts";
import { listOf } from "../support/listOf.ts";
import { differenceOf, run } from "../support/runtime.ts";
import { allCases, type Case } from "./cases.ts";
import { otherwise, shown } from "./otherwise.ts";
import { stateOf } from "./states.ts";

/** The states of an op's values and gradients, by dtype. */
class Agreement {
  readonly values = new Map<string, Set<string>>();
  readonly gradients = new Map<string, Set<string>>();

  readonly #op: string;

  constructor(op: string) {
    this.#op = op;
  }

  add(kind: "values" | "gradients", { dtype }: Tensor, difference: number): void {
    const state = stateOf(this.#op, dtype, difference) ?? `differs by ${difference}`;
    const known = this[kind].get(dtype);
    if (known === undefined) this[kind].set(dtype, new Set([state]));
    else known.add(state);
  }
}

/** The first numbers in Debian's onnxruntime, by the title of the case. */
const debian = JSON.parse(
  readFileSync(new URL("debian.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;

const agreements = new Map<string, Agreement>();

async function compare(each: Case): Promise<void> {
  const expected = listOf(each.fn(...each.inputs));
  const got = await run(exportOnnx(each.fn, each.inputs), each.inputs);
  expect(got.length).toBe(expected.length);
  const agreement = agreements.get(each.op) ?? new Agreement(each.op);
  agreements.set(each.op, agreement);
  expected.forEach((own, i) => {
    const kind = i < each.values ? "values" : "gradients";
    agreement.add(kind, own, differenceOf(got[i] as Tensor, own));
  });
}

// The ops are sorted by name, since the order in which they are registered depends on imports.
const ops = registeredOps().toSorted((first, second) => (first.name < second.name ? -1 : 1));
const cases = allCases();

function isUnsupported(name: string): boolean {
  // A composite has no row if it is exported as the ops of its body.
  const row: Row | undefined = rowOf(name as PrimitiveName);
  return row?.unsupported === true;
}

/** Returns the export of an op at its first example. */
function exportedSample(name: string): OnnxModel {
  const op = ops.find((each) => each.name === name);
  const example = op?.examples.cases[0];
  if (op === undefined || example === undefined) throw new Error(`${name} has no examples`);
  const { inputs, attributes } = samples(op, example, "float32");
  const fn = (...given: Tensor[]) => [...applied(op, given, attributes)];
  return exportOnnx(fn, inputs);
}

/** Returns the op that ONNX cannot express: this one, or one that its body applies; undefined if ONNX expresses all. */
function refusedIn(name: string): string | undefined {
  if (isUnsupported(name)) return name;
  if (rowOf(name as PrimitiveName) !== undefined) return undefined;
  try {
    exportedSample(name);
  } catch (error) {
    const [, refused] = /an application of (\w+) that ONNX can say/.exec(String(error)) ?? [];
    if (refused !== undefined && isUnsupported(refused)) return refused;
  }
  return undefined;
}

const names = ops.map(({ name }) => name);

test.each(sampled(names, 8))("%s agrees with onnxruntime", async (name) => {
  const refused = refusedIn(name);
  if (refused !== undefined) {
    const said = `an application of ${refused} that ONNX can say`;
    return expect(() => exportedSample(name)).toThrow(said);
  }
  const own = cases.filter(({ op }) => op === name);
  expect(own.length).toBeGreaterThan(0);
  for (const each of sampled(own, 3)) await compare(each);
  const agreement = agreements.get(name);
  const states = [agreement?.values, agreement?.gradients].flatMap((kind) =>
    [...(kind?.values() ?? [])].flatMap((set) => [...set]),
  );
  expect(states.filter((state) => state.startsWith("differs"))).toEqual([]);
});

test.runIf(WHOLE)("OPS.md has the states of all ops", async () => {
  const rows = ops.map(({ name }) => {
    const agreement = agreements.get(name) ?? new Agreement(name);
    const cell = (dtype: string) => {
      const [values] = agreement.values.get(dtype) ?? [];
      const [gradient] = agreement.gradients.get(dtype) ?? [];
      if (values === undefined) return "";
      return gradient === undefined ? values : `${values}, gradient ${gradient}`;
    };
    return `| ${name} | ${["float64", "float32", "int32", "bool"].map(cell).join(" | ")} |`;
  });
  const unsupported = names.filter((name) => refusedIn(name) !== undefined);
  const others: string[] = [];
  for (const { title, dtype, fn, inputs } of otherwise) {
    const [own] = listOf(fn(...inputs)) as [Tensor];
    const [got] = (await run(exportOnnx(fn, inputs), inputs)) as [Tensor];
    const first = (tensor: Tensor) => tensor.data()[0] ?? Number.NaN;
    const ours = shown(dtype, first(own), 0);
    const web = shown(dtype, first(got), differenceOf(got, own));
    const python = debian[title] ?? "";
    if (web !== ours || python !== ours) others.push(`| ${title} | ${ours} | ${web} | ${python} |`);
  }
  const text = `# The ops in ONNX

Written by \`test/table/table.test.ts\`, which exports every op of \`@graddiff/core\` with its gradient, runs it
with onnxruntime, and compares the results with ours. Results of float64 agree to 1e-10, absolute or relative,
those of float32 to 1e-6, integers and truth values exactly. Those of transforms agree to 1e-5: onnxruntime's DFT has roots of unity
of float32. An empty cell means that the op has no results of
that dtype. Ops that ONNX has no operators for: ${unsupported.join(", ") || "none"}. \`npm run table -w @graddiff/onnx\` has Debian's onnxruntime 1.21 do the same
with its default options, and programs of several ops.

What differs all the same:

- onnxruntime's \`Where\` makes 0 of −0, so functions that tell one from the other after a choice do not
  (\`digamma\` at −0).
- Models have native operators, unless they are \`exact\`: MaxPool has other numbers for windows with NaN or with −∞ alone,
  and an index of 2³¹ − 1 is taken for 0.
- \`topK\` takes NaN and ∞ for equal, and gives the first one.
- Errors that are thrown here for a value (an index out of range, a seed that is none, a number that is not
  whole beside an int32) are errors of the runtime, in its words.

What onnxruntime computes otherwise, by its first number and, in brackets, the greatest difference of all, absolute
or relative:

| | graddiff | onnxruntime-web 1.30 | onnxruntime 1.21 |
|---|---|---|---|
${others.join("\n")}

How far ops agree:

| op | float64 | float32 | int32 | bool |
|---|---|---|---|---|
${rows.join("\n")}
`;
  await expect(text).toMatchFileSnapshot("../../OPS.md");
});
