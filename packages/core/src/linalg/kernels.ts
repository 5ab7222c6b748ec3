/**
 * The family of factorisations: ops of stacks of matrices, whose algorithms are written once for both languages, see
 * `packages/wasm-kernel/assembly/algorithms/linalg`. All of their functions take addresses of the inputs, the results,
 * scratch memory and memory for packed panels, then the number of the first matrix, how many there are, and further
 * numbers. So one function makes the kernels of all.
 *
 * `cholesky`, `lu`, `qr`, `eigh`, `svd` and the systems that triangles and factors solve are primitive; the other functions are
 * composed of them. A function returns a code for the matrix and the pivot at fault, which becomes an error here.
 * With the attribute `failure: "nan"` it fills the results of that matrix with NaN and continues. Rules pass the attribute on to
 * the systems that they solve.
 *
 * Residuals of the derivative are further outputs: `solve` returns its solution and the factors of A, so its gradient solves
 * with these, and the factors have derivatives for the next order. Public functions factorise (A + Aᵀ)/2 where A is symmetric;
 * the ops read the lower triangle. Right-hand sides of a batch with one matrix become columns side by side.
 *
 * In: stacks of matrices at addresses. Out: factors or solutions, or the code of the matrix and the pivot at fault.
 *
 * Invariant: the bits are those of the plain loops in one order, however the stack is divided.
 */

import { computeIn } from "../algorithms/arithmetic.ts";
import { oneOf, optional, optionsReader } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { type KernelName, SUFFIX } from "../families/exports.ts";
import { factorisationBytes } from "../families/scratch.ts";
import {
  cholesky,
  eigh,
  eigvalsh,
  lu,
  luSolve,
  qr,
  singularValues,
  svd,
  triangularSolve,
} from "../generated/algorithms/linalg/matrices.ts";
import { type Check, partsOfScratch, registerCheck } from "../graph/call.ts";
import type { KernelOf, TypedOp } from "../graph/kernel.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { BYTES, type DType, type FloatDType, isFloat, type TypedArray } from "../tensor/dtype.ts";
import { at, numberAt, type Shape, sizeOf } from "../tensor/shape.ts";
import { linalgKernels } from "./kernelGroup.ts";

/** The attributes of all ops here: the names in errors, and the handling of a matrix that fails. */
export interface By extends Attributes {
  /** The public function that applies the op, as errors name it. Default: the name of the op. */
  readonly by?: string;
  /** The argument of that function, as errors name it. Default "a". */
  readonly argument?: string;
  /** True if the matrices are computed from that argument, so that errors name no element of it. Default false. */
  readonly derived?: boolean;
  /** With "nan" the results of a matrix that fails are NaN. Default: an error. */
  readonly failure?: Failure;
}

/** The attribute of {@link By}; undefined for errors. */
export type Failure = "nan" | undefined;

/** The last argument of factorisations, or a part of it. */
export interface FailureOptions {
  /**
   * The consequence of a matrix that fails, such as one that is not finite. With "nan" its results and derivatives are NaN,
   * and the other matrices of a stack and of a batch stay right. Default "error".
   */
  readonly failure?: "error" | "nan";
}

/** The reader of {@link FailureOptions}, for readers of more. */
export const failureOption = {
  failure: optional<"error" | "nan">(oneOf("error", "nan"), "error"),
};

export const readFailure = optionsReader(failureOption);

/** Returns an option, or the attribute of another op, as an attribute. */
export function failing({ failure }: FailureOptions | Pick<By, "failure">): Pick<By, "failure"> {
  return failure === "nan" ? { failure } : {};
}

/** Returns the lengths of an op's matrices for its kernel, with the attributes. */
type Lengths<A> = (
  types: Pick<TypedOp<A & Attributes>, "inputs" | "attributes">,
) => readonly number[];

const algorithms = {
  cholesky,
  eigh,
  eigvalsh,
  lu,
  luSolve,
  qr,
  singularValues,
  svd,
  triangularSolve,
};

/** The parts in which a factorisation differs from others. */
export interface Factorisation<A> {
  /** The function in both languages. */
  readonly name: keyof typeof algorithms;
  /** The numbers of a call after the count of matrices, without the last one, which tells how failures are handled. */
  readonly numbers: Lengths<A>;
  /** Elements of scratch memory. Default: none. */
  readonly scratch?: Lengths<A>;
  /** The most rows and columns of the products in it. Default: none. */
  readonly products?: Lengths<A>;
  /** Operations on one matrix. */
  readonly flops: (numbers: readonly number[]) => number;
  /** The words of the error for a wrong pivot or a value that was not found: the expected value, and the pivot's. */
  readonly wrong: { readonly expected: string; readonly got: string };
}

/** Returns the float dtype of the first input. */
function dtypeOf(dtype: DType): FloatDType {
  if (!isFloat(dtype)) throw new Error(`matrices of ${dtype} are not factorised`);
  return dtype;
}

/** Returns a multiple of 64 bytes. */
function aligned(bytes: number): number {
  return 64 * Math.ceil(bytes / 64);
}

/** Returns the number of matrices of the first input. */
function countOf({ shape }: TensorType): number {
  return sizeOf(shape.slice(0, -2));
}

