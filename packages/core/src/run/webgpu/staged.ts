/**
 * Shaders of kernels in stages (`StagedKernel`).
 *
 * A problem whose two buffers fit into the memory of a workgroup is one dispatch, with a workgroup for each problem.
 * For larger problems each stage is a dispatch, and the buffers are in scratch memory.
 */

import type { StageAccess, StagedKernel } from "../../graph/kernel.ts";
import { argument, rowOf, type Shader, shaderOfElements, WORD } from "./wgsl.ts";

/** The most complex numbers of a buffer in the memory of a workgroup, 16 kB, which has two of them. */
const MOST_IN_GROUP = 1024;

/** The threads of a workgroup: more than in `oneGroup.ts`, whose workgroups have less memory. */
const THREADS = 128;

function fitsGroup({ columns, size }: StagedKernel): boolean {
  return columns === 1 && size <= MOST_IN_GROUP;
}

/** Returns the bytes of scratch memory of a kernel: two buffers of complex numbers for each problem. */
export function stagedBytes(kernel: StagedKernel): number {
  const { rows, columns, size } = kernel;
  return fitsGroup(kernel) ? 0 : 4 * rows * columns * size * WORD;
}

/** Returns the shaders of a kernel. Arguments: inputs, results, and scratch memory, whose index is `scratch`. */
export function stagedShaders(kernel: StagedKernel, scratch: number): Shader[] {
  const { rows, columns, size } = kernel;
  if (rows * columns === 0) return [];
  if (fitsGroup(kernel)) return [inGroups(kernel)];
  const addressOf = (buffer: 0 | 1, k: string) =>
    `${argument(scratch)} + ${2 * buffer * rows * columns * size}u + 2u * ((row * ${size}u + ${k}) * ${columns}u + column)`;
  const io: StageAccess = {
    address: (slot, length, k) =>
      `${argument(slot)} + (row * ${length}u + ${k}) * ${columns}u + column`,
    load: (buffer, k) => {
      const start = addressOf(buffer, k);
      return `vec2(bitcast<f32>(m[${start}]), bitcast<f32>(m[${start} + 1u]))`;
    },
    store: (buffer, k, value) => {
      const start = addressOf(buffer, k);
      return `{ let z = ${value}; m[${start}] = bitcast<u32>(z.x); m[${start} + 1u] = bitcast<u32>(z.y); }`;
    },
  };
  return kernel.stages(argument).map(({ count, lines }) =>
    shaderOfElements(
      rows * columns * count,
      `let column = i % ${columns}u; let e = (i / ${columns}u) % ${count}u; let row = i / ${columns * count}u;
${lines(io)}`,
    ),
  );
}

/** Returns the shader in which a workgroup computes all stages of a problem. */
function inGroups({ rows, size, stages }: StagedKernel): Shader {
  const groups = rowOf(rows);
  const names = [`even${size}`, `odd${size}`] as const;
  const io: StageAccess = {
    address: (slot, length, k) => `${argument(slot)} + row * ${length}u + ${k}`,
    load: (buffer, k) => `${names[buffer]}[${k}]`,
    store: (buffer, k, value) => `${names[buffer]}[${k}] = ${value};`,
  };
  const all = stages(argument).map(
    ({ count, lines }) =>
      `for (var e = t; e < select(${count}u, 0u, skipped); e += ${THREADS}u) {\n${lines(io)}\n}`,
  );
  return {
    lines: `let row = w.y * ${groups[0]}u + w.x; if (row >= ${rows}u) { return; }
${all.join("\nworkgroupBarrier();\n")}`,
    threads: THREADS,
    isPredicated: true,
    globals: names.map((name) => `var<workgroup> ${name}: array<vec2<f32>, ${size}>;`).join(" "),
    groups,
  };
}
