/**
 * `compile`: a function becomes a program, once for each combination of shapes, dtypes, static arguments and guards.
 *
 * ```
 * record → Program: lower → simplify → prepare
 * ```
 *
 * In: a function and its arguments. Out: a function that runs programs.
 *
 * Invariant: a program serves calls whose arguments have one structure, prototypes included, and the same types
 * (`signature.ts`). A transform of a compiled function is a compiled function of its trace, kept under its name and options;
 * a static argument passes through a transform as a function that captures it, since numbers become tensors there.
 */

import {
  argumentError,
  checkFunction,
  checkSurplus,
  isPlainObject,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { readArgnums } from "../differentiate/inputs.ts";
import { describe, RecordingError, warn } from "../errors.ts";
import {
  type AnyFunction,
  passedThrough,
  registerCompiled,
  released,
  type Transform,
} from "../graph/compiled.ts";
import type { TensorFunction, TensorInputs } from "../graph/functions.ts";
import {
  areSame,
  type Guards,
  mostChangedProperty,
  takeOver,
  watchGuards,
} from "../graph/guards.ts";
import type { AtOnce, IsOneOf, PassedUnlessStatic, RecordableBut } from "../graph/recordable.ts";
import { isReplayMeant, runningRecording } from "../graph/recording.ts";
import type { SourceLocation } from "../graph/trace.ts";
import { recordFunction, TraceRecording, withLocations } from "../graph/tracing.ts";
import {
  type Filler,
  fillerOf,
  type Input,
  leafTensor,
  type Mapped,
  walkTree,
} from "../graph/tree.ts";
import { Variable } from "../graph/variable.ts";
import { Backend } from "../run/device/backend.ts";
import type { RunnerName } from "../run/runner.ts";
import { defaultDType } from "../tensor/defaultDType.ts";
import type { DType } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import { resolve, type Tensor } from "../tensor/tensor.ts";
import { Program } from "./program.ts";
import { type Form, formsOf, leavesLike, mostChanged } from "./signature.ts";

/** The settings of {@link compile}. */
export interface CompileOptions<Statics extends readonly number[] = readonly number[]> {
  /**
   * The backend: "wasm", where it can be had, "js", or one of another package, whose results may have to be awaited
   * (`await tensor.read()`). Default: as `setRunner` says.
   */
  readonly backend?: RunnerName | Backend;
  /** Indices of arguments that are constants of the program: a change compiles again. */
  readonly static?: Statics;
}

/** Reads what compiles functions: a name, or a backend. */
function readBackend(op: string, argument: string, value: unknown): RunnerName | Backend {
  if (value === "wasm" || value === "js" || value instanceof Backend) return value;
  throw argumentError(op, argument, '"wasm", "js" or a Backend', value);
}

const readOptions = optionsReader({
  backend: optional<RunnerName | Backend | undefined>(readBackend, undefined),
  static: optional(readArgnums, []),
});

/** A compiled function: called like the function itself. */
export interface Compiled<Inputs extends readonly unknown[], Result> {
  (...inputs: Inputs): Mapped<Result, Tensor>;
  /** Returns the program for these arguments, compiled if need be, but not run. */
  program(...inputs: Inputs): Program;
}

type CompileInputs<List extends readonly unknown[], Statics extends readonly number[]> = {
  [Key in keyof List]: number extends Statics[number]
    ? List[Key] | Input<List[Key]>
    : IsOneOf<Key, Statics> extends true
      ? List[Key]
      : PassedUnlessStatic<List[Key], Input<List[Key]>>;
};

/** The arguments of `compile` of a compiled function. */
interface Origin {
  readonly fn: AnyFunction;
  readonly backend: RunnerName | Backend | undefined;
  readonly statics: readonly number[];
  /** True if it is a transform of a compiled function. */
  readonly isTransform: boolean;
}

const origins = new WeakMap<object, Origin>();

/**
 * Returns a compiled function for a separate program of the same function; undefined for a function that is not
 * compiled.
 */
export function compiledAnew(
  compiled: object,
  inputs: readonly unknown[],
  recording: TraceRecording,
): { readonly program: Program; readonly leaves: readonly Tensor[] } | undefined {
  const origin = origins.get(compiled);
  if (origin === undefined) return undefined;
  const { fn, backend, statics } = origin;
  const { program } = build(fn, inputs, backend, statics, recording);
  return { program, leaves: leavesLike(formsOf(inputs, statics), inputs) ?? [] };
}

/** The most programs of a function, since each takes some 100 kB and new shapes may never end. */
const MOST_PROGRAMS = 256;

/**
 * The number of compilations of one function at which a warning is given, once for each function: a compilation takes
 * milliseconds.
 */
const MANY_COMPILATIONS = 32;

function warnOfCompilations(fn: { readonly name: string }, entries: readonly Entry[]): void {
  const property = mostChangedProperty(entries.map(({ guards }) => guards));
  const change =
    mostChanged(entries.map(({ forms }) => forms)) ?? (property && `${property} has changed`);
  warn(
    `${describe(fn)} was compiled ${MANY_COMPILATIONS} times${change === undefined ? "" : `, since ${change}`}. ` +
      "Each compilation takes some 5 to 50 milliseconds: give batches few sizes, and pass what changes as a number or a " +
      "Tensor that is not static.",
  );
}

/** A program with the forms of the arguments that it serves, and that of its result. */
interface Entry {
  readonly forms: readonly Form[];
  /** The default dtype under which it was recorded. */
  readonly numbers: DType;
  readonly program: Program;
  /** The modes, Variables and layers that the function has read. */
  readonly guards: Guards;
  /** Replaces the leaves of the result by the outputs. */
  readonly fill: Filler;
}

/**
 * Compiles a function of tensors: its ops are recorded on the first call, simplified, and run from
 * then on without the function.
 *
 * **What the function captures is fixed by the first call:** tensors and numbers from outside are
 * constants of the program. What is to change is an argument or a `Variable`. A number among the
 * arguments may change from call to call. Other shapes, dtypes, strings or booleans compile again. So do another
 * default dtype, another mode of a layer (`layer.train()`), and a Variable that is trained no more or again
 * (`trainable`), if the function reads them. So does another part of a layer that the function has run, such as
 * `model.head = new Dense(…)`. Plain objects and lists of a closure are not looked at. The 256 programs that were used last
 * are kept.
 *
 * Inside, a number is a Tensor, so no parameter may be declared as one, unless its index is `static`; an optional one
 * keeps its default. Numbers in an instance of a class with methods are settings, which stay numbers: another one
 * compiles again.
 *
 * Inside, no value can be read: `item()` and conditions on values are errors. Variables can be read and assigned.
 *
 * `compile(grad(fn))` and `grad(compile(fn))` are one program each, and so are other derivatives, batches and their
 * nestings. In eager code that is differentiated or batched as a whole, the compiled function is a program forwards and
 * another one back. Inside another compiled function its ops are part of that.
 *
 * @param fn a function whose result is a Tensor or a tree of Tensors.
 * @param options `backend` (default: what `setRunner` has chosen when the program runs); `static`:
 *   indices of arguments that are constants.
 * @returns the compiled function; its `program(…)` shows the steps.
 * @throws RecordingError for a value read inside, or a captured tensor of an outer recording.
 * @example
 * ```ts
 * import { compile, grad, type Tensor, tensor } from "@graddiff/core";
 *
 * const loss = (w: Tensor, x: Tensor) => w.mul(x).sub(1).square().sum();
 * const step = compile((w: Tensor, x: Tensor, rate: Tensor) => w.sub(grad(loss)(w, x).mul(rate)));
 * console.log(String(step(tensor([1, 2]), tensor([1, 1]), 0.25))); // [1.  1.5]
 * ```
 */
export function compile<F extends TensorFunction<unknown>>(
  fn: F & AtOnce<ReturnType<F>>,
  options?: CompileOptions,
): Compiled<TensorInputs<F>, ReturnType<F>>;
export function compile<
  List extends readonly unknown[],
  Result,
  const Statics extends readonly number[] = readonly [],
>(
  fn: (...inputs: List) => Result & RecordableBut<List, Statics> & AtOnce<Result>,
  options?: CompileOptions<Statics>,
): Compiled<CompileInputs<List, Statics>, Result>;
export function compile(fn: (...inputs: never) => unknown, options?: unknown): unknown {
  refuseSurplus("compile", 2, arguments);
  checkFunction("compile", fn);
  const { backend, static: statics } = readOptions("compile", options);
  return compiledOf({ fn, backend, statics, isTransform: false });
}

function compiledOf(origin: Origin): AnyFunction {
  const { fn, backend, statics, isTransform } = origin;
  let compilations = 0;
  /** The entry that was used last is the first. */
  const entries: Entry[] = [];

  function find(inputs: readonly unknown[]): { entry: Entry; leaves: readonly Tensor[] } {
    const numbers = defaultDType();
    for (let index = 0; index < entries.length; index++) {
      const entry = at(entries, index);
      if (entry.numbers !== numbers) continue;
      const leaves = leavesLike(entry.forms, inputs);
      if (leaves === undefined || !areSame(entry.guards)) continue;
      if (index > 0) {
        entries.splice(index, 1);
        entries.unshift(entry);
      }
      takeOver(entry.guards);
      return { entry, leaves };
    }
    const forms = formsOf(inputs, statics);
    const entry = { forms, numbers, ...build(fn, inputs, backend, statics) };
    entries.unshift(entry);
    if (++compilations === MANY_COMPILATIONS) warnOfCompilations(fn, entries);
    if (entries.length > MOST_PROGRAMS) entries.pop()?.program.releaseMemory();
    takeOver(entry.guards);
    return { entry, leaves: leavesLike(forms, inputs) ?? [] };
  }

  function run(...args: unknown[]): unknown {
    const inputs = statics.length === 0 ? args : args.map(released);
    // A recording that watches each op sees the ops of the function, with their layers and lines. A transform that is
    // recorded or drawn needs no separate program.
    if (runningRecording()?.opensCompiled || (isTransform && isReplayMeant())) {
      return opened(fn, inputs, statics);
    }
    const { entry, leaves } = find(inputs);
    const { program, fill } = entry;
    const isRecorded =
      leaves.some((leaf) => resolve(leaf).level !== undefined) || program.readsRecorded();
    if (!isRecorded) return fill(program.run(leaves));
    return fill(isReplayMeant() ? program.replay(leaves) : program.apply(leaves));
  }

  origins.set(run, origin);
  registerCompiled(run, { statics, transform: transformsOf(origin) });
  const program = (...inputs: unknown[]) => find(inputs).entry.program;
  return Object.assign(run, { program });
}

/**
 * The most transforms that are kept. A program mostly makes few, but `grad(step)(x)` in a loop makes the same one again
 * and again.
 */
const MOST_TRANSFORMS = 32;

/** Compiles transforms of a compiled function, each once, from its recordings. */
function transformsOf({ fn, backend, statics }: Origin): (transform: Transform) => AnyFunction {
  /** The transform that was made last is the last. */
  const made: { readonly name: string; readonly options: unknown; readonly run: AnyFunction }[] =
    [];
  return ({ name, options, fn: transform, shift = (i) => i }) => {
    const known = made.find(
      (transformed) => transformed.name === name && isAlike(transformed.options, options),
    );
    if (known !== undefined) return known.run;
    const shifted = statics.map(shift).filter((index) => index >= 0);
    const transformedFn = (...inputs: readonly unknown[]) =>
      transform(...passedThrough(inputs, shifted));
    Object.defineProperty(transformedFn, "name", {
      value: `${name} of ${fn.name || "a function"}`,
    });
    const run = compiledOf({ fn: transformedFn, backend, statics: shifted, isTransform: true });
    made.push({ name, options, run });
    if (made.length > MOST_TRANSFORMS) made.shift();
    return run;
  };
}

/** True if options are equal: plain objects and lists are compared by their entries. */
function isAlike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!(isPlainObject(a) && isPlainObject(b)) && !(Array.isArray(a) && Array.isArray(b)))
    return false;
  const [entries, other] = [Object.entries(a), Object.entries(b)];
  return (
    entries.length === other.length &&
    entries.every(([key, value], i) => other[i]?.[0] === key && isAlike(value, other[i]?.[1]))
  );
}

