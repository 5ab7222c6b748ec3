/**
 * Calls as dispatches. Bodies are written out run by run. What may not run, such as a branch that is not taken, looks at a
 * word of its own first, which a dispatch ahead of it has written: what it holds is known on the GPU alone.
 */

import { ArgumentError } from "../../errors.ts";
import { type Address, type Argument, type Check, moved, registerCheck } from "../../graph/call.ts";
import { stillTrue } from "../../ops/bodies.ts";
import { at } from "../../tensor/shape.ts";
import {
  type ControlFunction,
  isControl,
  isLoop,
  isOfJavaScript,
  type ProgramCall,
} from "../program/calls/call.ts";
import { dependencies } from "../program/calls/dependencies.ts";
import { COUNT, GOES } from "../program/units/bodies.ts";
import type { Gpu } from "./gpu.ts";
import { checkShader, copyShader, countShader, fillShader, skipShader } from "./kernels.ts";
import { loopShaders } from "./loops.ts";
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
}

/** A shader that runs, with its arguments. */
interface Step {
  readonly shader: Shader;
  readonly arguments: readonly Argument[];
  readonly skip: number;
  /** True if what is ahead of it stays there, and what is behind it, too: it touches words that are no arguments. */
  readonly parts?: boolean;
}

/** Conditions under which a word says that nothing is to be done. */
const SKIPS = {
  false: "x == 0u",
  true: "x != 0u",
  /** The number of a row, counted from 1 at the last one behind it. */
  row: `x == 0u || m[${argument(3)}] != ${argument(4)}`,
} as const;

/** The most dispatches of a program. */
const MOST_DISPATCHES = 2 ** 16;

/** The most dispatches that are looked at for one that a step can join. */
const MOST_OPEN = 256;

const stillTrueCheck = registerCheck<{ readonly most: number }>(
  "still true",
  ({ arguments: own }) => stillTrue(own.most),
);

/** Writes the dispatches of a program's calls. */
export class DispatchWriter {
  readonly #gpu: Gpu;
  /** Keeps the words that dispatches look at as long as it is there. */
  readonly #owner: object;
  /** The texts of dispatches, by their lines. */
  readonly #codes = new Map<string, string>();

  constructor(gpu: Gpu, owner: object) {
    this.#gpu = gpu;
    this.#owner = owner;
  }

  /** Returns the dispatches of calls. */
  of(calls: readonly ProgramCall[]): Dispatch[] {
    return joined(this.#stepsOf(calls, 0)).map((steps) => this.#dispatchOf(steps));
  }

  #dispatchOf(steps: readonly Step[]): Dispatch {
    const sorted = steps.toSorted(({ shader: { lines: a } }, { shader: { lines: b } }) =>
      a < b ? -1 : Number(a > b),
    );
    const shaders = sorted.map(({ shader }) => shader);
    const key = shaders.map(({ groups: own, lines }) => `${own} ${lines}`).join("\n");
    const code = this.#codes.get(key) ?? codeOf(shaders, this.#gpu.exact);
    this.#codes.set(key, code);
    const slots = sorted.map((step) => step.arguments);
    return { code, groups: gridOf(shaders), slots, skip: at(steps, 0).skip };
  }

  /** Returns the steps of calls. @param skip the word at which they look. */
  #stepsOf(calls: readonly ProgramCall[], skip: number): Step[] {
    return calls.flatMap((call) => this.#ofCall(call, skip));
  }

