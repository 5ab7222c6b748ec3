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
import { COUNT, GOES } from "../program/units/bodies.ts";
import type { Gpu } from "./gpu.ts";
import { checkShader, copyShader, countShader, fillShader, skipShader } from "./kernels.ts";
import { loopShaders } from "./loops.ts";
import type { Shaders } from "./target.ts";
import { argument, type Shader, WORD } from "./wgsl.ts";

/** A dispatch with its arguments: addresses that depend on where memory is, and numbers. */
export interface Dispatch {
  readonly shader: Shader;
  readonly arguments: readonly Argument[];
  /** The index of a word that is not 0 if the dispatch is skipped. The word of errors comes first. */
  readonly skip: number;
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

const stillTrueCheck = registerCheck<{ readonly most: number }>(
  "still true",
  ({ arguments: own }) => stillTrue(own.most),
);

/** Writes the dispatches of a program's calls. */
export class DispatchWriter {
  readonly #gpu: Gpu;
  /** Keeps the words that dispatches look at as long as it is there. */
  readonly #owner: object;

  constructor(gpu: Gpu, owner: object) {
    this.#gpu = gpu;
    this.#owner = owner;
  }

  /** Returns the dispatches of calls. @param skip the word at which they look. */
  of(calls: readonly ProgramCall[], skip = 0): Dispatch[] {
    return calls.flatMap((call) => this.#ofCall(call, skip));
  }

  #ofCall(call: ProgramCall, skip: number): Dispatch[] {
    const { function: callee, arguments: given } = call;
    const all = (shaders: readonly Shader[], own: readonly Argument[]) =>
      shaders.flatMap((shader) =>
        shader.groups.includes(0) ? [] : [{ shader, arguments: own, skip }],
      );
    if (isControl(callee)) return this.#ofBodies(callee, given, skip);
    if (isLoop(callee)) return all(loopShaders(callee.loop, this.#gpu.exact).shaders, given);
    if (callee === "copy") return all([copyShader(Number(given[2]) / WORD)], given.slice(0, 2));
    if (callee === "clear") {
      return all([fillShader(Number(given[1]) / WORD, "0u")], given.slice(0, 1));
    }
    if (typeof callee === "string" || !isOfJavaScript(callee)) {
      throw new Error(`no shaders for ${callee}`);
    }
    const { shaders, check } = callee.given as Shaders;
    return all(shaders, check ? [...given, this.#gpu.numberOf(check, this.#owner)] : given);
  }

  #ofBodies(
    { name, bodies, order }: ControlFunction,
    given: readonly Argument[],
    skip: number,
  ): Dispatch[] {
    const list: Dispatch[] = [];
    const steps = order.kind === "repeat" ? order.steps : [];
    const placed = ({ region, offset }: Address, times: number) =>
      moved(at(given, region) as Address, offset + times * (steps[region] ?? 0));
    /** Writes a run of a body, whose regions the arguments are. */
    const run = (body: readonly Dispatch[], times = 0) => {
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
      });
    const wordOf = () => this.#gpu.take(WORD, this.#owner).start / WORD;
    if (order.kind === "branches") {
      const condition = at(given, given.length - 1);
      bodies.forEach(({ calls }, i) => {
        const word = wordOf();
        guard(word, i === 0 ? "false" : "true", condition);
        run(this.of(calls, word));
      });
      return list;
    }
    const { length, stops, reverse, most = length } = order;
    const { calls } = at(bodies, 0);
    if (!stops) {
      const body = this.of(calls, skip);
      for (let i = 0; i < length; i++) run(body, i);
      return list;
    }
    if (!Number.isFinite(length)) throw tooMany(name);
    const [goes, count] = [at(given, GOES), at(given, COUNT)];
    const word = wordOf();
    const body = this.of(calls, word);
    const counting = { shader: countShader(reverse ? -1 : 1), arguments: [count], skip: word };
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
    });
    return list;
  }
}

function tooMany(name: string): ArgumentError {
  return new ArgumentError({
    op: name,
    expected: `at most ${MOST_DISPATCHES} dispatches`,
    got: "more of them, or any number of steps",
    hint: "Give whileLoop maxSteps, or compile this part for WebAssembly",
  });
}
