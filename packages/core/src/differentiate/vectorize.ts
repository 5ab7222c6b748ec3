/**
 * `vectorize`: a function of one example becomes a function of a batch.
 */

import {
  checkFunction,
  checkSurplus,
  integer,
  numberThat,
  oneOrMany,
  optional,
  optionsReader,
  type Reader,
  refuseSurplus,
} from "../arguments.ts";
import { callNamed } from "../callSite.ts";
import { ArgumentError, RecordingError, ShapeError } from "../errors.ts";
import { applyAll, below, isOf } from "../graph/apply.ts";
import { transformed } from "../graph/compiled.ts";
import type { Inputs, TensorFunction, TensorInputs } from "../graph/functions.ts";
import type { BatchBody } from "../graph/joint.ts";
import { type BatchRule, isComposite, type Op } from "../graph/op.ts";
import type { AtOnce, Recordable } from "../graph/recordable.ts";
import { Recording, record } from "../graph/recording.ts";
import { replayBody } from "../graph/replay.ts";
import { TraceRecording } from "../graph/tracing.ts";
import { leafTensor, type Mapped, walkTree } from "../graph/tree.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { stack } from "../ops/joining.ts";
import { broadcastTo, reshape, slice, transpose } from "../ops/view.ts";
import { zeros } from "../tensor/create.ts";
import { at, normalizeAxis } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { argumentName } from "./inputs.ts";

/** A tensor of this level is one example; its value one level down has the batch as first axis. */
class BatchRecording extends Recording {
  readonly unreadable = "vectorize, where a tensor stands for a whole batch";
  readonly #size: number;

  constructor(size: number) {
    super();
    this.#size = size;
  }

  /** Returns one example that stands for all along the first axis. */
  wrap(batch: Tensor): Tensor {
    const { shape, dtype, weak } = batch;
    return new Tensor(shape.slice(1), dtype, weak, undefined, this, -1, batch);
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    // A composite that says nothing of batches is what it is written in, each op of which has a rule.
    if (op.batch === undefined && isComposite(op)) return op.body(inputs, attributes);
    const { batch = oneByOne } = op;
    const results = batch({
      op,
      inputs: inputs.map((input) => below(this, input)),
      batched: inputs.map((input) => isOf(this, input)),
      attributes,
      size: this.#size,
      batchBody,
    });
    return results.map((result) => (result instanceof Tensor ? this.wrap(result) : result.same));
  }

  override lower(tensor: Tensor): Tensor {
    if (!isOf(this, tensor)) return tensor;
    const expected = "a value that is the same for the whole batch";
    const got = "one that differs from example to example";
    const hint = "Return it from the function, reduce it over the batch, and assign outside";
    throw new RecordingError("vectorize", "Variable.assign", expected, got, hint);
  }

