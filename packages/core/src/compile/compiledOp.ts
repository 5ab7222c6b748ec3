/**
 * A compiled function inside eager code that is differentiated or batched: from outside it is one op with a body.
 *
 * In: the recorded trace, with Variables as inputs and assignments as outputs. Out: a forward program that returns the
 * residuals, and programs of the pullback, the pushforward and batches, made once for each set of differentiated inputs.
 *
 * Invariant: sums have the order of single ops, to any order of derivatives. The pullback takes the sums that its inputs have
 * so far and continues them; a tensor that is passed twice is one input. Only a zero may have the other sign, where parts
 * were put among zeros twice (`test/compile/inside.test.ts`).
 */

import { continuedBody } from "../differentiate/bodies.ts";
import { statusesOf, tensorsOf, unpackTangents } from "../differentiate/tangents.ts";
import { applyAll } from "../graph/apply.ts";
import type { Cell } from "../graph/cell.ts";
import type {
  JointDerivative,
  JointPullback,
  LinearizedForward,
  LinearPart,
  Push,
} from "../graph/joint.ts";
import { lower } from "../graph/lower.ts";
import type { BatchRule, Op } from "../graph/op.ts";
import { tangentsMove } from "../graph/reach.ts";
import { readCell, writeCell } from "../graph/recording.ts";
import { NONZERO, type TangentStatus, ZERO } from "../graph/tangentStatus.ts";
import {
  argumentNode,
  isComputed,
  movedArguments,
  nodeAt,
  rootsOf,
  type Trace,
  withoutUnneeded,
} from "../graph/trace.ts";
import { typeOf } from "../graph/tracing.ts";
import { resultsOf, withoutUnused } from "../ops/bodies.ts";
import { batchCall, type Called, calledOp, sampleCalls } from "../ops/called.ts";
import type { Prepared } from "../run/device/backend.ts";
import { prepare } from "../run/prepare.ts";
import type { RunnerName } from "../run/runner.ts";
import { underDefaultDType } from "../tensor/defaultDType.ts";
import { type FloatDType, isFloat } from "../tensor/dtype.ts";
import { at, sameNumbers } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { simplify } from "./simplify.ts";

/** The settings of a compiled function, which its transforms share. */
export interface Settings {
  readonly runner: RunnerName | undefined;
  /** The default dtype under which it was recorded. */
  readonly numbers: FloatDType;
}

interface CompiledCall extends Called {
  readonly settings: Settings;
}

/** The programs and transforms of each recording, by key. */
const made = new WeakMap<Trace, Map<string, unknown>>();

/** Returns the value of `make` for a recording and a key, which it calls once. */
function once<T>(body: Trace, what: string, { numbers }: Settings, make: () => T): T {
  let all = made.get(body);
  if (all === undefined) {
    all = new Map();
    made.set(body, all);
  }
  if (!all.has(what)) all.set(what, underDefaultDType(numbers, make));
  // One function of this file makes all values of a key, so they have one type.
  return all.get(what) as T;
}

/** Remembers the last value that was made, for lists of the same elements. */
function rememberLast<A extends readonly (readonly TangentStatus[])[], T>(
  make: (...lists: A) => T,
) {
  let last: { readonly lists: A; readonly made: T } | undefined;
  return (...lists: A): T => {
    if (last === undefined || !last.lists.every((list, i) => sameNumbers(list, at(lists, i)))) {
      last = { lists, made: make(...lists) };
    }
    return last.made;
  };
}

/** Returns the program of a recording. */
function programOf(body: Trace, settings: Settings): Prepared {
  return once(body, "program", settings, () =>
    prepare(
      {
        lowered: (hasKernel) =>
          underDefaultDType(settings.numbers, () => simplify(lower(body, hasKernel))),
      },
      settings.runner,
    ),
  );
}

/**
 * Applies a recording to those inputs that it uses. A tensor that is passed twice is one input, and a value that is
 * returned twice is one result. An input or a constant that is returned is not a result of the op. So the cotangents of
 * each are summed in one order.
 *
 * @returns the results of the recording.
 */
