/**
 * Calls as dispatches.
 *
 * In: the calls of a program, with bodies. Out: dispatches in order, each with the words of its arguments.
 *
 * Bodies are written out run by run. A shader that may not run, such as one of a branch that is not taken, reads a word that an
 * earlier dispatch has written: the condition is known on the GPU alone.
 *
 * Independent shaders are one dispatch where all are of elements, or all the same, each with its arguments. So the updates of all
 * Variables of an optimizer are a few dispatches, and the three products of an attention are one. Dispatches of single
 * workgroups that follow each other are one, too.
 */

import { ArgumentError } from "../../errors.ts";
import {
  type Address,
  type Argument,
  type Check,
  type MemoryFunction,
  moved,
  registerCheck,
} from "../../graph/call.ts";
import { stillTrue } from "../../ops/bodies.ts";
import { at } from "../../tensor/shape.ts";
import {
  type ControlFunction,
  isControl,
  isLoop,
  type ProgramCall,
} from "../program/calls/call.ts";
import { dependencies } from "../program/calls/dependencies.ts";
import { COUNT, GOES } from "../program/schedule/bodies.ts";
import type { Gpu } from "./gpu.ts";
import { checkShader, copyShader, countShader, fillShader, skipShader } from "./kernels.ts";
import { loopShaders } from "./loops.ts";
import { chosen, repeated, runsAtOnce, type Step } from "./oneGroup.ts";
import type { Shaders } from "./target.ts";
import { argument, codeOf, gridOf, MOST_GROUPS, MOST_SHADERS, type Shader, WORD } from "./wgsl.ts";

/** A dispatch of one shader or several. */
export interface Dispatch {
  readonly code: string;
  readonly groups: readonly [number, number, number];
  /** By shader: its arguments, which are addresses that depend on where memory is, and numbers. */
  readonly slots: readonly (readonly Argument[])[];
  /** The index of a word that is not 0 if the dispatch is skipped. The word of errors comes first. */
  readonly skip: number;
  /** The indices of the calls that it makes, wholly or in part. */
  readonly calls: readonly number[];
}

/** The index of the call to which a step belongs. */
interface OfCall {
  readonly call: number;
}

/** The most dispatches of a program. */
const MOST_DISPATCHES = 2 ** 16;

const ONCE = { goes: [], backwards: false, strideOf: () => 0 };

/** The most runs of a loop in one workgroup that has no other end. */
const MOST_RUNS = 2 ** 20;

const stillTrueCheck = registerCheck<{ readonly most: number }>(
  "still true",
  ({ arguments: bounds }) => stillTrue(bounds.most),
);

/** Writes the dispatches of a program's calls. */
export class DispatchWriter {
  readonly #gpu: Gpu;
  /** The owner of the words that decide whether dispatches are skipped: they are freed with it. */
  readonly #owner: object;
  /** The texts of dispatches, by their lines. */
  readonly #codes = new Map<string, string>();

  constructor(gpu: Gpu, owner: object) {
    this.#gpu = gpu;
    this.#owner = owner;
  }