/** Returns the kernel of a factorisation. */
/* @__NO_SIDE_EFFECTS__ */
export function matrixKernel<A extends By>(how: Factorisation<A>): KernelOf<"calls", A> {
  const { name, numbers, scratch = () => [0], flops } = how;
  const all: Lengths<A> = (call) => [...numbers(call), Number(call.attributes.failure === "nan")];
  /** Returns the bytes of both parts of scratch memory: of the algorithm, and of packed panels. */
  const scratchParts = (call: Pick<TypedOp<A>, "inputs" | "attributes">): [number, number] => {
    const dtype = dtypeOf(at(call.inputs, 0).dtype);
    const [rows = 0, columns = 0] = how.products?.(call) ?? [];
    return [
      aligned(BYTES[dtype] * numberAt(scratch(call), 0)),
      how.products === undefined ? 0 : factorisationBytes(dtype, rows, columns),
    ];
  };
  return {
    kind: "calls",
    compute: ({ arrays, types, attributes, results }) => {
      const matrices = at(types, 0);
      const dtype = dtypeOf(matrices.dtype);
      const call = { inputs: types, attributes };
      const space = allocateIn(arrays[0], numberAt(scratch(call), 0));
      const run = algorithms[name] as (...args: (TypedArray | number)[]) => number;
      const code = computeIn(dtype, () =>
        run(...arrays, ...results, space, space, 0, countOf(matrices), ...all(call)),
      );
      if (code < 0) throw faultOf(faultsOf(how, attributes, matrices.shape), -1 - code);
    },
    calls: ({ attributes, inputs, outputs, scratch: space }) => {
      const matrices = at(inputs, 0);
      const dtype = dtypeOf(matrices.dtype);
      const call = { inputs, attributes };
      const numbers = all(call);
      const placed = [...inputs, ...outputs];
      const count = placed.length + 3;
      return [
        {
          function: `${name}_${SUFFIX[dtype]}` satisfies KernelName,
          arguments: [
            ...placed.map(({ address }) => address),
            ...partsOfScratch(space, scratchParts(call)),
            ...[0, countOf(matrices), ...numbers],
          ],
          check: faultsOf(how, attributes, matrices.shape),
          splits:
            countOf(matrices) === 1
              ? "it is one matrix, whose factorisation goes in order"
              : [
                  {
                    along: "matrices",
                    argument: count,
                    steps: [
                      ...placed.map((array) => bytesOfOne(array, matrices)),
                      ...[0, 0, 1, 0, ...numbers.map(() => 0)],
                    ],
                  },
                ],
        },
      ];
    },
    scratchBytes: ({ inputs, attributes }) => {
      const [matrices, panels] = scratchParts({ inputs, attributes });
      return matrices + panels;
    },
    flops: (inputs, _output, attributes) =>
      countOf(at(inputs, 0)) * flops(numbers({ inputs, attributes })),
    throws: true,
    group: linalgKernels,
  };
}

/** Returns an array of the type of another. */
function allocateIn(like: TypedArray | undefined, length: number): TypedArray {
  return like instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}

/** Returns the bytes of an array for one matrix. */
function bytesOfOne({ shape, dtype }: TensorType, matrices: TensorType): number {
  return (BYTES[dtype] * sizeOf(shape)) / Math.max(1, countOf(matrices));
}

/** The kinds of faults, as `matrices.ts` of the algorithms numbers them. */
const NOT_FINITE = 1;
const BAD_PIVOT = 2;

/** The parts of the error of a factorisation. */
interface Faults {
  readonly argument: string;
  /** True if the matrices were computed from the matrices of the user. */
  readonly derived: boolean;
  readonly wrong: Factorisation<By>["wrong"];
  readonly shape: Shape;
}

/** Returns the check of an application of a factorisation. */
function faultsOf<A extends By>(
  { name, wrong }: Pick<Factorisation<A>, "name" | "wrong">,
  { by = name, argument = "a", derived = false }: A,
  shape: Shape,
): Check<Faults> {
  return { kind: faultCheck, op: by, arguments: { argument, derived, wrong, shape } };
}

const faultCheck = registerCheck<Faults>("fault", (check, code) => faultOf(check, code));

/** Returns the error for a fault: 4 · (the number of the matrix · its elements + an element) + its kind. */
function faultOf(
  { op, arguments: { argument, derived, wrong, shape } }: Check<Faults>,
  fault: number,
): ArgumentError {
  const [rows, columns] = [at(shape, shape.length - 2), at(shape, shape.length - 1)];
  const element = Math.floor(fault / 4);
  const matrix = Math.floor(element / (rows * columns));
  const inside = element % (rows * columns);
  const where = nameInStack(matrix, shape.slice(0, -2));
  const kind = fault % 4;
  const found =
    kind === NOT_FINITE
      ? `NaN or an infinity${derived ? "" : ` at [${Math.floor(inside / columns)}, ${inside % columns}]`}`
      : kind === BAD_PIVOT
        ? `${wrong.got} in row ${inside}`
        : `none for value ${inside}`;
  const expected = kind === NOT_FINITE ? "finite elements" : wrong.expected;
  const got = where === "" ? found : `${found} ${derived ? "in" : "of"} ${where}`;
  return new ArgumentError(op, argument, expected, got);
}

/** Returns the words for a matrix of a stack. */
function nameInStack(matrix: number, leading: Shape): string {
  if (leading.length === 0) return "";
  const index: number[] = [];
  let rest = matrix;
  for (const length of [...leading].reverse()) {
    index.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return `matrix [${index.join(", ")}] of the stack`;
}