  #ofCall(call: ProgramCall, skip: number): Step[] {
    const { function: callee, arguments: given } = call;
    const all = (shaders: readonly Shader[], own: readonly Argument[], parts = false) =>
      shaders.flatMap((shader) =>
        shader.groups.includes(0) ? [] : [{ shader, arguments: own, skip, parts }],
      );
    if (isControl(callee)) return this.#ofBodies(callee, given, skip);
    if (isLoop(callee)) return all(loopShaders(callee.loop).shaders, given);
    if (callee === "copy") return all([copyShader(Number(given[2]) / WORD)], given.slice(0, 2));
    if (callee === "clear") {
      return all([fillShader(Number(given[1]) / WORD, "0u")], given.slice(0, 1));
    }
    if (typeof callee === "string" || !isOfJavaScript(callee)) {
      throw new Error(`no shaders for ${callee}`);
    }
    const { shaders, check } = callee.given as Shaders;
    if (check === undefined) return all(shaders, given);
    return all(shaders, [...given, this.#gpu.numberOf(check, this.#owner)], true);
  }

  #ofBodies(
    { name, bodies, order }: ControlFunction,
    given: readonly Argument[],
    skip: number,
  ): Step[] {
    const list: Step[] = [];
    const steps = order.kind === "repeat" ? order.steps : [];
    const placed = ({ region, offset, access, ...extent }: Address, times: number): Address => {
      const distance = offset + times * (steps[region] ?? 0);
      return { ...moved(at(given, region) as Address, distance, extent), access };
    };
    /** Writes a run of a body, whose regions the arguments are. */
    const run = (body: readonly Step[], times = 0) => {
      if (list.length + body.length > MOST_DISPATCHES) throw tooMany(name);
      for (const { arguments: own, ...rest } of body) {
        const moves = own.map((each) => (typeof each === "number" ? each : placed(each, times)));
        list.push({ ...rest, arguments: moves });
      }
    };
    /** Writes to a word whether what looks at it is skipped. */
    const guard = (
      word: number,
      when: keyof typeof SKIPS,
      condition: Argument,
      ...more: Argument[]
    ) =>
      list.push({
        shader: skipShader(SKIPS[when]),
        arguments: [condition, word, skip, ...more],
        skip: 0,
        parts: true,
      });
    const wordOf = () => this.#gpu.take(WORD, this.#owner).start / WORD;
    if (order.kind === "branches") {
      const condition = at(given, given.length - 1);
      bodies.forEach(({ calls }, i) => {
        const word = wordOf();
        guard(word, i === 0 ? "false" : "true", condition);
        run(this.#stepsOf(calls, word));
      });
      return list;
    }
    const { length, stops, reverse, most = length } = order;
    const { calls } = at(bodies, 0);
    if (!stops) {
      const body = this.#stepsOf(calls, skip);
      for (let i = 0; i < length; i++) run(body, i);
      return list;
    }
    if (!Number.isFinite(length)) throw tooMany(name);
    const [goes, count] = [at(given, GOES), at(given, COUNT)];
    const word = wordOf();
    const body = this.#stepsOf(calls, word);
    const shader = countShader(reverse ? -1 : 1);
    const counting = { shader, arguments: [count], skip: word, parts: true };
    for (let i = 0; i < length; i++) {
      // Backwards each row waits until it is the last one that is behind.
      const row = length - 1 - i;
      if (reverse) guard(word, "row", goes, count, row + 1);
      else guard(word, "false", goes);
      run(body, reverse ? -row : i);
      list.push(counting);
    }
    const check: Check = { kind: stillTrueCheck, op: name, arguments: { most } };
    list.push({
      shader: checkShader(1, "integer", "x != 0"),
      arguments: [goes, this.#gpu.numberOf(check, this.#owner)],
      skip,
      parts: true,
    });
    return list;
  }
}

/**
 * Puts steps together of which none needs what another one writes: each goes as far back as there is one that it can join.
 * The rest stays in order.
 */
function joined(steps: readonly Step[]): Step[][] {
  const waits = dependencies(
    steps.map((step) => ({
      function: "",
      arguments: step.arguments.map((own) =>
        // All calls have the same scratch memory.
        typeof own === "object" && own.access === "scratch" ? { ...own, access: "write" } : own,
      ),
    })),
  );
  /** From the last one on. */
  const groups: Step[][] = [];
  /** By step: the first of these groups that is behind none that waits for it. */
  const least = steps.map(() => 0);
  /** The groups to which others may be added. */
  let open: number[] = [];
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = at(steps, i);
    const { shader, skip, parts } = step;
    const first = at(least, i);
    const found = parts
      ? undefined
      : open.find((k) => {
          const [other] = at(groups, k) as [Step];
          return k >= first && other.skip === skip && canJoin(shader, other.shader);
        });
    const k = found ?? groups.push([]) - 1;
    if (at(groups, k).push(step) === MOST_SHADERS) open = open.filter((own) => own !== k);
    else if (parts) open = [];
    else if (found === undefined) open = [...open.slice(-MOST_OPEN), k];
    for (const other of at(waits, i)) least[other] = Math.max(at(least, other), k + 1);
  }
  return groups.reverse();
}

/** True if shaders can be one dispatch: all are of elements, or the same one. */
function canJoin(a: Shader, b: Shader): boolean {
  if (a.count !== undefined && b.count !== undefined) return true;
  const isSame = a.lines === b.lines && `${a.groups}` === `${b.groups}`;
  return isSame && 2 * MOST_SHADERS * at(a.groups, 2) < MOST_GROUPS;
}

function tooMany(name: string): ArgumentError {
  return new ArgumentError({
    op: name,
    expected: `at most ${MOST_DISPATCHES} dispatches`,
    got: "more of them, or any number of steps",
    hint: "Give whileLoop maxSteps, or compile this part for WebAssembly",
  });
}
