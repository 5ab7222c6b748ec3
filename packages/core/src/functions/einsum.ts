/**
 * Einstein's summation: an equation of letters says which axes of tensors are multiplied, which are summed over, and
 * which stay.
 */

import { refuseSurplus, text } from "../arguments.ts";
import { ArgumentError, formatShape, ShapeError } from "../errors.ts";
import { mul } from "../ops/arithmetic.ts";
import { matmul } from "../ops/contraction.ts";
import { promoteInputs } from "../ops/promote.ts";
import { sum } from "../ops/reduction.ts";
import { reshape, slice, transpose } from "../ops/view.ts";
import { at, type Shape, sizeOf } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { bestPair, type Lengths, type Order } from "./einsumOrder.ts";

/** A tensor, and a label for each of its axes: a letter, or for an axis of the ellipsis its position from the end. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

interface Equation {
  readonly terms: readonly string[];
  /** Undefined where the equation has no arrow. */
  readonly output: string | undefined;
}

const ELLIPSIS = "...";

function faulty(argument: string, expected: string, got: string, hint?: string): ArgumentError {
  return new ArgumentError("einsum", argument, expected, got, hint);
}

function parse(equation: string): Equation {
  const [inputs = "", output, ...more] = equation.replace(/\s/g, "").split("->");
  const terms = inputs.split(",");
  for (const term of [...terms, ...(output === undefined ? [] : [output]), ...more]) {
    if (more.length === 0 && /^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/.test(term)) continue;
    throw faulty(
      "equation",
      'letters for the axes of each operand, such as "ij,jk->ik", with at most one "..."',
      JSON.stringify(equation),
    );
  }
  return { terms, output };
}

/** Returns the labels of a term's axes: those of the ellipsis are numbers from the end. */
function labelsOf(term: string, ellipsis: number): string[] {
  const [before = "", after] = term.split(ELLIPSIS);
  if (after === undefined) return [...before];
  const middle = Array.from({ length: ellipsis }, (_, i) => String(ellipsis - i));
  return [...before, ...middle, ...after];
}

function labelled(tensor: Tensor, term: string, i: number): Labelled {
  const letters = term.replace(ELLIPSIS, "").length;
  const ellipsis = tensor.rank - letters;
  if (ellipsis < 0 || (ellipsis > 0 && !term.includes(ELLIPSIS))) {
    const expected = `${letters} ${letters === 1 ? "axis" : "axes"}${term.includes(ELLIPSIS) ? " or more" : ""} for ${JSON.stringify(term)}`;
    throw new ShapeError("einsum", `operands[${i}]`, expected, formatShape(tensor.shape));
  }
  return { tensor, labels: labelsOf(term, ellipsis) };
}

/**
 * Returns the length of each label's axis. An axis of length 1 is repeated, unless its operand has
 * the label on a longer axis, too.
 */
function lengthsOf(operands: readonly Labelled[]): Lengths {
  const lengths = new Map<string, number>();
  const owners = new Map<string, number>();
  operands.forEach(({ tensor, labels }, i) => {
    labels.forEach((label, axis) => {
      const length = at(tensor.shape, axis);
      const known = lengths.get(label);
      const owner = owners.get(label) ?? i;
      const first = labels.indexOf(label);
      const fits = known === undefined || known === length || known === 1 || length === 1;
      if (!fits || at(tensor.shape, first) !== length) {
        const what = /\d/.test(label) ? 'the axes of "..."' : label;
        const expected = `one length for ${what}`;
        const got = `${fits ? at(tensor.shape, first) : known} in operands[${fits ? i : owner}] and ${length} in operands[${i}]`;
        throw new ShapeError("einsum", "operands", expected, got);
      }
      if (known === undefined || known === 1) {
        lengths.set(label, length);
        owners.set(label, i);
      }
    });
  });
  return lengths;
}

