/**
 * Drawings of a program: functions, so that programs that are not drawn have no drawings in their bundles.
 */

import { argumentError, refuseSurplus } from "../arguments.ts";
import { Graph } from "../draw/graph.ts";
import { type Box, drawBoxes, writeBytes } from "../draw/memory.ts";
import type { WideSvgOptions } from "../draw/wide.ts";
import type { PlacedValue } from "./memory.ts";
import { Program } from "./program.ts";

function checkProgram(op: string, program: unknown): asserts program is Program {
  if (!(program instanceof Program)) {
    throw argumentError(op, "program", "a program, as step.program(…arguments) gives it", program);
  }
}

/**
 * Returns the computation of a program as a graph of primitive ops, without values; its result is the function's first.
 * It is the same for every backend.
 *
 * @throws ArgumentError for what is no program.
 * @example
 * ```ts
 * import { compile, graphOf, type Tensor, zeros } from "@graddiff/core";
 *
 * const double = compile((x: Tensor) => x.mul(2).exp());
 * const graph = graphOf(double.program(zeros([3])));
 * console.log(graph.nodes.flatMap(({ op }) => op?.name ?? []).join(" ")); // mul exp
 * ```
 */
export function graphOf(program: Program): Graph {
  refuseSurplus("graphOf", 1, arguments);
  checkProgram("graphOf", program);
  const trace = program.primitive();
  const { outputs, assignments } = trace;
  return new Graph(trace, outputs[0] ?? assignments[0]?.id ?? 0);
}

/**
 * Returns the memory of a program (`program.memory()`) as an SVG picture: steps from left to right, addresses upwards,
 * a box for each value.
 *
 * @param options `title`, `theme` ("light" or "dark", default "light"), and `width` in the units of its texts, whose height
 *   is 13 (at least 260, default 720).
 * @throws ArgumentError for what is no program, and where its ops run one by one.
 * @example
 * ```ts
 * import { compile, drawMemory, type Tensor, uniform } from "@graddiff/core";
 *
 * const f = compile((x: Tensor) => x.matmul(x.transpose()).tanh().sum(0));
 * const svg = drawMemory(f.program(uniform([64, 256], { seed: 1 })), { theme: "dark" });
 * console.log(svg.startsWith("<svg")); // true
 * ```
 */
export function drawMemory(program: Program, options?: WideSvgOptions): string {
  refuseSurplus("drawMemory", 2, arguments);
  checkProgram("drawMemory", program);
  const { values, steps, scratchBytes, persistentBytes, variableBytes } = program.memory();
  const boxesOf = (wanted: PlacedValue["region"]) =>
    values.flatMap(({ id, what, offset, bytes, from, to, region }): Box[] =>
      region === wanted
        ? [{ name: `%${id}`, what, offset, bytes, from, to, isInput: from < 0 }]
        : [],
    );
  const regions = [
    {
      title: `Scratch memory, ${writeBytes(scratchBytes)}`,
      bytes: scratchBytes,
      boxes: boxesOf("scratch"),
    },
    {
      title: `Persistent memory, ${writeBytes(persistentBytes)}`,
      bytes: persistentBytes,
      boxes: boxesOf("persistent"),
    },
    {
      title: `Variables, ${writeBytes(variableBytes)}`,
      bytes: variableBytes,
      boxes: boxesOf("variable"),
    },
  ];
  return drawBoxes(
    regions.filter(({ bytes }) => bytes > 0),
    steps,
    options,
  );
}
