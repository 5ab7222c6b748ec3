/**
 * `implicit`: a function that a solver computes and whose derivative follows from the equations that it solves.
 *
 * Nothing of the solver is kept. The matrix of the linear system is dense up to 256 unknowns: columns are a batch of
 * pushforwards or pullbacks of the residual, and rows and columns are scaled to 1. For more unknowns, GMRES solves by
 * products alone. GMRES itself is the solver of an implicit function, whose derivative is a linear system again. Axes
 * of a batch precede the unknowns (`leading`), so matrices of a batch are a stack, and not one of all.
 *
 * In: a solver, and a residual that is zero at its solution. Out: the solution, with derivatives of every order.
 *
 * Invariant: the derivative reads the solution and the residual alone, never the steps of the solver.
 */

import { checkFunction, flag, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { recordCall, refuseAssignments } from "../bodies/checkpoint.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { applyAll } from "../graph/apply.ts";
import { recordBody } from "../graph/body.ts";
import type { Inputs } from "../graph/functions.ts";
import type { AtOnce, Recordable } from "../graph/recordable.ts";
import { fillerOf, type Mapped, treeLeaves, walkTree } from "../graph/tree.ts";
import type { TensorType } from "../graph/types.ts";
import { isFloat } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { implicitOp } from "./implicitOp.ts";
import { countOf } from "./unknowns.ts";

/** The settings of {@link implicit}. */
export interface ImplicitOptions {
  /** True if the solver returns `[solution, aux]`, where aux has no derivatives. Default false. */
  readonly hasAux?: boolean;
}

/** The arguments of a function as it gets them: tensors in the place of numbers. */
type Arguments<Parameters extends readonly unknown[]> = {
  [Key in keyof Parameters]: Mapped<Parameters[Key], Tensor>;
};

const readOptions = optionsReader({ hasAux: optional(flag, false) });

/**
 * Returns a function whose result a solver finds, and whose derivatives are those of the solution. They follow, by the
 * theorem of the implicit function, from the residual that is zero there. Nothing of the solver is kept or
 * differentiated, so it may take any number of steps, and read what has no derivative.
 *
 * Derivatives of every order in both modes solve linear systems with the Jacobian of the residual at the solution. Up
 * to 256 unknowns that is by elimination, above by GMRES, which takes products with it alone. They are as accurate as
 * the residual is small. Under `vectorize` each example has a separate system.
 *
 * @param solver from the arguments to the solution, a tree of tensors of floats. It is recorded on each call, so no value
 *   can be read inside: its loops are `whileLoop`, `forLoop` and `scan`. What it starts from has a gradient of zero, if
 *   the residual does not use it.
 * @param residual from the solution and the arguments to a tree of tensors of floats, as many elements as the solution
 *   has. What it captures is differentiated like an argument.
 * @param options `hasAux`: whether the solver returns `[solution, aux]` (default false), where aux, such as a number of
 *   steps, is returned without derivatives.
 * @returns the same function as `solver`.
 * @throws DTypeError for a solution or a residual that is not of floats; ShapeError for another number of elements;
 *   DerivativeError for Variables that are assigned. A derivative throws ArgumentError where the Jacobian of the residual
 *   is singular.
 * @example
 * ```ts
 * import { grad, implicit, type Tensor, tensor, whileLoop } from "@graddiff/core";
 *
 * // The root of x³ + x = a, by Newton's method.
 * const root = implicit(
 *   (a: Tensor) =>
 *     whileLoop(
 *       (x: Tensor) => x.pow(3).add(x).sub(a).abs().greater(1e-12),
 *       (x: Tensor) => x.sub(x.pow(3).add(x).sub(a).div(x.square().mul(3).add(1))),
 *       tensor(1, { dtype: "float64" }),
 *     ),
 *   (x, a) => x.pow(3).add(x).sub(a),
 * );
 * const a = tensor(10, { dtype: "float64" });
 * console.log(root(a).item().toFixed(12)); // 2.000000000000
 * console.log((1 / grad(root)(a).item()).toFixed(12)); // 13.000000000000
 * ```
 */
export function implicit<Parameters extends readonly unknown[], Solution, Aux>(
  solver: (
    ...inputs: Parameters
  ) => readonly [Solution, Aux] & Recordable<Parameters> & AtOnce<Solution>,
  residual: (solution: Mapped<Solution, Tensor>, ...inputs: Arguments<Parameters>) => unknown,
  options: ImplicitOptions & { readonly hasAux: true },
): (...inputs: Inputs<Parameters>) => [Mapped<Solution, Tensor>, Mapped<Aux, Tensor>];
export function implicit<Parameters extends readonly unknown[], Solution>(
  solver: (...inputs: Parameters) => Solution & Recordable<Parameters> & AtOnce<Solution>,
  residual: (solution: Mapped<Solution, Tensor>, ...inputs: Arguments<Parameters>) => unknown,
  options?: ImplicitOptions & { readonly hasAux?: false },
): (...inputs: Inputs<Parameters>) => Mapped<Solution, Tensor>;
export function implicit(
  solver: (...inputs: never) => unknown,
  residual: (...args: never) => unknown,
  options?: unknown,
): (...inputs: never) => unknown {
  refuseSurplus("implicit", 3, arguments);
  checkFunction("implicit", solver, "solver");
  checkFunction("implicit", residual, "residual");
  const { hasAux } = readOptions("implicit", options);
  const name = solver.name || "solver";
  return (...inputs: readonly unknown[]) => {
    const { leaves, fill, captures, body } = recordCall("implicit", solver, inputs);
    const unknowns = treeLeaves(hasAux ? solutionOf(body.form) : body.form).length;
    const types = body.results.slice(0, unknowns);
    checkFloats("solver", types, body.form);
    const fillSolution = fillerOf(hasAux ? solutionOf(body.form) : body.form);
    const open = recordBody(
      "implicit",
      (...inputs) =>
        residual(...([fillSolution(inputs), ...fill(inputs.slice(unknowns))] as never)),
      [...types, ...leaves],
      captures,
    );
    refuseAssignments("implicit", open.assigned.length);
    checkFloats("residual", open.results, open.form);
    checkCount(types, open.results);
    const results = applyAll(implicitOp, [...leaves, ...captures.tensors], {
      ...{ name, unknowns, leading: 0 },
      residual: open.close([]),
      body: body.close([]),
    });
    return fillerOf(body.form)(results);
  };
}

/** Returns the first of two results of a solver. */
function solutionOf(form: unknown): unknown {
  if (Array.isArray(form) && form.length === 2) return form[0];
  const expected = "a function that returns [solution, aux], as hasAux says";
  throw new ShapeError("implicit", "solver", expected, "another result");
}

function checkFloats(argument: string, types: readonly TensorType[], form: unknown): void {
  const other = types.findIndex(({ dtype }) => !isFloat(dtype));
  if (other < 0 && types.length > 0) return;
  let path = "";
  walkTree("implicit", form, (leaf, pathOfLeaf) => {
    if (leaf === other) path = pathOfLeaf;
    return leaf;
  });
  const expected = "a function that returns tensors of floats";
  const got = other < 0 ? "none" : `${types[other]?.dtype}${path && ` in ${path}`}`;
  throw new DTypeError("implicit", argument, expected, got);
}

function checkCount(types: readonly TensorType[], residuals: readonly TensorType[]): void {
  const [expected, got] = [countOf(types, 0), countOf(residuals, 0)];
  if (expected === got) return;
  throw new ShapeError(
    "implicit",
    "residual",
    `as many elements as the solution has, ${expected}`,
    String(got),
  );
}
