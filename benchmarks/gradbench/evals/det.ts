import { compile, grad, scan, type Tensor, take, tensor } from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { cofactors, determinant, type Matrix } from "../reference/det.ts";

/** Returns for each column the other columns, in order. */
function otherColumns(size: number): Tensor {
  const columns = Array.from({ length: size }, (_, column) => column);
  return tensor(
    columns.map((removed) => columns.filter((column) => column !== removed)),
    { dtype: "int32" },
  );
}

/** The size at which matrices are expanded one after the other in a loop: the minors of one matrix take 2 MB. */
const BLOCK = 8;

/**
 * Returns the determinants of a batch of matrices, size × size × batch, by expansion along the first row. The minors of
 * all matrices are the next batch, so the recursion is as deep as a matrix has rows. Once the matrices have the size
 * {@link BLOCK}, they are expanded one after the other, because the minors of all together would take gigabytes.
 */
function expand(matrices: Tensor): Tensor {
  const [size = 0, , batch = 0] = matrices.shape;
  if (size === 1) return matrices.reshape([batch]);
  if (size === BLOCK && batch > 1) {
    const each = (_carry: [], matrix: Tensor): [[], Tensor] => [
      [],
      expand(matrix.expandDims(-1)).squeeze(0),
    ];
    return scan(each, [], matrices.transpose([2, 0, 1]), { checkpoint: true })[1];
  }
  const signs = tensor(
    Array.from({ length: size }, (_, column) => [column % 2 === 0 ? 1 : -1]),
    { dtype: "float64" },
  );
  const row = matrices.slice([0], [1]).squeeze(0);
  // The axes are rows × removed columns × columns × batch.
  const minors = take(matrices.slice([1]), otherColumns(size), 1)
    .transpose([0, 2, 1, 3])
    .reshape([size - 1, size - 1, size * batch]);
  return signs
    .mul(row)
    .mul(expand(minors).reshape([size, batch]))
    .sum(0);
}

const byMinors = (matrix: Tensor) => expand(matrix.expandDims(-1)).squeeze();

export const primal = compile(byMinors);
export const gradient = compile(grad(byMinors));

export const det: Eval<number, Matrix> = {
  name: "det",
  description: "determinant of an n × n matrix by minors: e·n! products",
  functions: ["primal", "gradient"],
  score: "sum",
  sizes: [5, 6, 7, 8, 9, 10, 11],
  nameOf: (size) => `${size}`,
  input: (size, random) => ({ size, elements: random.uniform(size * size) }),
  prepare: ({ size, elements }) => {
    const matrix = tensor(elements, { shape: [size, size] });
    return { primal: () => [primal(matrix)], gradient: () => [gradient(matrix)] };
  },
  expected: (matrix) => ({
    primal: () => [[determinant(matrix)]],
    gradient: () => [cofactors(matrix)],
  }),
};
