/**
 * Ops that move elements: views and concatenations.
 */

import type {
  Joined,
  Parts,
  Permuted,
  SliceBackward,
  Sliced,
  Targeted,
} from "@graddiff/core/internal";
import { at } from "@graddiff/core/internal";
import { addLengths, isPolynomial, type Length, timesLength } from "../trace/length.ts";
import type { Symbolically } from "../trace/symbolic.ts";
import { type Application, inputOf, namesOf, type Row, written } from "./writer.ts";

/** The value itself: stops of gradients and the like change nothing. */
export const unchanged: Row = written((application) => inputOf(application));

export const reshape: Row = written<Symbolically<Targeted>>((application) =>
  application.graph.reshape(inputOf(application), application.attributes.shape),
);

export const transpose: Row = written<Permuted>((application) =>
  application.graph.node("Transpose", [inputOf(application)], {
    perm: application.attributes.permutation,
  }),
);

export const broadcastTo: Row = written<Symbolically<Targeted>>((application) => {
  const { graph, inputs, attributes } = application;
  const { shape } = attributes;
  const own = at(inputs, 0).shape;
  const missing = shape.length - own.length;
  // Runtimes infer that a length of 1 stays 1 where there are to be no elements, so it is made 0 before.
  const empty = own.flatMap((length, axis) =>
    length === 1 && shape[axis + missing] === 0 ? [axis] : [],
  );
  const zeros = graph.constant(
    "int64",
    empty.map(() => 0),
  );
  const x =
    empty.length === 0
      ? inputOf(application)
      : graph.node("Slice", [inputOf(application), zeros, zeros, graph.constant("int64", empty)]);
  return graph.node("Expand", [x, graph.lengths(shape)]);
});

export const slice: Row = written<Symbolically<Sliced>>((application) => {
  const { graph, inputs, attributes } = application;
  const { starts, lengths, steps } = attributes;
  // After the last element that is read there may be none any more; the operator ends there, too.
  const ends = starts.map((start, axis) => {
    const end = addLengths(start, timesLength(at(lengths, axis), stepAt(steps, axis)));
    // Backwards that is before the first element: a number below 0 would count from the end.
    const isAhead = typeof end === "number" && end < 0;
    return isAhead ? addLengths(end, timesLength(at(at(inputs, 0).shape, axis), -1)) : end;
  });
  const axes = starts.map((_, axis) => axis);
  return graph.node("Slice", [
    inputOf(application),
    graph.lengths(starts),
    graph.lengths(ends),
    graph.lengths(axes),
    graph.lengths(steps),
  ]);
});

/** Steps are numbers: nothing that an open length could be read from makes one. */
function stepAt(steps: readonly Length[], axis: number): number {
  const step = at(steps, axis);
  if (isPolynomial(step)) throw new Error("a step that depends on an open length");
  return step;
}

/** Zeros with x at start, start + step, …: zeros are put between the elements, and then around them. */
export const sliceBackward: Row = written<Symbolically<SliceBackward>>((application) => {
  const { graph, inputs, attributes } = application;
  const { shape, starts, steps } = attributes;
  const [x] = inputs as [Application["inputs"][number]];
  const zero = graph.scalar(x.dtype, 0);
  const pad = (name: string, before: readonly Length[], behind: readonly Length[]) =>
    graph.node("Pad", [name, graph.lengths([...before, ...behind]), zero]);
  let { name } = x;
  const wide = [...x.shape];
  x.shape.forEach((length, axis) => {
    const step = stepAt(steps, axis);
    if (step === 1) return;
    const expanded = [...wide.slice(0, axis + 1), 1, ...wide.slice(axis + 1)];
    const none = expanded.map(() => 0);
    const own = none.map((_, i) => (i === axis + 1 ? step - 1 : 0));
    wide[axis] = timesLength(length, step);
    name = graph.reshape(pad(graph.reshape(name, expanded), none, own), wide);
  });
  const behind = shape.map((length, axis) =>
    addLengths(
      length,
      addLengths(timesLength(at(starts, axis), -1), timesLength(at(wide, axis), -1)),
    ),
  );
  return pad(name, starts, behind);
});

/** Zeros with tensors at some starts and steps: each of them among zeros, added up. */
export const parts: Row = written<Symbolically<Parts>>((application) => {
  const { graph, inputs, attributes } = application;
  const { shape, starts, steps } = attributes;
  const padded = inputs.map((input, i) => {
    const part = { shape, starts: at(starts, i), steps: at(steps, i) };
    return at(sliceBackward.write({ ...application, inputs: [input], attributes: part }), 0);
  });
  const sum = at(inputs, 0).dtype === "bool" ? "Or" : "Add";
  return padded.reduce((whole, part) => graph.node(sum, [whole, part]));
});

export const concat: Row = written<Joined>(({ graph, inputs, attributes: { axis } }) =>
  graph.node("Concat", namesOf(inputs), { axis }),
);
