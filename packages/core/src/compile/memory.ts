/**
 * `program.memory()`: the addresses of a program's values in linear memory, and the steps during which they exist.
 */

import { alignColumns } from "../draw/columns.ts";
import { formatShape } from "../errors.ts";
import { grouped } from "../families/cost.ts";
import { nodeAt, type Trace } from "../graph/trace.ts";
import { PERSISTENT, VARIABLES } from "../run/program/locations/locations.ts";
import { describeItem, type Program } from "../run/program/program.ts";
import type { DType } from "../tensor/dtype.ts";
import { bytesOf } from "../tensor/shape.ts";

/** A value that has an address in memory. */
export interface PlacedValue {
  /** The number of the value in `describe()`. */
  readonly id: number;
  /** The name of the value, such as `matmul [32, 10]`, `argument 0 [32, 784]` or `Variable [784, 10]`. */
  readonly what: string;
  /** The length of each axis. */
  readonly shape: readonly number[];
  /** The type of its elements. */
  readonly dtype: DType;
  /** The memory that it takes, in bytes. */
  readonly bytes: number;
  /**
   * The region of the value. All programs share the `scratch` memory. The `persistent` memory belongs to one program: its values
   * are still there for the caller and for the next run. Programs that use the same `variable` share its memory.
   */
  readonly region: "scratch" | "persistent" | "variable";
  /** Bytes from the start of the region. The buffers of Variables can be anywhere: here they follow each other. */
  readonly offset: number;
  /** The step that writes it: an index into `steps`, −1 for what is there before the first. */
  readonly from: number;
  /** The last step that reads it; the number of steps for what is read after the last. */
  readonly to: number;
}

/** The memory of a program, as `program.memory()` returns it; `drawMemory(program)` draws it. */
export interface ProgramMemory {
  /** In the order in which they are written. */
  readonly values: readonly PlacedValue[];
  /** The steps of the program in order, each of which runs as one. */
  readonly steps: readonly string[];
  /** Scratch memory for values. */
  readonly scratchBytes: number;
  /** Scratch memory after it that a step uses for itself: packed factors of products, the values of bodies, rows. */
  readonly workBytes: number;
  /** Memory of the program alone, whose values outlive a run. */
  readonly persistentBytes: number;
  /** The buffers of its Variables. */
  readonly variableBytes: number;
  /** The first step at which values take most of the scratch memory, and how many bytes. */
  readonly peak: { readonly step: number; readonly bytes: number };
  /** Returns a table of the values, largest first, and the sums. */
  toString(): string;
}

/** Returns the memory of a planned program. */
export function memoryOf({ trace, plan, parts }: Program): ProgramMemory {
  const steps: string[] = [];
  /** By schedule item: the number of steps before it. An item that only aliases its input is no step. */
  const before: number[] = [];
  for (const { item, calls } of parts) {
    before.push(steps.length);
    if (calls > 0) steps.push(describeItem(trace, item));
  }
  const bufferOffsets: number[] = [];
  let variableBytes = 0;
  for (const { id } of plan.variableBuffers) {
    bufferOffsets.push(variableBytes);
    variableBytes += bytesOf(nodeAt(trace.nodes, id));
  }
  const stepOf = (time: number) => (time < 0 ? -1 : (before[time] ?? steps.length));
  const values = [...plan.born].flatMap(([id, born]): PlacedValue[] => {
    const location = plan.locations[id];
    if (location === undefined) return [];
    const type = nodeAt(trace.nodes, id);
    const dies = plan.dies.get(id) ?? born;
    // If the last reader only aliases the value, the step before was the last to read it.
    const isAlias = parts[dies]?.calls === 0;
    const from = stepOf(born);
    const region =
      location.region >= VARIABLES
        ? "variable"
        : location.region === PERSISTENT
          ? "persistent"
          : "scratch";
    return [
      {
        id,
        what: whatIs(trace, id),
        shape: type.shape,
        dtype: type.dtype,
        bytes: bytesOf(type),
        region,
        offset: location.offset + (bufferOffsets[location.region - VARIABLES] ?? 0),
        from,
        to: Math.max(from, stepOf(dies) - (isAlias ? 1 : 0)),
      },
    ];
  });
  values.sort((a, b) => a.from - b.from || a.id - b.id);
  const sizes = {
    scratchBytes: plan.scratchBytes,
    workBytes: plan.workBytes,
    persistentBytes: plan.persistentBytes,
    variableBytes,
  };
  const memory = { values, steps, ...sizes, peak: peakOf(values, steps.length) };
  return { ...memory, toString: () => tableOf(memory) };
}

