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
 *
 * What puts equal inputs together joins the loop that computes them as well, see `joining.ts`.
 */

import {
  nodeAt,
  type Operation,
  partsByOperation,
  resultsOf,
  rootsOf,
  type Trace,
} from "../../graph/trace.ts";
import type { FloatDType } from "../../tensor/dtype.ts";
import {
  at,
  int32At,
  numberAt,
  type Shape,
  sameShape,
  sizeOf,
  stridesOf,
} from "../../tensor/shape.ts";
import type { FewArrays } from "./arrays.ts";
import type { ControlProgram } from "./bodies.ts";
import { loopDTypes, loopOpOf, reductionOf, worthLoop } from "./fusible.ts";
import { type Joining, joiningOf, MOST_JOINED } from "./joining.ts";
import type { LoopOutput, LoopReduction, LoopStep, Operand } from "./loop.ts";
import { fuseScalars } from "./scalars.ts";
import { isContiguous, type Source, sourcesOf } from "./sources.ts";
import type { Target } from "./target.ts";
import {
  constantOperand,
  LoopInputs,
  type LoopUnit,
  type OperationUnit,
  type Unit,
} from "./units.ts";

/** The units of a trace in an order in which they can run. */
export function fuse(trace: Trace, target: Target, controls: Controls = new Map()): Unit[] {
  return fuseScalars(trace, target) ?? new Fusion(trace, target, controls).units();
}

/**
 * The same for programs of large values: in the order of the trace, where a value is read soon after it is there, and
 * without loops of what does not touch, for which all of it would wait. Attention by rows takes the memory of some rows
 * so, and that of all of them stage by stage.
 */
export function fuseApart(trace: Trace, target: Target, controls: Controls = new Map()): Unit[] {
  return inOrder(new Fusion(trace, target, controls, true).units());
}

/** Units in an order in which they can run, as near to that of what they compute in the trace as there is. */
function inOrder(units: readonly Unit[]): Unit[] {
  const writers = new Map(units.flatMap(({ writes }, i) => writes.map((id) => [id, i] as const)));
  const places = units.map(({ writes }) => Math.max(...writes));
  const order = [...units.keys()].sort((i, j) => numberAt(places, i) - numberAt(places, j));
  const done = new Uint8Array(units.length);
  const sorted: Unit[] = [];
  for (const first of order) {
    // What a unit reads comes before it, and what that reads before that.
    const waiting = [first];
    for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
      if (done[i] === 1) continue;
      const unit = at(units, i);
      const before = unit.reads.flatMap((id) => {
        const writer = writers.get(id);
        return writer === undefined || writer === i || done[writer] === 1 ? [] : [writer];
      });
      if (before.length > 0) {
        waiting.push(i, ...before.sort((a, b) => numberAt(places, b) - numberAt(places, a)));
        continue;
      }
      done[i] = 1;
      sorted.push(unit);
    }
  }
  return sorted;
}

/** By id: the ops with bodies. */
export type Controls = ReadonlyMap<number, ControlProgram>;

/** Later than every stage. */
const NEVER = 2 ** 30;

class Fusion {
  readonly #trace: Trace;
  readonly #target: Target;
  readonly #controls: Controls;
  readonly #apart: boolean;
  /** By operation: the ids of its other results. */
  readonly #parts: ReturnType<typeof partsByOperation>;
  /** The dtype of the loop that an op could be part of; undefined for ops that cannot. */
  readonly #loops: readonly (FloatDType | undefined)[];
  /** A number for that dtype and the iteration space, 0 for none. What ends a loop has that of its inputs. */
  readonly #spaces: Int32Array;
  /** The reductions that could end a loop. */
  readonly #reductions: (LoopReduction | undefined)[];
  readonly #joinings: readonly (Joining | undefined)[];
  readonly #mostJoined: number;
  readonly #sources: readonly (readonly Source[])[];
  /** 1 for what is computed at all: loops read through the others. */
  readonly #needed: Uint8Array;
  readonly #stages: Int32Array;
  /** The piece of a group that an id is in, counted from 1, and its place among the piece's steps. */
  readonly #pieces: Int32Array;
  readonly #places: Int32Array;
  /** 1 for what is read outside of the piece that computes it. */
  readonly #readOutside: Uint8Array;
  /** Whether loops of these steps, which end with these, have few enough arrays. Undefined: all do. */
  readonly #fits: ReturnType<FewArrays["fitting"]> | undefined;