  /** Returns a result with the batch as first axis, also if it does not depend on the batch. */
  unwrap(tensor: Tensor): Tensor {
    return isOf(this, tensor)
      ? below(this, tensor)
      : broadcastTo(tensor, [this.#size, ...tensor.shape]);
  }
}

/** A body of a batch of examples as a body. */
const batchBody: BatchBody = (body, batched, size, forced) =>
  record(new TraceRecording(), (tracing) => {
    const inputs = body.parameters.map((type, k) =>
      tracing.argument(batched[k] ? { ...typeOf(type), shape: [size, ...type.shape] } : type),
    );
    const outputs = record(new BatchRecording(size), (recording) => {
      const examples = inputs.map((input, k) => (batched[k] ? recording.wrap(input) : input));
      return replayBody(body, examples).map((result, i) => {
        const carries = isOf(recording, result) || forced?.[i] === true;
        return { batched: carries, value: carries ? recording.unwrap(result) : result };
      });
    });
    return {
      body: tracing.trace(outputs.map(({ value }) => value)),
      batched: outputs.map((output) => output.batched),
    };
  });

function typeOf({ dtype, weak }: TensorType): Pick<TensorType, "dtype" | "weak"> {
  return { dtype, weak };
}

/** The general way, for ops without a batching rule. */
const oneByOne: BatchRule = ({ op, inputs, batched, attributes, size }) => {
  if (size === 0) {
    const types = inputs.map(({ shape, dtype, weak }, k) => {
      return { shape: batched[k] ? shape.slice(1) : shape, dtype, weak };
    });
    return op.results(types, attributes).map(({ shape, dtype }) => zeros([0, ...shape], { dtype }));
  }
  const examples = Array.from({ length: size }, (_, i) => {
    const example = inputs.map((input, k) =>
      batched[k] ? reshape(slice(input, [i], [i + 1]), input.shape.slice(1)) : input,
    );
    return applyAll(op, example, attributes);
  });
  return at(examples, 0).map((_, i) => stack(examples.map((results) => at(results, i))));
};

/** The axis of an argument that is the batch; null for an argument that is the same for all examples. */
export type BatchAxis = number | null;

/** The settings of {@link vectorize}. */
export interface VectorizeOptions<
  List extends readonly unknown[] = readonly unknown[],
  Axes = BatchAxis | readonly BatchAxis[],
> {
  /** One axis for all arguments, or one for each. Default 0. Plain numbers are never batched. */
  readonly axes?: AxesFor<Axes, List>;
  /** The axis of the batch in the results. Default 0. */
  readonly outAxis?: number;
}

/**
 * Axes as the option takes them: a list that is known has one for each argument. (The compiler infers them through the
 * branch in which they are right, and explains by the other.)
 */
type AxesFor<Axes, List extends readonly unknown[]> = Axes extends readonly BatchAxis[]
  ? number extends Axes["length"]
    ? Axes
    : Axes["length"] extends List["length"]
      ? Axes
      : readonly BatchAxis[] & { readonly length: List["length"] }
  : Axes extends BatchAxis
    ? Axes
    : BatchAxis | readonly BatchAxis[];

const readAxis = numberThat((axis) => Number.isInteger(axis), "an axis, or null for none");
const readBatchAxis: Reader<BatchAxis> = (op, argument, value) =>
  value === null ? null : readAxis(op, argument, value);

const readOptions = optionsReader({
  axes: optional(oneOrMany(readBatchAxis), 0),
  outAxis: optional(integer, 0),
});

/**
 * Turns a function of one example into a function of a batch of examples, which runs each op once
 * for the whole batch.
 *
 * @param fn a function of tensors or trees; its result is a Tensor or a tree of Tensors.
 * @param options `axes` (default 0): which axis of the arguments is the batch, null for none;
 *   `outAxis` (default 0).
 * @throws ShapeError if batch sizes differ; ArgumentError if nothing is batched, and for a list of axes that has not one for
 *   each argument.
 * @example
 * ```ts
 * import { grad, type Tensor, tensor, vectorize } from "@graddiff/core";
 *
 * const cube = (x: Tensor) => x.mul(x).mul(x);
 * console.log(String(vectorize(grad(cube))(tensor([1, 2, 3])))); // [ 3. 12. 27.]
 * ```
 */
export function vectorize<F extends TensorFunction<unknown>, const Axes = 0>(
  fn: F & AtOnce<ReturnType<F>>,
  options?: VectorizeOptions<Parameters<F>, Axes>,
): (...inputs: TensorInputs<F>) => Mapped<ReturnType<F>, Tensor>;
export function vectorize<List extends readonly unknown[], Result, const Axes = 0>(
  fn: (...inputs: List) => Result & Recordable<List> & AtOnce<Result>,
  options?: VectorizeOptions<List, Axes>,
): (...inputs: Inputs<List>) => Mapped<Result, Tensor>;
export function vectorize(fn: (...inputs: never) => unknown, options?: unknown): unknown {
  refuseSurplus("vectorize", 2, arguments);
  checkFunction("vectorize", fn);
  const read = readOptions("vectorize", options);
  const { axes, outAxis } = read;
  const batched = (...inputs: readonly unknown[]) => {
    checkSurplus("vectorize", fn, inputs);
    const isList = typeof axes === "object" && axes !== null;
    if (isList) checkCount(axes.length, fn.length, inputs.length);
    const batches = new Batches(isList ? axes : inputs.map(() => axes));
    const size = batches.measure(inputs);
    return record(new BatchRecording(size), (recording) => {
      const traced = batches.map(inputs, (batch) => recording.wrap(batch));
      const result = callNamed(fn, traced);
      return walkTree("vectorize", result, (leaf) => {
        const batch = recording.unwrap(leafTensor(leaf));
        return moveAxis(batch, 0, normalizeAxis("vectorize", outAxis, batch.rank));
      });
    });
  };
  return transformed(fn, { name: "vectorize", options: read, fn: batched });
}

/** @throws ArgumentError for axes that are not one for each argument; those of arguments that are left out may be there. */
function checkCount(axes: number, parameters: number, inputs: number): void {
  if (axes >= inputs && axes <= Math.max(parameters, inputs)) return;
  const expected = `one axis for all arguments, or one for each of ${inputs}`;
  throw new ArgumentError("vectorize", "axes", expected, String(axes));
}

/** Finds the batched tensors among the arguments. */
class Batches {
  readonly #axes: readonly BatchAxis[];

  constructor(axes: readonly BatchAxis[]) {
    this.#axes = axes;
  }

  /** Returns the arguments with every batched tensor, its batch axis moved to the front, replaced. */
  map(inputs: readonly unknown[], replace: (batch: Tensor, path: string) => Tensor): unknown[] {
    return inputs.map((input, i) => {
      const axis = this.#axes[i] ?? null;
      return walkTree(
        "vectorize",
        input,
        (leaf, path) => {
          if (typeof leaf === "number") return leafTensor(leaf);
          if (axis === null || !(leaf instanceof Tensor)) return leaf;
          return replace(moveAxis(leaf, normalizeAxis("vectorize", axis, leaf.rank), 0), path);
        },
        { path: argumentName(i) },
      );
    });
  }

  /** Returns the size of the batch, which all batched tensors share. */
  measure(inputs: readonly unknown[]): number {
    let size: number | undefined;
    this.map(inputs, (batch, path) => {
      const length = at(batch.shape, 0);
      size ??= length;
      if (length !== size) {
        const expected = `a batch of ${size}, as in the arguments before`;
        throw new ShapeError("vectorize", path, expected, `a batch of ${length}`);
      }
      return batch;
    });
    if (size === undefined) {
      const expected = "at least one batched Tensor among the arguments";
      const hint = "Plain numbers are the same for the whole batch";
      throw new ArgumentError("vectorize", "", expected, "none", hint);
    }
    return size;
  }
}

/** Returns the same tensor with one axis moved. */
function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const order = x.shape.map((_, axis) => axis);
  order.splice(from, 1);
  order.splice(to, 0, from);
  return transpose(x, order);
}
