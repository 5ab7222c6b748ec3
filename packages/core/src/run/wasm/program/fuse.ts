/**
 * Fusion: elementwise ops over one iteration space become one loop, which reads its inputs once and
 * keeps what is between in registers.
 *
 * Every value gets a *stage*: a fusable op may share the stage of a fusable input with the same
 * iteration space and dtype; everything else comes one stage after its inputs. Fusable ops of one
 * stage, space and dtype form a group. An op of a group depends on nothing that depends on the
 * group, so groups can run stage by stage, also those whose ops do not touch. Ops then sink to the
 * stage of the loop that reads them, so that their values need not wait in memory.
 *
 * Views of an input are not materialized for loops, which read elements wherever they lie; nor is
 * what only changes the dtype of an argument: the loop converts it. See `sources.ts`.
 *
 * A sum, max or min over the last axes of a value of a loop joins that loop: it takes what is in
 * registers, and where nothing else reads the value it is never stored. What reads the result comes a
 * stage later. Sums of rows that no loop computes are loops of their own, or join one over the same
 * elements.
 * Also sums of short rows do: of 33,000 elements in rows of 1 to 16, products and their sums take 50 to
 * 90 % less time, and exp, which then computes lanes for nothing, from 60 % less to 10 % more.
 */

import { nodeAt, type Operation, rootsOf, type Trace } from "../../../graph/trace.ts";
import type { FloatDType } from "../../../tensor/dtype.ts";
import { at, int32At, numberAt, type Shape, stridesOf } from "../../../tensor/shape.ts";
import {
  type FusedGroup,
  type FusedOutput,
  type FusedStep,
  loopOpOf,
  MAXIMUM_STEPS,
  type Operand,
  type Reduction,
} from "../emit/index.ts";
import { reducesAlongOneAxis, walksInTiles } from "../emit/space.ts";
import { loopDTypes, reductionOf, worthLoop } from "./loops.ts";
import { fuseScalars } from "./scalars.ts";
import { type Source, sourcesOf } from "./sources.ts";
import {
  constantOperand,
  GroupInputs,
  type GroupUnit,
  type OperationUnit,
  type Unit,
} from "./units.ts";

/** The units of a trace in an order in which they can run. */
export function fuse(trace: Trace): Unit[] {
  return fuseScalars(trace) ?? new Fusion(trace).units();
}

/** Later than every stage. */
const NEVER = 2 ** 30;

class Fusion {
  readonly #trace: Trace;
  /** The dtype of the loop that an op could be part of; undefined for ops that cannot. */
  readonly #loops: readonly (FloatDType | undefined)[];
  /** A number for that dtype and the iteration space, 0 for none. A reduction has its input's. */
  readonly #spaces: Int32Array;
  /** The reductions that could end a loop. */
  readonly #reductions: (Reduction | undefined)[];
  readonly #sources: readonly (readonly Source[])[];
  /** 1 for what is computed at all: loops read through the others. */
  readonly #needed: Uint8Array;
  readonly #stages: Int32Array;
  /** The part of a group that an id is in, counted from 1, and its place among the part's steps. */
  readonly #parts: Int32Array;
  readonly #places: Int32Array;
  /** 1 for what is read outside of the part that computes it. */
  readonly #readOutside: Uint8Array;

  constructor(trace: Trace) {
    const { nodes } = trace;
    const { length } = nodes;
    this.#trace = trace;
    this.#loops = loopDTypes(trace);
    this.#sources = sourcesOf(trace, this.#loops);
    this.#reductions = new Array(length).fill(undefined);
    this.#spaces = this.#numberSpaces();
    this.#needed = this.#findNeeded();
    this.#stages = new Int32Array(length);
    this.#parts = new Int32Array(length);
    this.#places = new Int32Array(length);
    this.#readOutside = new Uint8Array(length);
    for (let id = 0; id < length; id++) {
      if (nodeAt(nodes, id).kind === "operation") this.#stages[id] = this.#stageOf(id);
    }
    this.#sink();
  }

