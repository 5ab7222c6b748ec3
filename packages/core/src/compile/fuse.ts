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
 * Also sums of short rows do: of 33,000 elements in rows of 1 to 16, products and their sums take 0.1
 * to 0.5 of the time, and exp, which then computes lanes for nothing, 0.4 to 1.1.
 */

import type { Placement } from "../graph/op.ts";
import {
  type FusedGroup,
  type FusedInput,
  type FusedOutput,
  type FusedStep,
  fusedOpOf,
  MAXIMUM_STEPS,
  type Operand,
  type Reduction,
} from "../run/wasm/emit/index.ts";
import { reducesAlongOneAxis, walksInTiles } from "../run/wasm/emit/space.ts";
import { readsStrides } from "../run/wasm/steps.ts";
import type { FloatDType } from "../tensor/dtype.ts";
import { at, stridesOf } from "../tensor/shape.ts";
import { readStorage, type Tensor } from "../tensor/tensor.ts";
import { loopDTypes, reductionOf, worthLoop } from "./loops.ts";
import { type Source, sourcesOf } from "./sources.ts";
import { type Operation, rootsOf, type Trace } from "./trace.ts";

/** What runs as one. */
export type Unit = OperationUnit | GroupUnit;

/** A loop. */
export interface GroupUnit {
  readonly kind: "group";
  readonly group: FusedGroup;
  /** The ids that the group reads, in the order of its inputs. */
  readonly reads: readonly number[];
  /** The ids that it stores, in the order of its outputs. */
  readonly writes: readonly number[];
}

/** An op that runs on its own. */
export interface OperationUnit {
  readonly kind: "operation";
  readonly id: number;
  /** The ids that it reads: of a view that is a factor of a product, what is viewed. */
  readonly reads: readonly number[];
  /** Of a product: where in what it reads the elements of its factors lie. */
  readonly layouts?: readonly Placement[];
  /** Of an op that puts inputs together: the loop that copies each of them to its place. */
  readonly copies?: readonly FusedGroup[];
}

/** The units of a trace in an order in which they can run. */
export function fuse(trace: Trace): Unit[] {
  const fusion = new Fusion(trace);
  return fusion.units();
}