  /** @param apart whether large loops are of ops alone that touch. */
  constructor(trace: Trace, target: Target, controls: Controls, apart = false) {
    const { nodes } = trace;
    const { length } = nodes;
    this.#apart = apart;
    this.#trace = trace;
    this.#target = target;
    this.#controls = controls;
    this.#parts = partsByOperation(trace);
    this.#loops = loopDTypes(trace);
    const sources = sourcesOf(trace, this.#loops, target);
    // All that is put together, and the result.
    this.#mostJoined = Math.min(MOST_JOINED, (target.arrays?.most ?? NEVER) - 1);
    this.#joinings = nodes.map((node, id) =>
      joiningOf(node, at(sources, id), nodes, this.#loops, this.#mostJoined),
    );
    this.#sources = sources.map((own, id) => this.#joinings[id]?.sources ?? own);
    this.#reductions = new Array(length).fill(undefined);
    this.#spaces = this.#numberSpaces();
    this.#needed = this.#findNeeded();
    this.#stages = new Int32Array(length);
    this.#pieces = new Int32Array(length);
    this.#places = new Int32Array(length);
    this.#readOutside = new Uint8Array(length);
    for (let id = 0; id < length; id++) {
      const node = nodeAt(nodes, id);
      if (node.kind === "operation") this.#stages[id] = this.#stageOf(id);
      if (node.kind === "part") this.#stages[id] = int32At(this.#stages, node.of);
    }
    this.#sink();
    this.#fits = target.arrays?.fitting(trace, this.#sources, this.#needed);
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
      const joining = this.#joinings[id];
      if (joining !== undefined) spaces[id] = numberOf(joining.dtype, joining.shape);
      if (node.kind !== "operation" || node.op.kernel?.reduction === undefined) return;
      const input = numberAt(node.inputs, 0);
      const reduction = reductionOf(node, nodeAt(nodes, input));
      if (reduction === undefined) return;
      if (this.#loops[input] !== node.dtype && !worthLoop(node, reduction, this.#target)) return;
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
      const node = nodeAt(this.#trace.nodes, id);
      if (node.kind === "part") needed[node.of] = 1;
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
      !this.#endsLoop(source.id)
    );
  }

  /** Whether a value is what a loop ends with: whatever reads it comes a stage later. */
  #endsLoop(id: number): boolean {
    return this.#reductions[id] !== undefined || this.#joinings[id] !== undefined;
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
      if (moves && !this.#endsLoop(id)) this.#stages[id] = int32At(latest, id);
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
    const pieces = this.#divide();
    this.#findReadOutside();
    this.#trace.nodes.forEach((node, id) => {
      if (node.kind !== "operation" || this.#needed[id] === 0 || this.#spaces[id] !== 0) return;
      byStage.push({ stage: int32At(this.#stages, id), unit: this.#alone(node, id) });
    });
    for (const { stage, steps, ends } of pieces) {
      const unit = this.#loop(steps, ends);
      if (unit.writes.length > 0) byStage.push({ stage, unit });
      for (const id of ends) {
        if (unit.writes.includes(id)) continue;
        // Between the loop and what reads the result.
        byStage.push({ stage: stage + 0.5, unit: this.#endAlone(id) });
      }
    }
    // A stable sort keeps the pieces of a long group in order.
    return byStage.sort((a, b) => a.stage - b.stage).map(({ unit }) => unit);
  }

  /** What could not end the loop of its inputs: a loop that copies them, or a reduction on its own. */
  #endAlone(id: number): Unit {
    if (this.#joinings[id] !== undefined) return this.#group([], [id]);
    return { kind: "operation", id, reads: [this.#inputOf(id)], writes: [id] };
  }

  /** An op that no loop computes, or that several put together. */
  #alone(node: Operation, id: number): OperationUnit {
    const sources = at(this.#sources, id);
    const copies = this.#copies(node, id, sources);
    const control = this.#controls.get(id);
    return {
      kind: "operation",
      id,
      reads: [...sources.map((source) => source.id), ...(control?.constants ?? [])],
      writes: resultsOf(id, this.#parts),
      ...(control && { control }),
      ...(copies && { copies }),
      ...(this.#target.readsStrided(node.op, node.dtype) && { layouts: sources }),
    };
  }

  /**
   * The loops that put the inputs of an op together; undefined for other ops. Inputs that lie between each other
   * are copied by one loop: each loop of its own would read and write all lines of memory again.
   */
  #copies(node: Operation, id: number, sources: readonly Source[]): LoopUnit[] | undefined {
    const { nodes } = this.#trace;
    const shapes = node.inputs.map((input) => nodeAt(nodes, input).shape);
    const layouts = node.op.kernel?.placements?.(shapes, node.attributes);
    if (layouts === undefined) return undefined;
    const loops: { shape: Shape; apart: boolean; inputs: LoopInputs; outputs: LoopOutput[] }[] = [];
    sources.forEach((source, i) => {
      const shape = at(shapes, i);
      const layout = at(layouts, i);
      const apart = isContiguous(layout.strides, shape);
      let last = loops.at(-1);
      const joins = last && !apart && !last.apart && sameShape(shape, last.shape);
      if (last === undefined || !joins || last.outputs.length === this.#mostJoined) {
        last = { shape, apart, inputs: new LoopInputs(), outputs: [] };
        loops.push(last);
      }
      const step = last.inputs.indexOf(source, nodeAt(nodes, source.id).dtype);
      last.outputs.push({ step, dtype: node.dtype, ...layout });
    });
    const dtype = node.dtype === "float64" ? "float64" : "float32";
    return loops.map(({ shape, inputs, outputs }): LoopUnit => {
      const steps = inputs.list.map((_, index) => copyOf({ kind: "input", index }));
      const loop = { dtype, shape, inputs: inputs.list, steps, outputs } as const;
      return { kind: "loop", reads: inputs.ids, writes: outputs.map(() => id), loop };
    });
  }

  /** The groups in pieces that are not too long. */
  #divide(): Piece[] {
    const groups = new Map<number, number[]>();
    this.#spaces.forEach((space, id) => {
      if (space === 0 || this.#needed[id] === 0) return;
      // Unique, since there are no more spaces than ids.
      const key = int32At(this.#stages, id) * (this.#spaces.length + 3) + space;
      const members = groups.get(key);
      if (members === undefined) groups.set(key, [id]);
      else members.push(id);
    });
    const pieces: Piece[] = [];
    for (const members of groups.values()) {
      for (const own of this.#touching(members)) this.#divideGroup(own, pieces);
    }
    pieces.forEach(({ steps, ends }, i) => {
      steps.forEach((id, place) => {
        this.#pieces[id] = i + 1;
        this.#places[id] = place;
      });
      for (const id of ends) this.#pieces[id] = i + 1;
    });
    return pieces;
  }

  /** The members of a group; where loops are apart, by what reads the values of each other. */
  #touching(members: readonly number[]): Iterable<readonly number[]> {
    const [first = 0] = members;
    if (!this.#apart || sizeOf(this.#spaceOf(first)) < this.#target.sizes.largeLoop)
      return [members];
    // By value the first one that it touches, as in a forest of disjoint sets.
    const roots = new Map<number, number>();
    const rootOf = (id: number): number => {
      let root = id;
      for (let next = roots.get(root); next !== undefined; next = roots.get(root)) root = next;
      return root;
    };
    const isMember = new Set(members);
    for (const id of members) {
      for (const source of at(this.#sources, id)) {
        const [own, other] = [rootOf(id), rootOf(source.id)];
        if (isMember.has(source.id) && own !== other) roots.set(own, other);
      }
    }
    const parts = new Map<number, number[]>();
    for (const id of members) {
      const part = parts.get(rootOf(id));
      if (part === undefined) parts.set(rootOf(id), [id]);
      else part.push(id);
    }
    return parts.values();
  }

  #divideGroup(members: readonly number[], pieces: Piece[]): void {
    const stage = int32At(this.#stages, at(members, 0));
    const own: Piece[] = [];
    const pieceOf = new Map<number, Piece>();
    const ends: number[] = [];
    let last: Piece | undefined;
    for (const id of members) {
      if (this.#endsLoop(id)) {
        ends.push(id);
        continue;
      }
      if (
        last === undefined ||
        last.steps.length === this.#target.mostSteps ||
        this.#fits?.([...last.steps, id], []) === false
      ) {
        last = { stage, steps: [], ends: [], copies: 0 };
        own.push(last);
      }
      last.steps.push(id);
      pieceOf.set(id, last);
    }
    for (const id of ends) {
      const inputs = at(this.#sources, id).map((source) => pieceOf.get(source.id));
      // The pieces before the last one have run by then.
      const latest = own.findLast((piece) => inputs.includes(piece));
      // A value that no step computes takes a step that reads it.
      const copies = inputs.filter((piece) => piece === undefined || piece !== latest).length;
      const fits = (piece: Piece) =>
        piece.steps.length + piece.copies + copies <= this.#target.mostSteps &&
        this.#fits?.(piece.steps, [...piece.ends, id]) !== false;
      let found = latest ?? own.find(fits);
      if (found === undefined || !fits(found)) {
        found = { stage, steps: [], ends: [], copies: 0 };
        own.push(found);
      }
      found.ends.push(id);
      found.copies += copies;
    }
    pieces.push(...own);
  }

  /** The iteration space of a value that a loop computes or ends with. */
  #spaceOf(id: number): Shape {
    const over = this.#reductions[id] === undefined ? id : this.#inputOf(id);
    return this.#joinings[id]?.shape ?? nodeAt(this.#trace.nodes, over).shape;
  }

  #findReadOutside(): void {
    for (const id of rootsOf(this.#trace)) this.#readOutside[id] = 1;
    this.#sources.forEach((sources, id) => {
      if (this.#needed[id] === 0) return;
      const piece = int32At(this.#pieces, id);
      sources.forEach((source) => {
        if (piece === 0 || piece !== this.#pieces[source.id]) this.#readOutside[source.id] = 1;
      });
    });
  }

  /** The loop of a piece, and of as much of its ends as it can end with. */
  #loop(steps: readonly number[], ends: readonly number[]): LoopUnit {
    // All reductions of a loop are over the same axes.
    const first = ends.find((id) => this.#reductions[id] !== undefined);
    const axes = first === undefined ? 0 : this.#reductions[first]?.axes;
    const joined = ends.filter((id) => (this.#reductions[id]?.axes ?? axes) === axes);
    this.#storeInputs(ends.filter((id) => !joined.includes(id)));
    const unit = this.#group(steps, joined);
    if (first === undefined || this.#target.endsInReductions(unit.loop)) return unit;
    this.#storeInputs(joined);
    return this.#group(steps, []);
  }

  /** Has the inputs of what runs on its own stored. */
  #storeInputs(ends: readonly number[]): void {
    for (const id of ends) {
      for (const source of at(this.#sources, id)) this.#readOutside[source.id] = 1;
    }
  }

  /** One loop of steps and of what it ends with. */
  #group(members: readonly number[], ends: readonly number[]): LoopUnit {
    const { nodes } = this.#trace;
    const leader = members[0] ?? ends[0];
    if (leader === undefined) return NOTHING;
    const shape = this.#spaceOf(leader);
    // A loop that only reduces has the dtype of its results, whatever loop its input comes from.
    const own = nodeAt(nodes, leader).dtype === "float64" ? "float64" : "float32";
    const dtype = (members.length > 0 && this.#loops[leader]) || own;
    const inputs = new LoopInputs();
    const piece = this.#pieces[leader];
    const isStep = (id: number) =>
      members.length > 0 && this.#pieces[id] === piece && !this.#endsLoop(id);
    const operandOf = (source: Source): Operand => {
      const { id, inPlace } = source;
      if (inPlace && isStep(id)) return { kind: "step", index: int32At(this.#places, id) };
      const node = nodeAt(nodes, id);
      return constantOperand(node) ?? { kind: "input", index: inputs.indexOf(source, node.dtype) };
    };
    const steps = members.map((id): LoopStep => {
      const node = nodeAt(nodes, id) as Operation;
      const op = loopOpOf(node.op, node.dtype) ?? "toNumber";
      return { op, inputs: at(this.#sources, id).map(operandOf) };
    });
    const writes = members.filter((id) => this.#readOutside[id] === 1);
    const outputs = writes.map((id): LoopOutput => {
      return { step: int32At(this.#places, id), dtype: nodeAt(nodes, id).dtype };
    });
    const copies = new Map<number, number>();
    /** The step that has what an end reads: one of its own, if no step computes it. */
    const stepOf = (source: Source): number => {
      const operand = operandOf(source);
      if (operand.kind === "step") return operand.index;
      const known = operand.kind === "input" ? copies.get(operand.index) : undefined;
      const step = known ?? steps.push(copyOf(operand)) - 1;
      if (operand.kind === "input") copies.set(operand.index, step);
      return step;
    };
    for (const id of ends) {
      const reduction = this.#reductions[id];
      const input = this.#inputOf(id);
      const whole = { id: input, offset: 0, strides: stridesOf(shape), inPlace: true };
      if (reduction) outputs.push({ step: stepOf(whole), reduction });
      const { sources = [], places = [] } = this.#joinings[id] ?? {};
      sources.forEach((source, i) => {
        outputs.push({ step: stepOf(source), dtype: nodeAt(nodes, id).dtype, ...at(places, i) });
      });
      writes.push(...new Array<number>(reduction ? 1 : sources.length).fill(id));
    }
    const loop = { dtype, shape, inputs: inputs.list, steps, outputs };
    return { kind: "loop", reads: inputs.ids, writes, loop };
  }

  /** The first input of an op. */
  #inputOf(id: number): number {
    const node = nodeAt(this.#trace.nodes, id);
    return node.kind === "operation" ? numberAt(node.inputs, 0) : id;
  }
}

/** A group, or as much of one as a loop may have. */
interface Piece {
  readonly stage: number;
  readonly steps: number[];
  /** Reductions and joinings of these. */
  readonly ends: number[];
  /** How many steps these take that read what is computed elsewhere. */
  copies: number;
}

function copyOf(operand: Operand): LoopStep {
  return { op: "copy", inputs: [operand] };
}

const NOTHING: LoopUnit = {
  kind: "loop",
  reads: [],
  writes: [],
  loop: { dtype: "float32", shape: [], inputs: [], steps: [], outputs: [] },
};
