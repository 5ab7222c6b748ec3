/**
 * The calls of a program.
 * In: schedule items and the plan of their addresses. Out: calls, as data.
 *
 * Invariant: an address says its region, its bytes, and whether the call reads or writes it. So dependencies, divisions and
 * printouts follow from the list alone.
 */

import { computeInto } from "../../families/javascript.ts";
import {
  type Address,
  type Argument,
  moved,
  partitionOfCall,
  registerMemoryFunction,
  splitsOf,
} from "../../graph/call.ts";
import type { PlacedOp } from "../../graph/kernel.ts";
import { overwrites } from "../../graph/kernel.ts";
import { nodeAt, type Operation, type Trace } from "../../graph/trace.ts";
import type { Attributes, TensorType } from "../../graph/types.ts";
import { opNamed } from "../../ops/registry.ts";
import { arrayIn } from "../../tensor/dtype.ts";
import { at, numberAt, sizeOf } from "../../tensor/shape.ts";
import { type BodyCalls, clearCall, copyCall, type ProgramCall } from "./calls/call.ts";
import { loopOfRows } from "./fuse/rows.ts";
import { type Plan, SCRATCH, WORK } from "./locations/locations.ts";
import type { Loop } from "./loop/loop.ts";
import { isReshape, refuses } from "./plan.ts";
import type {
  BodyProgram,
  ControlProgram,
  LoopItem,
  OperationItem,
  RowsItem,
  ScheduleItem,
} from "./schedule/items.ts";
import type { Target } from "./schedule/target.ts";

/** Writes the calls of a program's schedule items. */
export class CallWriter {
  readonly #trace: Trace;
  readonly #plan: Plan;
  readonly #target: Target;

  constructor(trace: Trace, plan: Plan, target: Target) {
    this.#trace = trace;
    this.#plan = plan;
    this.#target = target;
  }

  /** Returns the calls of a schedule item; none for a schedule item whose result shares the memory of its input. */
  callsOf(item: ScheduleItem): readonly ProgramCall[] {
    if (item.kind === "loop") return [this.#loop(item.loop, item.reads, item.writes)];
    if (item.kind === "rows") return this.#rows(item);
    if (item.control !== undefined) return this.#control(item, item.control);
    if (item.copies !== undefined) return this.#copies(item, item.copies);
    return isReshape(item, this.#trace) && !refuses(item, this.#trace) ? [] : this.#operation(item);
  }

  /** Returns the calls that copy new values to carries and variable buffers, for the next run. */
  writeBacks(): readonly ProgramCall[] {
    return this.#plan.writeBacks.map(({ id, to }) =>
      copyCall(this.#address(id, "read"), {
        ...to,
        bytes: this.#bytes(id),
        access: "write",
        value: id,
      }),
    );
  }