/** Calls the function itself, on the tensors that a compiled one would have. */
function opened(
  fn: (...inputs: never) => unknown,
  inputs: readonly unknown[],
  statics: readonly number[],
): unknown {
  checkSurplus("compile", fn, inputs);
  const tensors = standInArguments((value) => value, inputs, statics);
  return Reflect.apply(fn, undefined, tensors);
}

/** Records, and returns the program for one combination of arguments. */
function build(
  fn: (...inputs: never) => unknown,
  inputs: readonly unknown[],
  backend: RunnerName | Backend | undefined,
  statics: readonly number[],
  recorder?: TraceRecording,
): Omit<Entry, "forms" | "numbers"> {
  checkSurplus("compile", fn, inputs);
  const recording = recorder ?? new TraceRecording();
  const recorded = () =>
    recordFunction("compile", recording, fn, () =>
      standInArguments((value) => recording.argument(value), inputs, statics),
    );
  // Another backend may refuse ops, and then names their source lines. A caller that passes a recording is responsible
  // for these.
  const isNamed = backend instanceof Backend && recorder === undefined;
  const { result, guards } = watchGuards(() =>
    isNamed ? withLocations(locationOfOp, recorded) : recorded(),
  );
  const program = new Program(result.trace, backend);
  return { program, guards, fill: fillerOf(result.form) };
}

function locationOfOp(): SourceLocation {
  const trace = new RecordingError("site", "", "a line", "none");
  return { layerPath: undefined, trace };
}

/** Returns the arguments with a placeholder for each tensor and number; Variables and statics stay. */
function standInArguments(
  standIn: (value: Tensor) => Tensor,
  inputs: readonly unknown[],
  statics: readonly number[],
): unknown[] {
  return inputs.map((input, i) =>
    statics.includes(i)
      ? input
      : walkTree("compile", input, (leaf) =>
          leaf instanceof Variable ? leaf : standIn(leafTensor(leaf)),
        ),
  );
}