type Layout = Omit<ProgramMemory, "toString">;

function whatIs({ nodes, names }: Trace, id: number): string {
  const node = nodeAt(nodes, id);
  const shape = formatShape(node.shape);
  const name = names.get(id);
  const named = name === undefined ? shape : `${shape} (${name})`;
  switch (node.kind) {
    case "argument":
      return `argument ${node.position} ${named}`;
    case "state":
      return `Variable ${named}`;
    case "projection":
      return `result ${node.index} of %${node.of} ${named}`;
    case "operation":
      return `${node.op.name} ${named}`;
    default:
      return `${node.kind} ${named}`;
  }
}

function peakOf(values: readonly PlacedValue[], steps: number): Layout["peak"] {
  const byOffset = values.filter(({ region }) => region === "scratch");
  byOffset.sort((a, b) => a.offset - b.offset);
  let peak = { step: 0, bytes: 0 };
  for (let step = 0; step < steps; step++) {
    let bytes = 0;
    let end = 0;
    for (const value of byOffset) {
      if (value.from > step || value.to < step) continue;
      // A result may have the address of an input that its step is the last to read.
      const from = Math.max(end, value.offset);
      end = Math.max(end, value.offset + value.bytes);
      bytes += Math.max(0, end - from);
    }
    if (bytes > peak.bytes) peak = { step, bytes };
  }
  return peak;
}

/** Values of less than this share of all bytes are summed in one row. */
const SHOWN_SHARE = 0.005;

function tableOf(memory: Layout): string {
  const { values, steps, peak } = memory;
  const sorted = [...values].sort((a, b) => b.bytes - a.bytes);
  const all = sorted.reduce((sum, { bytes }) => sum + bytes, 0);
  const shown = sorted.filter(({ bytes }) => bytes >= SHOWN_SHARE * all);
  const rest = sorted.slice(shown.length);
  const lines = shown.map((value) => [
    grouped(value.bytes),
    `${value.region} + ${grouped(value.offset)}`,
    timeOf(value, steps.length),
    `%${value.id} ${value.what}`,
  ]);
  if (rest.length > 0) {
    const bytes = rest.reduce((sum, value) => sum + value.bytes, 0);
    lines.push([grouped(bytes), "", "", `${rest.length} smaller ones`]);
  }
  const table = alignColumns([["bytes", "where", "steps", "what"], ...lines], {
    right: [0],
    gap: "  ",
  });
  const most =
    peak.bytes === 0
      ? []
      : [
          `most at once: ${grouped(peak.bytes)} bytes of scratch memory at step ${peak.step}, ${steps[peak.step] ?? "none"}`,
        ];
  return [...table, ...most, sums(memory)].join("\n");
}

/** `3–9`, `start–4`, `5–end`: the steps in which a value lives. */
function timeOf({ from, to }: PlacedValue, steps: number): string {
  const start = from < 0 ? "start" : String(from);
  const end = to >= steps ? "end" : String(to);
  return start === end ? start : `${start}–${end}`;
}

function sums({ scratchBytes, workBytes, persistentBytes, variableBytes }: Layout): string {
  return (
    `${grouped(scratchBytes)} bytes of scratch memory and ${grouped(workBytes)} for steps, ` +
    `${grouped(persistentBytes)} persistent, ${grouped(variableBytes)} of Variables`
  );
}