/** Returns the labels of the result. */
function outputLabels({ terms, output }: Equation, operands: readonly Labelled[]): string[] {
  const all = operands.flatMap(({ labels }) => labels);
  const ellipsis = Math.max(0, ...all.filter((label) => /\d/.test(label)).map(Number));
  if (output === undefined) {
    const letters = [...terms.join("").replaceAll(".", "")];
    const single = letters.filter(
      (letter) => letters.indexOf(letter) === letters.lastIndexOf(letter),
    );
    return [...labelsOf(ELLIPSIS, ellipsis), ...single.sort()];
  }
  const labels = labelsOf(output, ellipsis);
  labels.forEach((label, i) => {
    if (!all.includes(label)) {
      throw faulty(
        "equation",
        "letters of operands in the output",
        `${label}, which no operand has`,
      );
    }
    if (labels.indexOf(label) !== i) {
      throw faulty("equation", "each letter once in the output", `${label} twice`);
    }
  });
  return labels;
}

/** Returns the elements of equal indices along axes of one label, which then is the last. */
function withoutRepeats({ tensor, labels }: Labelled): Labelled {
  const label = labels.find((each, axis) => labels.indexOf(each) !== axis);
  if (label === undefined) return { tensor, labels };
  const [first, second] = [labels.indexOf(label), labels.indexOf(label, labels.indexOf(label) + 1)];
  const rest = labels.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const lengths = rest.map((axis) => at(tensor.shape, axis));
  const length = at(tensor.shape, first);
  const flat = reshape(transpose(tensor, [...rest, first, second]), [...lengths, length * length]);
  const diagonal = slice(
    flat,
    flat.shape.map(() => 0),
    flat.shape,
    [...lengths.map(() => 1), length + 1],
  );
  return withoutRepeats({
    tensor: diagonal,
    labels: [...rest.map((axis) => at(labels, axis)), label],
  });
}

/** Returns an operand without the axes that are repeated, and with those summed that nothing else has. */
function reduced(
  operand: Labelled,
  lengths: Lengths,
  isUsed: (label: string) => boolean,
): Labelled {
  const { tensor, labels } = withoutRepeats(operand);
  const stays = labels.map((label, axis) => at(tensor.shape, axis) === lengths.get(label));
  const distinct = labels.filter((_, axis) => stays[axis]);
  const squeezed = reshape(
    tensor,
    tensor.shape.filter((_, axis) => stays[axis]),
  );
  const summed = distinct.flatMap((label, axis) => (isUsed(label) ? [] : [axis]));
  return {
    tensor: summed.length === 0 ? squeezed : sum(squeezed, summed),
    labels: distinct.filter(isUsed),
  };
}

/** Returns the axes of labels in order; where an axis is not there, and only then, it has length 1. */
function arranged({ tensor, labels }: Labelled, order: readonly string[]): Tensor {
  const ordered = order.filter((label) => labels.includes(label));
  const moved = transpose(
    tensor,
    ordered.map((label) => labels.indexOf(label)),
  );
  let axis = 0;
  const shape = order.map((label) => (labels.includes(label) ? at(moved.shape, axis++) : 1));
  return reshape(moved, shape);
}

/** Returns the product of two, summed over the labels that both have and that nothing else needs. */
function product(
  first: Labelled,
  second: Labelled,
  kept: ReadonlySet<string>,
  last?: Order,
): Labelled {
  const both = (label: string) => first.labels.includes(label) && second.labels.includes(label);
  // The last product has the labels of the output in their order, as far as may be.
  const leads = last?.find((label) => !both(label)) ?? "";
  const [x, y] = second.labels.includes(leads) ? [second, first] : [first, second];
  const inOrder = (labels: readonly string[]) =>
    last === undefined ? labels : last.filter((label) => labels.includes(label));
  const stack = inOrder(x.labels.filter((label) => both(label) && kept.has(label)));
  const summed = x.labels.filter((label) => both(label) && !kept.has(label));
  const rows = inOrder(x.labels.filter((label) => !both(label)));
  const columns = inOrder(y.labels.filter((label) => !both(label)));
  const labels = [...stack, ...rows, ...columns];
  if (summed.length === 0) {
    return { tensor: mul(arranged(x, labels), arranged(y, labels)), labels };
  }
  if (rows.length === 0 && columns.length === 0 && stack.length > 0) {
    // Many products of two vectors take longer than a product of elements and its sums.
    const order = [...stack, ...summed];
    const products = mul(arranged(x, order), arranged(y, order));
    return {
      tensor: sum(
        products,
        summed.map((_, i) => stack.length + i),
      ),
      labels,
    };
  }
  const lengths = (operand: Labelled, list: readonly string[]): Shape =>
    list.map((label) => at(operand.tensor.shape, operand.labels.indexOf(label)));
  const [r, c, k] = [lengths(x, rows), lengths(y, columns), lengths(x, summed)];
  const leading = lengths(x, stack);
  const a = reshape(arranged(x, [...stack, ...rows, ...summed]), [
    ...leading,
    sizeOf(r),
    sizeOf(k),
  ]);
  const b = reshape(arranged(y, [...stack, ...summed, ...columns]), [
    ...[...leading, sizeOf(k), sizeOf(c)],
  ]);
  return { tensor: reshape(matmul(a, b), [...leading, ...r, ...c]), labels };
}