  /** Copies of first carries, unless they have the addresses of the last ones, and the call of the bodies. */
  #control(
    item: OperationItem,
    { control, carried, bodies, constants }: ControlProgram,
  ): ProgramCall[] {
    const { name } = (nodeAt(this.#trace.nodes, item.id) as Operation).op;
    const count = item.reads.length - constants.length;
    const read = (id: number) => this.#address(id, "read");
    const write = (id: number) => this.#address(id, "write");
    const [inputs, results] = [item.reads.slice(0, count), item.writes];
    const bodyInputs = control.kind === "branches" ? inputs.slice(1) : inputs;
    /** The inputs of bodies: carries have the addresses of the results. */
    const sources = bodyInputs.map(read);
    const copies = results.flatMap((result, k): ProgramCall[] => {
      const position = carried[k];
      if (position === undefined) return [];
      const [from, to] = [at(sources, position), write(result)];
      sources[position] = to;
      const isThere = from.region === to.region && from.offset === to.offset;
      return isThere ? [] : [copyCall(from, to)];
    });
    const others = results.filter((_, k) => carried[k] === undefined);
    const scratch = this.#scratchOfBodies(Math.max(...bodies.map((body) => body.scratchBytes)));
    if (control.kind === "branches") {
      const regions = [...sources, ...others.map(write), ...constants.map(read)];
      const args = [...scratch, ...regions, read(numberAt(inputs, 0))];
      return [
        ...copies,
        {
          function: { name, bodies: bodies.map(callsOf), order: { kind: "branches" } },
          arguments: args,
        },
      ];
    }
    const { carries, rows, length, reverse, stops, most } = control;
    if (length === 0 && !stops) return copies;
    const steps = [...scratch, ...results.slice(0, carries)].map(() => 0);
    /** Rows begin with the first that the loop reads. */
    const rowsOf = (address: Address, id: number): Address => {
      const bytes = length === 0 ? 0 : this.#bytes(id) / length;
      steps.push(reverse ? -bytes : bytes);
      return moved(address, reverse && !stops ? bytes * (length - 1) : 0, { bytes });
    };
    const fixed = (address: Address): Address => {
      steps.push(0);
      return address;
    };
    const args = [
      ...scratch,
      ...results.slice(0, carries).map(write),
      ...inputs.slice(carries, carries + rows).map((id) => rowsOf(read(id), id)),
      ...inputs.slice(carries + rows).map((id) => fixed(read(id))),
      ...results.slice(carries).map((id) => rowsOf(write(id), id)),
      ...constants.map((id) => fixed(read(id))),
    ];
    const order = { kind: "repeat", length, stops, most, reverse, steps } as const;
    const callee = { name, bodies: bodies.map(callsOf), order };
    // Rows of steps that are never made are zeros.
    const cleared = stops ? results.slice(carries).map((id) => clearCall(write(id))) : [];
    return [...copies, ...cleared, { function: callee, arguments: args }];
  }

  /** Writes the calls for all whole blocks, and for the remainder. */
  #rows(item: RowsItem): ProgramCall[] {
    const { count, block } = item;
    const rest = count % block;
    const whole = this.#blocks(item, 0, block, (count - rest) / block);
    return rest === 0 ? [whole] : [whole, this.#blocks(item, count - rest, rest, 1)];
  }

  /** Writes the call for `length` blocks of `rows` rows from row `first` on: a loop with a block as its step. */
  #blocks(item: RowsItem, first: number, rows: number, length: number): ProgramCall {
    const { members, locals, localBytes } = item;
    const args = this.#scratchOfBodies(localBytes) as Address[];
    const steps = [0, 0];
    const regions = new Map<string, number>();
    /** Returns the address that a member reads or writes, whose rows are `row` bytes apart. */
    const addressOf = (id: number, row: number, access: Address["access"]): Address => {
      const local = locals.get(id);
      const bytes = row * rows;
      if (local !== undefined) return { region: SCRATCH, offset: local, bytes, access, value: id };
      const key = `${id} ${row}`;
      const region = regions.get(key) ?? args.length;
      if (region === args.length) {
        const kind = item.writes.includes(id) ? "write" : "read";
        const address = this.#address(id, kind);
        args.push(moved(address, row * first, { bytes: row === 0 ? address.bytes : bytes }));
        steps.push(bytes);
        regions.set(key, region);
      }
      return { region, offset: 0, bytes: at(args, region).bytes, access, value: id };
    };
    const calls = members.map((member): ProgramCall => {
      const { reads, writes } = member.item;
      const ids = [...reads, ...writes];
      const accessOf = (i: number) => (i < reads.length ? "read" : "write");
      if ("axes" in member) {
        const loop = loopOfRows(member.item.loop, member, rows);
        const addresses = ids.map((id, i) => {
          const { dtype } = nodeAt(this.#trace.nodes, id);
          return addressOf(id, at(member.steps, i) * this.#target.bytes[dtype], accessOf(i));
        });
        return this.#loopCall(loop, addresses);
      }
      const { call } = member;
      const split = at(splitsOf(call), 0);
      const partition = partitionOfCall(call, split, 0, rows);
      return {
        ...partition,
        arguments: partition.arguments.map((argument, i): Argument => {
          if (typeof argument === "number") return argument;
          const { region, offset, access } = argument;
          if (access === "scratch") return { ...argument, region: WORK };
          const row = numberAt(split.steps, i);
          return moved(addressOf(at(ids, region), row, accessOf(region)), offset);
        }),
      };
    });
    const repeat = { kind: "repeat", length, stops: false, reverse: false } as const;
    const order = { ...repeat, steps, independent: true };
    return { function: { name: "rows", bodies: [{ calls }], order }, arguments: args };
  }

  /** The scratch memory of a call, whose first bytes are used. */
  #scratch(taken = 0): Address {
    return {
      region: WORK,
      offset: taken,
      bytes: this.#plan.workBytes - taken,
      access: "scratch",
      value: undefined,
    };
  }

  /** Returns the scratch memory of bodies whose values take `bytes`: of the values, and of the calls. */
  #scratchOfBodies(bytes: number): [Address, Address] {
    return [{ ...this.#scratch(), bytes }, this.#scratch(bytes)];
  }

  #loop(loop: Loop, reads: readonly number[], writes: readonly number[]): ProgramCall {
    // A scalar graph has hundreds of inputs and outputs.
    const addresses: Address[] = [];
    reads.forEach((id) => {
      addresses.push(this.#address(id, "read"));
    });
    writes.forEach((id) => {
      addresses.push(this.#address(id, "write"));
    });
    return this.#loopCall(loop, addresses);
  }

  /** Returns the call of a loop, with scratch memory if the target asks for some. */
  #loopCall(loop: Loop, addresses: Address[]): ProgramCall {
    const bytes = this.#target.loopScratchBytes(loop);
    if (bytes > 0) addresses.push({ ...this.#scratch(), bytes });
    return { function: { name: "loop", loop }, arguments: addresses };
  }

  /** Returns the call that writes zeros, if the copies leave gaps, and the copies. */
  #copies({ id }: OperationItem, copies: readonly LoopItem[]): ProgramCall[] {
    const sizes = copies.map(({ loop, writes }) => writes.length * sizeOf(loop.shape));
    const copied = sizes.reduce((sum, size) => sum + size, 0);
    const isWhole = copied === sizeOf(nodeAt(this.#trace.nodes, id).shape);
    return [
      ...(isWhole ? [] : [clearCall(this.#address(id, "write"))]),
      ...copies.map(({ loop, reads, writes }) => this.#loop(loop, reads, writes)),
    ];
  }

  #operation({ id, reads, writes, layouts, epilogue }: OperationItem): readonly ProgramCall[] {
    const { nodes } = this.#trace;
    // The address is undefined if only an epilogue reads the result.
    const addressFor = (each: number, access: "read" | "write"): Address =>
      each === id && !writes.includes(id)
        ? { ...this.#scratch(), bytes: 0 }
        : this.#address(each, access);
    const { op, attributes, inputs } = nodeAt(nodes, id) as Operation;
    const placed: PlacedOp = {
      op,
      attributes,
      inputs: inputs.map((input, i) => {
        const { shape, dtype, weak } = nodeAt(nodes, input);
        const address = this.#address(at(reads, i), "read");
        const { offset, strides } = layouts?.[i] ?? {};
        if (offset === undefined || strides === undefined) return { shape, dtype, weak, address };
        const start = offset * this.#target.bytes[dtype];
        // A view may extend before and after its first element, within the viewed array.
        const extent = { bytes: address.bytes - start, before: start };
        return { shape, dtype, weak, address: moved(address, start, extent), strides };
      }),
      outputs: (epilogue ? [id] : writes).map((each) => {
        const { shape, dtype, weak } = nodeAt(nodes, each);
        return { shape, dtype, weak, address: addressFor(each, "write") };
      }),
      scratch: this.#scratch(),
    };
    const stored = epilogue && {
      loop: epilogue.loop,
      input: epilogue.reads.indexOf(id),
      isStored: writes.includes(id),
      addresses: [
        ...epilogue.reads.map((each) => addressFor(each, "read")),
        ...epilogue.writes.map((each) => addressFor(each, "write")),
      ],
    };
    return this.#target.calls(placed, stored) ?? [javaScriptCall(placed)];
  }

  #address(id: number, access: "read" | "write"): Address {
    const location = this.#plan.locations[id];
    if (location === undefined) throw new Error(`%${id} has no location in the plan`);
    const { region, offset } = location;
    return { region, offset, bytes: this.#bytes(id), access, value: id };
  }

  #bytes(id: number): number {
    const { dtype, shape } = nodeAt(this.#trace.nodes, id);
    return this.#target.bytes[dtype] * sizeOf(shape);
  }
}

/** Returns the calls of a body: only the planner needs its other properties. */
function callsOf({ calls }: BodyProgram): BodyCalls {
  return { calls };
}

/**
 * An op that JavaScript computes on linear memory. It holds types, not arrays, which would be detached when memory
 * grows.
 */
interface OpInMemory {
  readonly op: string;
  readonly attributes: Attributes;
  readonly types: readonly TensorType[];
  readonly resultTypes: readonly TensorType[];
}

const opFunction = registerMemoryFunction<OpInMemory>(
  "op",
  ({ op: name, attributes, types, resultTypes }, { buffer }, ...addresses) => {
    const op = opNamed(name);
    const arrayAt = ({ dtype, shape }: TensorType, index: number) =>
      arrayIn(buffer, dtype, numberAt(addresses, index), sizeOf(shape));
    const arrays = types.map(arrayAt);
    const results = resultTypes.map((type, i) => arrayAt(type, types.length + i));
    const [type, result] = [at(resultTypes, 0), at(results, 0)];
    // An op that overwrites its input does not clear its output first.
    if (!overwrites(op)) for (const each of results) each.fill(0);
    computeInto(op, { name, arrays, types, attributes, type, result, results });
  },
);

/** Returns the call of an op that JavaScript computes on linear memory. */
function javaScriptCall({ op, attributes, inputs, outputs }: PlacedOp): ProgramCall {
  const typesOf = (list: PlacedOp["inputs"]) =>
    list.map(({ shape, dtype, weak }): TensorType => ({ shape, dtype, weak }));
  const data = {
    op: op.name,
    attributes,
    types: typesOf(inputs),
    resultTypes: typesOf(outputs),
  } satisfies OpInMemory;
  return {
    function: { name: op.name, javascript: opFunction, data },
    arguments: [...inputs, ...outputs].map(({ address }) => address),
  };
}