function call(body: Trace, inputs: readonly Tensor[], settings: Settings): Tensor[] {
  const { used, uses, computed } = once(body, "applied", settings, () => {
    const outputs = [...new Set(body.outputs)].filter((id) => isComputed(nodeAt(body.nodes, id)));
    const trimmed = withoutUnused(inputs, [{ ...body, outputs }], { kept: 0, offset: 0 });
    return { used: at(trimmed.bodies, 0), uses: trimmed.uses, computed: outputs };
  });
  const found =
    computed.length === 0
      ? []
      : applyOnce(
          used,
          inputs.filter((_, k) => uses[k]),
          settings,
        );
  return body.outputs.map((id) => {
    const node = nodeAt(body.nodes, id);
    if (node.kind === "constant") return node.tensor;
    return node.kind === "argument" ? at(inputs, node.position) : at(found, computed.indexOf(id));
  });
}

/** Applies a body to its inputs, each tensor of which it takes once. */
function applyOnce(body: Trace, inputs: readonly Tensor[], settings: Settings): readonly Tensor[] {
  const unique = [...new Set(inputs)];
  if (unique.length === inputs.length) return applyAll(compiledOp, inputs, { body, settings });
  const indices = inputs.map((tensor) => unique.indexOf(tensor));
  return applyAll(compiledOp, unique, { body: joinedInputs(body, indices, settings), settings });
}

/** Returns a body some of whose inputs are one: the input at index i moves to `indices[i]`. */
function joinedInputs(body: Trace, indices: readonly number[], settings: Settings): Trace {
  return once(body, `joined ${indices}`, settings, () => ({
    ...body,
    nodes: movedArguments(body.nodes, indices),
    parameters: body.parameters.filter((_, i) => indices.indexOf(at(indices, i)) === i),
  }));
}

/** The primal part of a recording, which also returns the residuals that most linear parts read. */
interface PrimalPart {
  readonly body: Trace;
  /** The ids of the residuals: its last results. */
  readonly residuals: readonly number[];
  /** The recording, with other values as its last results. */
  readonly forward: (residuals: readonly number[]) => Trace;
}

function primalPartOf(forward: PrimalPart["forward"], { reads }: LinearPart): PrimalPart {
  const residuals = reads.flatMap(({ id, position }) => (position < 0 ? [id] : []));
  return { body: forward(residuals), residuals, forward };
}

/** Runs a primal part. @returns its results, and the reader of the residuals of a linear part. */
function runPrimal(
  { body, residuals, forward }: PrimalPart,
  inputs: readonly Tensor[],
  settings: Settings,
) {
  const found = call(body, inputs, settings);
  const count = found.length - residuals.length;
  const known = new Map(residuals.map((id, i) => [id, at(found, count + i)]));
  const read = ({ reads }: LinearPart): Tensor[] => {
    const missing = reads.flatMap(({ id, position }) =>
      position < 0 && !known.has(id) ? [id] : [],
    );
    if (missing.length > 0) {
      const more = call(forward(missing), inputs, settings).slice(count);
      missing.forEach((id, i) => {
        known.set(id, at(more, i));
      });
    }
    return reads.map(({ id, position }) =>
      position < 0 ? (known.get(id) as Tensor) : at(inputs, position),
    );
  };
  return { results: found.slice(0, count), read };
}

/** Returns the pullbacks of a recording, by the statuses of the cotangents and of the sums. */
function pullbacksOf(body: Trace, wanted: readonly boolean[], settings: Settings) {
  const { forward, pullback } = continuedBody(body, wanted);
  const linearPart = rememberLast(
    (statuses: readonly TangentStatus[], before: readonly TangentStatus[]) =>
      once(body, `back ${wanted} | ${statuses} | ${before}`, settings, () =>
        pullback(statuses, before),
      ),
  );
  const all = resultsOf(body).map(({ dtype }) => (isFloat(dtype) ? NONZERO : ZERO));
  return { primal: primalPartOf(forward, linearPart(all, []).linear), linearPart };
}

/** Returns the pushforwards of a recording that was run before, by the statuses of the tangents. */
function pushforwardsOf(
  body: Trace,
  wanted: readonly boolean[],
  linearizeForward: LinearizedForward,
  settings: Settings,
) {
  const { forward, pushforward } = linearizeForward(body, wanted);
  const linearPart = rememberLast((statuses: readonly TangentStatus[]) =>
    once(body, `forward ${wanted} | ${statuses}`, settings, () => {
      const reached = tangentsMove(body, statuses);
      return { reached, linear: pushforward(statuses, reached) };
    }),
  );
  const all = wanted.map((is) => (is ? NONZERO : ZERO));
  return { primal: primalPartOf(forward, linearPart(all).linear), linearPart };
}