  /** Finds the reductions on the way. */
  #numberSpaces(): Int32Array {
    const { nodes } = this.#trace;
    const spaces = new Int32Array(nodes.length);
    const numbers = new Map<string, number>();
    const numberOf = (dtype: FloatDType, shape: Shape): number => {
      if (shape.length === 0) return dtype === "float32" ? 1 : 2;
      const key = `${dtype}[${shape}]`;
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, numbers.size + 3);
      return numbers.size + 2;
    };
    nodes.forEach((node, id) => {
      const loop = this.#loops[id];
      if (loop !== undefined) spaces[id] = numberOf(loop, node.shape);
      if (node.kind !== "operation" || node.op.kernel?.reduction === undefined) return;
      const input = numberAt(node.inputs, 0);
      const reduction = reductionOf(node, nodeAt(nodes, input));
      if (reduction === undefined) return;
      if (this.#loops[input] !== node.dtype && !worthLoop(node)) return;
      this.#reductions[id] = reduction;
      spaces[id] = numberOf(node.dtype as FloatDType, nodeAt(nodes, input).shape);
    });
    return spaces;
  }

  /** Roots, what they are made of, and what that is made of; not what is read through. */
  #findNeeded(): Uint8Array {
    const needed = new Uint8Array(this.#trace.nodes.length);
    for (const id of rootsOf(this.#trace)) needed[id] = 1;
    for (let id = needed.length - 1; id >= 0; id--) {
      if (needed[id] === 0) continue;
      at(this.#sources, id).forEach((source) => {
        needed[source.id] = 1;
      });
    }
    return needed;
  }

  /** Whether an op can be in the loop that computes one of its sources. */
  #shares(reader: number, source: Source): boolean {
    const space = int32At(this.#spaces, reader);
    return (
      space > 0 &&
      space === this.#spaces[source.id] &&
      (source.inPlace || this.#reductions[reader] !== undefined) &&
      this.#reductions[source.id] === undefined
    );
  }

  #stageOf(id: number): number {
    let stage = 1;
    at(this.#sources, id).forEach((source) => {
      const own = int32At(this.#stages, source.id) + (this.#shares(id, source) ? 0 : 1);
      if (own > stage) stage = own;
    });
    return stage;
  }

  /** Moves ops to the stage of the loop that reads them, where nothing else needs them before. */
  #sink(): void {
    const { length } = this.#stages;
    // By id the latest stage that all readers allow, and whether that is in the loop of one of them.
    const latest = new Int32Array(length).fill(NEVER);
    const joins = new Uint8Array(length);
    for (let id = length - 1; id >= 0; id--) {
      if (this.#needed[id] === 0) continue;
      const moves = joins[id] === 1 && int32At(this.#spaces, id) > 0;
      if (moves && this.#reductions[id] === undefined) this.#stages[id] = int32At(latest, id);
      at(this.#sources, id).forEach((source) => {
        const shares = this.#shares(id, source);
        const limit = int32At(this.#stages, id) - (shares ? 0 : 1);
        const before = int32At(latest, source.id);
        if (limit > before) return;
        if (limit < before) joins[source.id] = 0;
        latest[source.id] = limit;
        if (shares) joins[source.id] = 1;
      });
    }
  }

  units(): Unit[] {
    const byStage: { stage: number; unit: Unit }[] = [];
    const parts = this.#divide();
    this.#findReadOutside();
    this.#trace.nodes.forEach((node, id) => {
      if (node.kind !== "operation" || this.#needed[id] === 0 || this.#spaces[id] !== 0) return;
      byStage.push({ stage: int32At(this.#stages, id), unit: this.#alone(node, id) });
    });
    for (const { stage, steps, ends } of parts) {
      const unit = this.#loop(steps, ends);
      if (unit.writes.length > 0) byStage.push({ stage, unit });
      for (const id of ends) {
        if (unit.writes.includes(id)) continue;
        // Between the loop and what reads the result.
        const alone: Unit = { kind: "operation", id, reads: [this.#inputOf(id)] };
        byStage.push({ stage: stage + 0.5, unit: alone });
      }
    }
    // A stable sort keeps the parts of a long group in order.
    return byStage.sort((a, b) => a.stage - b.stage).map(({ unit }) => unit);
  }

  /** An op that no loop computes, or that several put together. */
  #alone(node: Operation, id: number): OperationUnit {
    const sources = at(this.#sources, id);
    const copies = this.#copies(node, sources);
    return {
      kind: "operation",
      id,
      reads: sources.map((source) => source.id),
      ...(copies && { copies }),
      ...(node.op.kernel?.strided?.reads(node.dtype) && { layouts: sources }),
    };
  }

  /** The loops that put the inputs of an op together; undefined for other ops. */
  #copies(node: Operation, sources: readonly Source[]): FusedGroup[] | undefined {
    const { nodes } = this.#trace;
    const shapes = node.inputs.map((input) => nodeAt(nodes, input).shape);
    const layouts = node.op.kernel?.parts?.(shapes, node.attributes);
    return (
      layouts &&
      sources.map(({ id, offset, strides }, i): FusedGroup => {
        const { dtype } = nodeAt(nodes, id);
        return {
          dtype: dtype === "float64" ? dtype : "float32",
          shape: at(shapes, i),
          inputs: [{ offset, strides, dtype }],
          steps: [{ op: "copy", inputs: [{ kind: "input", index: 0 }] }],
          outputs: [{ step: 0, ...at(layouts, i) }],
        };
      })
    );
  }

  /** The groups in parts that are not too long. */
  #divide(): Part[] {
    const groups = new Map<number, number[]>();
    this.#spaces.forEach((space, id) => {
      if (space === 0 || this.#needed[id] === 0) return;
      // Unique, since there are no more spaces than ids.
      const key = int32At(this.#stages, id) * (this.#spaces.length + 3) + space;
      const members = groups.get(key);
      if (members === undefined) groups.set(key, [id]);
      else members.push(id);
    });
    const parts: Part[] = [];
    for (const members of groups.values()) this.#divideGroup(members, parts);
    parts.forEach(({ steps, ends }, i) => {
      steps.forEach((id, place) => {
        this.#parts[id] = i + 1;
        this.#places[id] = place;
      });
      for (const id of ends) this.#parts[id] = i + 1;
    });
    return parts;
  }

  #divideGroup(members: readonly number[], parts: Part[]): void {
    const stage = int32At(this.#stages, at(members, 0));
    const own: Part[] = [];
    const partOf = new Map<number, Part>();
    const ends: number[] = [];
    let last: Part | undefined;
    for (const id of members) {
      if (this.#reductions[id] !== undefined) {
        ends.push(id);
        continue;
      }
      if (last === undefined || last.steps.length === MAXIMUM_STEPS) {
        last = { stage, steps: [], ends: [] };
        own.push(last);
      }
      last.steps.push(id);
      partOf.set(id, last);
    }
    for (const id of ends) {
      // A value that no step computes takes a step that reads it.
      const free =
        partOf.get(this.#inputOf(id)) ??
        own.find((part) => part.steps.length + part.ends.length < MAXIMUM_STEPS);
      if (free === undefined) own.push({ stage, steps: [], ends: [id] });
      else free.ends.push(id);
    }
    parts.push(...own);
  }

  #findReadOutside(): void {
    for (const id of rootsOf(this.#trace)) this.#readOutside[id] = 1;
    this.#sources.forEach((sources, id) => {
      if (this.#needed[id] === 0) return;
      const part = int32At(this.#parts, id);
      sources.forEach((source) => {
        if (part === 0 || part !== this.#parts[source.id]) this.#readOutside[source.id] = 1;
      });
    });
  }

  /** The loop of a part, and of those of its reductions that it can end with. */
  #loop(steps: readonly number[], ends: readonly number[]): GroupUnit {
    // All reductions of a loop are over the same axes.
    const [first] = ends;
    const axes = first === undefined ? 0 : this.#reductions[first]?.axes;
    const joined = ends.filter((id) => this.#reductions[id]?.axes === axes);
    this.#storeInputs(ends.filter((id) => !joined.includes(id)));
    const unit = this.#group(steps, joined);
    if (joined.length === 0) return unit;
    // Transposed arrays are walked in tiles, which no reduction can follow.
    if (reducesAlongOneAxis(unit.group) && !walksInTiles(unit.group)) return unit;
    this.#storeInputs(joined);
    return this.#group(steps, []);
  }

  /** Has the inputs of reductions stored that run on their own. */
  #storeInputs(reductions: readonly number[]): void {
    for (const id of reductions) this.#readOutside[this.#inputOf(id)] = 1;
  }

  /** One loop of steps and reductions. */
  #group(members: readonly number[], reductions: readonly number[]): GroupUnit {
    const { nodes } = this.#trace;
    const leader = members[0] ?? reductions[0];
    if (leader === undefined) return NOTHING;
    const { shape } = nodeAt(nodes, members.length > 0 ? leader : this.#inputOf(leader));
    // A loop that only reduces has the dtype of its results, whatever loop its input comes from.
    const own = nodeAt(nodes, leader).dtype === "float64" ? "float64" : "float32";
    const dtype = (members.length > 0 && this.#loops[leader]) || own;
    const inputs = new GroupInputs();
    const part = this.#parts[leader];
    const isStep = (id: number) => this.#parts[id] === part && this.#reductions[id] === undefined;
    const operandOf = (source: Source): Operand => {
      const { id, inPlace } = source;
      if (inPlace && isStep(id)) return { kind: "step", index: int32At(this.#places, id) };
      const node = nodeAt(nodes, id);
      return constantOperand(node) ?? { kind: "input", index: inputs.indexOf(source, node.dtype) };
    };
    const steps = members.map((id): FusedStep => {
      const node = nodeAt(nodes, id) as Operation;
      const op = loopOpOf(node.op, node.dtype) ?? "toNumber";
      return { op, inputs: at(this.#sources, id).map(operandOf) };
    });
    const stored = members.filter((id) => this.#readOutside[id] === 1);
    const outputs = stored.map((id): FusedOutput => {
      return { step: int32At(this.#places, id), dtype: nodeAt(nodes, id).dtype };
    });
    const copied = new Map<number, number>();
    for (const id of reductions) {
      const reduction = this.#reductions[id];
      const input = this.#inputOf(id);
      let step = isStep(input) ? int32At(this.#places, input) : copied.get(input);
      if (step === undefined) {
        // A value that no loop computes is read by a step of its own.
        const source = { id: input, offset: 0, strides: stridesOf(shape), inPlace: true };
        step = steps.push({ op: "copy", inputs: [operandOf(source)] }) - 1;
        copied.set(input, step);
      }
      if (reduction) outputs.push({ step, reduction });
    }
    const group = { dtype, shape, inputs: inputs.list, steps, outputs };
    return { kind: "group", reads: inputs.ids, writes: [...stored, ...reductions], group };
  }

  /** The first input of an op. */
  #inputOf(id: number): number {
    const node = nodeAt(this.#trace.nodes, id);
    return node.kind === "operation" ? numberAt(node.inputs, 0) : id;
  }
}

/** A group, or as much of one as a loop may have. */
interface Part {
  readonly stage: number;
  readonly steps: number[];
  /** Reductions of these. */
  readonly ends: number[];
}

const NOTHING: GroupUnit = {
  kind: "group",
  reads: [],
  writes: [],
  group: { dtype: "float32", shape: [], inputs: [], steps: [], outputs: [] },
};