class Fusion {
  readonly #trace: Trace;
  /** The dtype of the loop that an op could be part of; undefined for ops that cannot. */
  readonly #loops: readonly (FloatDType | undefined)[];
  /** That dtype and the iteration space. A reduction has those of its input. */
  readonly #spaces: (string | undefined)[];
  /** The reductions that could end a loop. */
  readonly #reductions: (Reduction | undefined)[] = [];
  readonly #sources: readonly (readonly Source[])[];
  /** Which ids are computed at all: loops read through the others. */
  readonly #needed: ReadonlySet<number>;
  /** For each id the ops that read it, and whether in place; −1 is the caller of the program. */
  readonly #readers: ReadonlyMap<number, readonly { id: number; inPlace: boolean }[]>;
  readonly #stages: number[] = [];

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#loops = loopDTypes(trace);
    this.#sources = sourcesOf(trace, this.#loops);
    this.#spaces = trace.nodes.map(({ shape }, id) => {
      const dtype = this.#loops[id];
      return dtype && `${dtype}[${shape}]`;
    });
    trace.nodes.forEach((node, id) => {
      if (node.kind !== "operation") return;
      const input = at(node.inputs, 0);
      const { shape } = at(trace.nodes, input);
      const reduction = reductionOf(node, at(trace.nodes, input));
      if (reduction === undefined) return;
      if (this.#loops[input] !== node.dtype && !worthLoop(node)) return;
      this.#reductions[id] = reduction;
      this.#spaces[id] = `${node.dtype}[${shape}]`;
    });
    this.#needed = this.#findNeeded();
    this.#readers = this.#findReaders();
    trace.nodes.forEach((node, id) => {
      this.#stages.push(node.kind === "operation" ? this.#stageOf(id) : 0);
    });
    this.#sink();
  }

  /** Roots, what they are made of, and what that is made of; not what is read through. */
  #findNeeded(): Set<number> {
    const needed = new Set(rootsOf(this.#trace));
    for (let id = this.#trace.nodes.length - 1; id >= 0; id--) {
      if (!needed.has(id)) continue;
      for (const source of at(this.#sources, id)) needed.add(source.id);
    }
    return needed;
  }

  #findReaders(): Map<number, { id: number; inPlace: boolean }[]> {
    const readers = new Map<number, { id: number; inPlace: boolean }[]>();
    const add = (id: number, reader: { id: number; inPlace: boolean }) => {
      const list = readers.get(id);
      if (list === undefined) readers.set(id, [reader]);
      else list.push(reader);
    };
    this.#sources.forEach((sources, id) => {
      if (!this.#needed.has(id)) return;
      for (const source of sources) {
        const inPlace = source.inPlace || this.#reductions[id] !== undefined;
        add(source.id, { id, inPlace });
      }
    });
    for (const id of rootsOf(this.#trace)) add(id, { id: -1, inPlace: false });
    return readers;
  }

  /** Whether two ops can be in one loop, the first of which reads the other. */
  #share(reader: number, source: number, inPlace: boolean): boolean {
    const space = this.#spaces[reader];
    return (
      inPlace &&
      space !== undefined &&
      space === this.#spaces[source] &&
      this.#reductions[source] === undefined
    );
  }

  #stageOf(id: number): number {
    let stage = 1;
    for (const source of at(this.#sources, id)) {
      const inPlace = source.inPlace || this.#reductions[id] !== undefined;
      const shares = this.#share(id, source.id, inPlace);
      stage = Math.max(stage, at(this.#stages, source.id) + (shares ? 0 : 1));
    }
    return stage;
  }

  /** Moves ops to the stage of the loop that reads them, where nothing else needs them before. */
  #sink(): void {
    for (let id = this.#trace.nodes.length - 1; id >= 0; id--) {
      if (this.#spaces[id] === undefined || this.#reductions[id] !== undefined) continue;
      let latest = Number.POSITIVE_INFINITY;
      let joins = false;
      for (const reader of this.#readers.get(id) ?? []) {
        if (reader.id < 0) continue;
        const shares = this.#share(reader.id, id, reader.inPlace);
        const limit = at(this.#stages, reader.id) - (shares ? 0 : 1);
        if (limit < latest) joins = shares;
        else if (limit === latest) joins ||= shares;
        latest = Math.min(latest, limit);
      }
      if (joins) this.#stages[id] = latest;
    }
  }

  units(): Unit[] {
    const byStage: { stage: number; unit: Unit }[] = [];
    const groups = new Map<string, number[]>();
    this.#trace.nodes.forEach((node, id) => {
      if (node.kind !== "operation" || !this.#needed.has(id)) return;
      const space = this.#spaces[id];
      const stage = at(this.#stages, id);
      if (space === undefined) {
        const sources = at(this.#sources, id);
        const copies = this.#copies(node, sources);
        const unit: Unit = {
          kind: "operation",
          id,
          reads: sources.map((source) => source.id),
          ...(copies && { copies }),
          ...(readsStrides(node.op, node) && { layouts: sources }),
        };
        byStage.push({ stage, unit });
        return;
      }
      const key = `${stage} ${space}`;
      const members = groups.get(key);
      if (members === undefined) groups.set(key, [id]);
      else members.push(id);
    });
    for (const [key, members] of groups) {
      const stage = Number.parseInt(key, 10);
      for (const { steps, ends } of this.#parts(members)) {
        const unit = this.#group(steps, ends);
        if (unit.writes.length > 0) byStage.push({ stage, unit });
        for (const id of ends) {
          if (unit.writes.includes(id)) continue;
          // Between the loop and what reads the result.
          const alone: Unit = { kind: "operation", id, reads: [this.#inputOf(id)] };
          byStage.push({ stage: stage + 0.5, unit: alone });
        }
      }
    }
    // A stable sort keeps the pieces of a long group in order.
    return byStage.sort((a, b) => a.stage - b.stage).map(({ unit }) => unit);
  }

  /** The loops that put the inputs of an op together; undefined for other ops. */
  #copies(node: Operation, sources: readonly Source[]): FusedGroup[] | undefined {
    const { kernel } = node.op;
    if (kernel.kind !== "write") return undefined;
    const { nodes } = this.#trace;
    const shapes = node.inputs.map((input) => at(nodes, input).shape);
    const layouts = kernel.layouts(shapes, node.attributes);
    return sources.map(({ id, offset, strides }, i): FusedGroup => {
      const { dtype } = at(nodes, id);
      return {
        dtype: dtype === "float64" ? dtype : "float32",
        shape: at(shapes, i),
        inputs: [{ offset, strides, dtype }],
        steps: [{ op: "copy", inputs: [{ kind: "input", index: 0 }] }],
        outputs: [{ step: 0, ...at(layouts, i) }],
      };
    });
  }

  /** A group in parts that are not too long: steps, and the reductions that end their loop. */
  #parts(members: readonly number[]): { steps: number[]; ends: number[] }[] {
    const steps = members.filter((id) => this.#reductions[id] === undefined);
    const ends = members.filter((id) => this.#reductions[id] !== undefined);
    const parts: { steps: number[]; ends: number[] }[] = [];
    for (let start = 0; start < steps.length; start += MAXIMUM_STEPS) {
      parts.push({ steps: steps.slice(start, start + MAXIMUM_STEPS), ends: [] });
    }
    const partOf = new Map(parts.flatMap((part) => part.steps.map((id) => [id, part] as const)));
    for (const id of ends) {
      const own = partOf.get(this.#inputOf(id));
      // What no step computes takes a step that reads it.
      const free =
        own ?? parts.find((part) => part.steps.length + part.ends.length < MAXIMUM_STEPS);
      if (free === undefined) parts.push({ steps: [], ends: [id] });
      else free.ends.push(id);
    }
    return parts;
  }

  /** The loop of these steps, and of those of the reductions that it can end with. */
  #group(members: readonly number[], ends: readonly number[]): GroupUnit {
    const { nodes } = this.#trace;
    const [first] = members;
    const { shape } = at(nodes, first ?? this.#inputOf(at(ends, 0)));
    // A loop that only reduces has the dtype of its results, whatever loop its input comes from.
    const own = at(nodes, first ?? at(ends, 0)).dtype === "float64" ? "float64" : "float32";
    const dtype = (first !== undefined && this.#loops[first]) || own;
    const place = new Map(members.map((id, i) => [id, i]));
    const known = new Map<string, number>();
    const reads: number[] = [];
    const inputs: FusedInput[] = [];

    const operandOf = ({ id, offset, strides, inPlace }: Source): Operand => {
      const inside = place.get(id);
      if (inside !== undefined && inPlace) return { kind: "step", index: inside };
      const node = at(nodes, id);
      const value = node.kind === "constant" ? onlyElement(node.tensor) : undefined;
      if (value !== undefined) {
        return { kind: "constant", value, dtype: node.dtype };
      }
      const key = `${id} ${offset} ${strides}`;
      let index = known.get(key);
      if (index === undefined) {
        index = reads.push(id) - 1;
        inputs.push({ offset, strides, dtype: node.dtype });
        known.set(key, index);
      }
      return { kind: "input", index };
    };

    const steps: FusedStep[] = members.map((id) => {
      const node = at(nodes, id) as Operation;
      const op = fusedOpOf(node.op, node.dtype) ?? "toNumber";
      return { op, inputs: at(this.#sources, id).map(operandOf) };
    });
    const stepOf = (id: number): number => {
      let step = place.get(id);
      if (step === undefined) {
        const source = { id, offset: 0, strides: stridesOf(shape), inPlace: true };
        step = steps.push({ op: "copy", inputs: [operandOf(source)] }) - 1;
        place.set(id, step);
      }
      return step;
    };
    const ending = (reductions: readonly number[]): GroupUnit => {
      const inside = new Set([...members, ...reductions]);
      const stored = members.filter((id) => this.#neededOutside(id, inside));
      const outputs = stored.map((id): FusedOutput => {
        return { step: stepOf(id), dtype: at(nodes, id).dtype };
      });
      for (const id of reductions) {
        const reduction = this.#reductions[id];
        if (reduction) outputs.push({ step: stepOf(this.#inputOf(id)), reduction });
      }
      const group = { dtype, shape, inputs: [...inputs], steps: [...steps], outputs };
      return { kind: "group", reads: [...reads], writes: [...stored, ...reductions], group };
    };
    // All reductions of a loop are over the same axes.
    const [axes] = ends.map((id) => this.#reductions[id]?.axes);
    const alone = ending([]);
    if (axes === undefined) return alone;
    const unit = ending(ends.filter((id) => this.#reductions[id]?.axes === axes));
    // Transposed arrays are walked in tiles, which no reduction can follow.
    const ordered = reducesAlongOneAxis(unit.group) && !walksInTiles(unit.group);
    return ordered ? unit : alone;
  }

  /** The first input of an op. */
  #inputOf(id: number): number {
    const node = at(this.#trace.nodes, id);
    return node.kind === "operation" ? at(node.inputs, 0) : id;
  }

  #neededOutside(id: number, inside: ReadonlySet<number>): boolean {
    return (this.#readers.get(id) ?? []).some((reader) => !inside.has(reader.id));
  }
}

/** What all elements of a constant are; undefined if they differ. */
function onlyElement(tensor: Tensor): number | undefined {
  const storage = readStorage(tensor, "compile");
  if (typeof storage === "number") return storage;
  const [first] = storage;
  return storage.every((element) => Object.is(element, first)) ? first : undefined;
}