  /** Returns the dispatches of calls. */
  of(calls: readonly ProgramCall[]): Dispatch[] {
    const list: { readonly steps: (Step & OfCall)[]; readonly isSmall: boolean }[] = [];
    const flat = calls.flatMap((each, call) =>
      this.#ofCall(each, 0).map((step) => ({ ...step, call })),
    );
    for (const steps of joined(flat)) {
      const last = list.at(-1);
      /** True if one workgroup computes the steps, with an element for each thread. */
      const isChain = (chain: readonly Step[]) => runsAtOnce(chain, at(steps, 0).skip, 1) > 0;
      const isSmall = steps.length === 1 && isChain(steps);
      if (isSmall && last?.isSmall && isChain([...last.steps, ...steps])) last.steps.push(...steps);
      else list.push({ steps, isSmall });
    }
    return list.map(({ steps, isSmall }) =>
      this.#dispatchOf(isSmall && steps.length > 1 ? [repeated(steps, 1, ONCE)] : steps, [
        ...new Set(steps.map(({ call }) => call)),
      ]),
    );
  }

  #dispatchOf(steps: readonly Step[], calls: readonly number[]): Dispatch {
    const sorted = steps.toSorted(({ shader: { lines: a } }, { shader: { lines: b } }) =>
      a < b ? -1 : Number(a > b),
    );
    const shaders = sorted.map(({ shader }) => shader);
    const key = shaders.map(({ groups: size, lines }) => `${size} ${lines}`).join("\n");
    const slots = sorted.flatMap((step) => step.slots);
    const code = this.#codes.get(key) ?? codeOf(shaders, slots.length, this.#gpu.exact);
    this.#codes.set(key, code);
    return { code, groups: gridOf(shaders), slots, skip: at(steps, 0).skip, calls };
  }

  /** Returns the steps of calls. @param skip the word that skips them. */
  #stepsOf(calls: readonly ProgramCall[], skip: number): Step[] {
    return calls.flatMap((call) => this.#ofCall(call, skip));
  }

  #ofCall(call: ProgramCall, skip: number): Step[] {
    const { function: callee, arguments: args } = call;
    const all = (shaders: readonly Shader[], slot: readonly Argument[], parts = false) =>
      shaders.flatMap((shader) =>
        shader.groups.includes(0) ? [] : [{ shader, slots: [slot], skip, parts }],
      );
    if (isControl(callee)) return this.#ofBodies(callee, args, skip);
    if (isLoop(callee)) return all(loopShaders(callee.loop).shaders, args);
    if (callee === "copy") return all([copyShader(Number(args[2]) / WORD)], args.slice(0, 2));
    if (callee === "clear") {
      return all([fillShader(Number(args[1]) / WORD, "0u")], args.slice(0, 1));
    }
    const { shaders, check } = (callee as MemoryFunction).data as Shaders;
    if (check === undefined) return all(shaders, args);
    return all(shaders, [...args, this.#gpu.numberOf(check, this.#owner)], true);
  }

  #ofBodies(
    { name, bodies, order }: ControlFunction,
    args: readonly Argument[],
    skip: number,
  ): Step[] {
    const list: Step[] = [];
    const steps = order.kind === "repeat" ? order.steps : [];
    const strideOf = (argument: Argument | undefined) =>
      typeof argument === "object" ? (steps[argument.region] ?? 0) : 0;
    const placed = (argument: Argument, times: number): Argument => {
      if (typeof argument === "number") return argument;
      const { region, offset, access, ...extent } = argument;
      const distance = offset + times * strideOf(argument);
      return { ...moved(at(args, region) as Address, distance, extent), access };
    };
    /** Writes a run of a body, whose regions the arguments are. */
    const run = (body: readonly Step[], times = 0) => {
      if (list.length + body.length > MOST_DISPATCHES) throw tooMany(name);
      for (const { slots, ...rest } of body) {
        const moves = slots.map((slot) => slot.map((each) => placed(each, times)));
        list.push({ ...rest, slots: moves });
      }
    };
    /** Returns the beginning of a region. */
    const regionAt = (region: number): Address => ({
      ...(at(args, region) as Address),
      region,
      offset: 0,
    });
    /** Writes the word that skips dispatches, by a condition on the word `x`. */
    const guard = (word: number, when: string, ...args: Argument[]) =>
      list.push({
        shader: skipShader(when),
        slots: [[word, skip, ...args]],
        skip: 0,
        parts: true,
      });
    const wordOf = () => this.#gpu.take(WORD, this.#owner).start / WORD;
    if (order.kind === "branches") {
      const words = bodies.map(wordOf);
      const stepsOfBodies = bodies.map(({ calls }, i) => this.#stepsOf(calls, at(words, i)));
      const small = stepsOfBodies.map((steps, i) => lookingAt(skip, steps, at(words, i)));
      const [whenTrue, whenFalse] = small as [Step[], Step[]];
      if (runsAtOnce([...whenTrue, ...whenFalse], skip) > 0) {
        run([chosen(regionAt(args.length - 1), whenTrue, whenFalse)]);
        return list;
      }
      const condition = at(args, args.length - 1);
      stepsOfBodies.forEach((steps, i) => {
        guard(at(words, i), i === 0 ? "x == 0u" : "x != 0u", condition);
        run(steps);
      });
      return list;
    }
    const { stops, reverse, length } = order;
    const { calls } = at(bodies, 0);
    const goes = stops ? [GOES, COUNT].map(regionAt) : [];
    const word = stops ? wordOf() : skip;
    const body = this.#stepsOf(calls, word);
    if (stops) {
      const shader = countShader(reverse ? -1 : 1);
      body.push({ shader, slots: [goes.slice(1)], skip: word, parts: true });
    }
    const small = lookingAt(skip, body, word);
    const atOnce = runsAtOnce(small, skip);
    const most = Math.min(length, atOnce > 0 ? MOST_RUNS : length);
    if (atOnce > 0) {
      const backwards = stops && reverse;
      for (let i = 0; i < most; i += atOnce) {
        const repetition = { goes, backwards, strideOf };
        run([repeated(small, Math.min(atOnce, most - i), repetition)], backwards ? 0 : i);
      }
    } else if (!stops) {
      for (let i = 0; i < length; i++) run(body, i);
    } else {
      if (!Number.isFinite(length)) throw tooMany(name);
      for (let i = 0; i < length; i++) {
        // Backwards each row waits until it is the last one visited.
        const row = length - 1 - i;
        const other = `x == 0u || m[${argument(3)}] != ${argument(4)}`;
        guard(word, reverse ? other : "x == 0u", at(args, GOES), at(args, COUNT), row + 1);
        run(body, reverse ? -row : i);
      }
    }
    if (!stops) return list;
    const check: Check = {
      kind: stillTrueCheck,
      op: name,
      arguments: { most: order.most ?? most },
    };
    list.push({
      shader: checkShader(1, "integer", "x != 0"),
      slots: [[at(args, GOES), this.#gpu.numberOf(check, this.#owner)]],
      skip,
      parts: true,
    });
    return list;
  }
}

/** Returns steps that are skipped by another word. */
function lookingAt(word: number, steps: readonly Step[], other: number): Step[] {
  return steps.map((step) => (step.skip === other ? { ...step, skip: word } : step));
}

/**
 * Merges steps that do not depend on each other: each moves to the earliest step that it can join. Other steps stay in
 * order.
 */
function joined<S extends Step>(steps: readonly S[]): S[][] {
  const waits = dependencies(
    steps.map((step) => ({
      function: "",
      arguments: step.slots.flat().map((argument) =>
        // All calls have the same scratch memory.
        typeof argument === "object" && argument.access === "scratch"
          ? { ...argument, access: "write" }
          : argument,
      ),
    })),
  );
  /** From the last one on. */
  const groups: S[][] = [];
  /** By step: the first of these groups that does not precede a step that it waits for. */
  const least = steps.map(() => 0);
  /** The groups to which others may be added, in order, by what they have in common: all are of elements, or the same. */
  const open = new Map<string, number[]>();
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = at(steps, i);
    const { count, groups: grid, lines } = step.shader;
    const key = `${step.skip} ${count === undefined ? `${grid} ${lines}` : ""}`;
    const list = open.get(key) ?? [];
    let next = list.length;
    while (next > 0 && at(list, next - 1) >= at(least, i)) next--;
    if (step.parts || next === list.length) {
      next = list.length;
      list.push(groups.push([]) - 1);
    }
    const k = at(list, next);
    const most = Math.min(MOST_SHADERS, Math.floor(MOST_GROUPS / at(grid, 2)));
    if (at(groups, k).push(step) >= most) list.splice(next, 1);
    if (step.parts) open.clear();
    else open.set(key, list);
    for (const other of at(waits, i)) least[other] = Math.max(at(least, other), k + 1);
  }
  return groups.reverse();
}

function tooMany(name: string): ArgumentError {
  const expected = `at most ${MOST_DISPATCHES} dispatches`;
  const hint = "Give whileLoop maxSteps, or compile this part for WebAssembly";
  return new ArgumentError(name, "", expected, "more of them, or any number of steps", hint);
}