/** Multiplies pair after pair. */
function contracted(operands: readonly Labelled[], output: Order, lengths: Lengths): Labelled {
  let rest = operands;
  while (rest.length > 1) {
    const [i, j] = bestPair(
      rest.map(({ labels }) => labels),
      output,
      lengths,
    );
    const others = rest.filter((_, index) => index !== i && index !== j);
    const kept = new Set([...output, ...others.flatMap(({ labels }) => labels)]);
    const last = others.length === 0 ? output : undefined;
    rest = [...others, product(at(rest, i), at(rest, j), kept, last)];
  }
  return at(rest, 0);
}

/**
 * Einstein's summation: every letter names an axis. Axes of one letter are multiplied element by element, and summed
 * over where the output does not have the letter.
 *
 * - `"ij,jk->ik"` is a product of matrices, `"ij->ji"` a transpose, `"ii->i"` a diagonal, `"ii"` a trace.
 * - Without an arrow the output has the letters that occur once, in the order of the alphabet, capitals first.
 * - `...` stands for any number of axes, which broadcast; the output has them first where there is no arrow. They are
 *   summed over where it has none after an arrow, as in PyTorch.
 * - An axis of length 1 is repeated where its letter is longer in another operand, as in NumPy and PyTorch.
 *
 * Operands are multiplied in pairs: up to six in the order of the fewest multiplications, more of them after those
 * pairs that leave the fewest elements. Each is a product of matrices, or of elements where nothing is summed.
 *
 * @param equation the letters of each operand, commas between them; spaces do not count.
 * @param operands numbers of any dtypes, which are promoted; bools count as int32.
 * @throws ArgumentError for an equation that does not read so, or has another number of operands; ShapeError for an
 *   operand with another number of axes, or for a letter of two lengths.
 * @example
 * ```ts
 * import { einsum, ones, tensor } from "@graddiff/core";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(einsum("ii", x).item(), String(einsum("ij, j", x, tensor([10, 1])))); // 5 [12. 34.]
 * const [q, k] = [ones([2, 5, 4, 8]), ones([2, 6, 4, 8])];
 * console.log(einsum("b q h d, b k h d -> b h q k", q, k).shape); // [ 2, 4, 5, 6 ]
 * ```
 */
export function einsum(equation: string, ...operands: readonly TensorLike[]): Tensor {
  const parsed = parse(text("einsum", "equation", equation));
  const { terms } = parsed;
  refuseSurplus("einsum", terms.length + 1, arguments);
  if (operands.length < terms.length) {
    throw faulty(
      "operands",
      `${terms.length} for ${JSON.stringify(equation)}`,
      String(operands.length),
    );
  }
  const inputs = promoteInputs(
    "einsum",
    terms.map((_, i) => toTensor("einsum", `operands[${i}]`, operands[i])),
    "arithmetic",
  );
  const labelledInputs = inputs.map((tensor, i) => labelled(tensor, at(terms, i), i));
  const lengths = lengthsOf(labelledInputs);
  const output = outputLabels(parsed, labelledInputs);
  // An operand that is repeated along an axis does not have it.
  const has = ({ tensor, labels }: Labelled, label: string) =>
    labels.some((each, axis) => each === label && tensor.shape[axis] === lengths.get(label));
  const ready = labelledInputs.map((operand, i) =>
    reduced(
      operand,
      lengths,
      (label) =>
        output.includes(label) || labelledInputs.some((other, j) => j !== i && has(other, label)),
    ),
  );
  return arranged(contracted(ready, output, lengths), output);
}