const derivative: JointDerivative<CompiledCall> = {
  kind: "joint",
  continues: true,
  vjp: ({ inputs, attributes: { body, settings }, wanted }) => {
    const { primal, linearPart } = once(body, `gradient ${wanted}`, settings, () =>
      pullbacksOf(body, wanted, settings),
    );
    const { results, read } = runPrimal(primal, inputs, settings);
    const pull: JointPullback = (cotangents, sums = []) => {
      const { reached, linear } = linearPart(statusesOf(cotangents), statusesOf(sums));
      const values = [...tensorsOf(cotangents), ...tensorsOf(sums), ...read(linear)];
      return unpackTangents(call(linear.body, values, settings), reached);
    };
    return { results, pull };
  },
  jvp: ({ inputs, attributes: { body, settings } }, tangents, pushforward) => {
    const statuses = statusesOf(tangents);
    const both = once(body, `tangents ${statuses}`, settings, () => {
      const moved = tangentsMove(body, statuses);
      return { moved, body: pushforward(body, statuses, moved) };
    });
    const all = call(both.body, [...inputs, ...tensorsOf(tangents)], settings);
    const results = all.slice(0, body.outputs.length);
    return { results, tangents: unpackTangents(all.slice(results.length), both.moved) };
  },
  linearize: ({ inputs, attributes: { body, settings }, wanted }, linearizeForward) => {
    const { primal, linearPart } = once(body, `linear ${wanted}`, settings, () =>
      pushforwardsOf(body, wanted, linearizeForward, settings),
    );
    const { results, read } = runPrimal(primal, inputs, settings);
    const push: Push = (tangents) => {
      const { reached, linear } = linearPart(statusesOf(tangents));
      const values = [...tensorsOf(tangents), ...read(linear)];
      return unpackTangents(call(linear.body, values, settings), reached);
    };
    return { results, push };
  },
};

const batch: BatchRule<CompiledCall> = (context) =>
  batchCall({
    ...context,
    batchBody: (body, batched, size, forced) =>
      once(body, `batch ${batched} ${size} ${forced}`, context.attributes.settings, () =>
        context.batchBody(body, batched, size, forced),
      ),
  });

/** The op of a compiled function: an application of what was recorded. */
const compiledOp: Op<CompiledCall> = calledOp<CompiledCall>({
  name: "compiled",
  symbol: "compiled",
  formula: "fn(x, …)",
  derivative,
  batch,
  examples: sampleCalls((body) => ({ body, settings: { runner: undefined, numbers: "float32" } })),
  whole: (_op, inputs, { body, settings }) => programOf(body, settings).run(inputs),
});

/** A recorded function whose Variables are inputs, and what it assigns results. */
export class RecordedCall {
  readonly #recorded: Trace;
  readonly #settings: Settings;
  /** The Variables that are read, in the order of the inputs after the arguments. */
  readonly #cells: Cell[] = [];
  /** The results of the body are those of the function, and then the values that it assigns. */
  readonly #body: Trace;

  constructor(recorded: Trace, settings: Settings) {
    this.#recorded = withoutUnneeded(recorded);
    this.#settings = settings;
    const { nodes, parameters, names } = this.#recorded;
    const types = [...parameters];
    this.#body = {
      nodes: nodes.map((node) => {
        if (node.kind !== "state") return node;
        this.#cells.push(node.cell);
        return argumentNode(node, types.push(typeOf(node)) - 1);
      }),
      parameters: types,
      outputs: rootsOf(this.#recorded),
      assignments: [],
      names,
    };
  }

  /** Applies it to tensors of recordings, and assigns what it assigns. @returns the results. */
  apply(inputs: readonly Tensor[]): Tensor[] {
    const { outputs, assignments } = this.#recorded;
    const args = [...inputs, ...this.#cells.map((cell) => readCell(cell))];
    const found = call(this.#body, args, this.#settings);
    assignments.forEach(({ cell }, i) => {
      writeCell(cell, at(found, outputs.length + i));
    });
    return found.slice(0, outputs.length);
  }
}
