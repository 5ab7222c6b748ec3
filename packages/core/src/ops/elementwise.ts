/**
 * The elementwise family: each output element depends on the input elements at its index, after
 * broadcasting. The file also has the functions that define such an op: `unary` and `binary`.
 */

import { refuseSurplus } from "../arguments.ts";
import { elementwiseKernel } from "../families/elementwise.ts";
import { apply, applyAll } from "../graph/apply.ts";
import type { FunctionGroup, Kernel, ScalarFunction } from "../graph/kernel.ts";
import type {
  BatchCall,
  BatchRule,
  Convention,
  Derivative,
  Domain,
  Examples,
  Identities,
  Op,
  Promotion,
  TypeRule,
} from "../graph/op.ts";
import { type Attributes, NO_ATTRIBUTES, type TensorType } from "../graph/types.ts";
import type { DType } from "../tensor/dtype.ts";
import { at, broadcastShapes, type Shape } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { promoteInputs } from "./promote.ts";
import { register } from "./registry.ts";

/** A function of one tensor. */
export interface Unary {
  (x: TensorLike): Tensor;
  /** The op that the function applies. */
  readonly op: Op;
}

/** A function of two tensors that broadcast. */
export interface Binary {
  (x: TensorLike, y: TensorLike): Tensor;
  /** The op that the function applies. */
  readonly op: Op;
}

/** A function of one tensor with options. */
export interface UnaryWith<Settings> {
  (x: TensorLike, options?: Settings): Tensor;
  /** The op that the function applies. */
  readonly op: Op;
}

/** The whole knowledge of an elementwise op. */
export interface ElementwiseDefinition<Body> {
  readonly name: string;
  /** The symbol in drawings, with `( )` for the input where it is written as a formula: `( )²`. Default: the name. */
  readonly symbol?: string;
  readonly formula: string;
  /** The rule by which input dtypes become one. Default "arithmetic". */
  readonly promotion?: Promotion;
  /** A primitive: one scalar function, or one for each dtype that differs from `float64`'s. */
  readonly compute?:
    | ScalarFunction
    | ({ readonly float64: ScalarFunction } & { readonly [D in DType]?: ScalarFunction });
  /** The group that has the functions of a primitive on linear memory. */
  readonly group?: FunctionGroup;
  /** A primitive whose kernel is no loop. */
  readonly kernel?: Kernel;
  /** A composite: the op written in other ops. */
  readonly body?: Body;
  /** Optional for a composite, whose body then has the derivative. */
  readonly derivative?: Derivative;
  /** The value of the derivative where it is not unique. */
  readonly convention?: Convention;
  /** The applications that change nothing, which the compiler may leave out. */
  readonly identities?: Identities;
  /** The inputs in each of which it is linear. Default: none. */
  readonly linearIn?: readonly number[];
  /** The intervals in which the generated tests sample the inputs. */
  readonly domain: Domain;
  /** Inputs and exact output. */
  readonly edges?: readonly (readonly number[])[];
}

/** The shapes of the inputs that are tried in tests, of ops of one input and of two. */
const CASES: Readonly<Record<1 | 2, readonly (readonly Shape[])[]>> = {
  1: [[[]], [[5]], [[2, 3]], [[0]], [[2, 1, 3]]],
  2: [
    [[], []],
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], []],
    [[3], [2, 3]],
    [
      [2, 1],
      [1, 3],
    ],
    [
      [0, 3],
      [1, 3],
    ],
  ],
};

/** Defines an elementwise op of one input. */
/* @__NO_SIDE_EFFECTS__ */
export function unary(definition: ElementwiseDefinition<(x: Tensor) => Tensor>): Unary {
  const { name, promotion = "arithmetic" } = definition;
  const op = defineElementwise(definition, 1);
  const call = (x: TensorLike, more: unknown = undefined, rest: unknown = undefined) => {
    if (more !== undefined) refuseSurplus(name, 1, [x, more, rest]);
    return apply(op, promoteInputs(name, [toTensor(name, "x", x)], promotion), NO_ATTRIBUTES);
  };
  return Object.assign(call, { op });
}

/** Defines an elementwise op of two inputs. */
/* @__NO_SIDE_EFFECTS__ */
export function binary(
  definition: ElementwiseDefinition<(x: Tensor, y: Tensor) => Tensor>,
): Binary {
  const { name, promotion = "arithmetic" } = definition;
  const op = defineElementwise(definition, 2);
  const call = (
    x: TensorLike,
    y: TensorLike,
    more: unknown = undefined,
    rest: unknown = undefined,
  ) => {
    if (more !== undefined) refuseSurplus(name, 2, [x, y, more, rest]);
    const inputs = [toTensor(name, "x", x), toTensor(name, "y", y)];
    return apply(op, promoteInputs(name, inputs, promotion), NO_ATTRIBUTES);
  };
  return Object.assign(call, { op });
}

/** Defines a composite of one input with options, which are its attributes. Its body is differentiated. */
/* @__NO_SIDE_EFFECTS__ */
export function unaryWith<Settings extends Attributes>(
  definition: Omit<ElementwiseDefinition<(x: Tensor, options: Settings) => Tensor>, "edges"> & {
    /** Returns the options with their defaults; a function that `optionsReader` makes. */
    readonly read: (op: string, options: unknown) => Settings;
    /** Options that are tried in tests. */
    readonly settings: readonly Attributes[];
  } & Pick<Examples, "exact">,
): UnaryWith<Partial<Settings>> {
  const { name, promotion = "arithmetic", read } = definition;
  const op = defineElementwise(definition, 1);
  const call = (x: TensorLike, options: unknown = undefined, ...more: unknown[]) => {
    if (more.length > 0) refuseSurplus(name, 2, [x, options, ...more]);
    const inputs = promoteInputs(name, [toTensor(name, "x", x)], promotion);
    return apply(op, inputs, read(name, options));
  };
  return Object.assign(call, { op });
}

/** The fields that few elementwise ops have. */
interface Special extends Pick<Op, "mask">, Pick<Examples, "dtypes" | "exact"> {
  /** The shapes of the inputs that are tried in tests. Default: those of ops of as many inputs, one or two. */
  readonly cases?: readonly (readonly Shape[])[];
  /** The attributes that are tried in tests, each with all cases. Default: none. */
  readonly settings?: readonly Attributes[];
  /** Refuses inputs. */
  readonly check?: (inputs: readonly TensorType[]) => void;
}

/** Any elementwise op. */
type AnyDefinition = ElementwiseDefinition<(...inputs: never[]) => Tensor> & Special;

/** Enters an elementwise op of any number of inputs in the table. @param inputs their number, if there are no cases. */
/* @__NO_SIDE_EFFECTS__ */
export function defineElementwise(definition: AnyDefinition, inputs: 1 | 2 = 1): Op {
  const { name, symbol = name, formula, promotion = "arithmetic", derivative, check } = definition;
  const { mask, identities, linearIn } = definition;
  return register<Attributes>({
    name,
    symbol,
    family: "elementwise",
    promotion,
    formula,
    results: typesOfElementwise(name, promotion, check),
    derivative,
    ...kernelOf(definition),
    broadcasts: "elements",
    batch: batchElementwise,
    // Casts: an op has all fields, once it is registered.
    convention: definition.convention as Convention,
    ...({ mask, identities, linearIn } as Pick<Op, "mask" | "identities" | "linearIn">),
    examples: examplesOf(definition, inputs),
  });
}

function examplesOf(
  { domain, edges, dtypes, exact, settings, cases: shapes }: AnyDefinition,
  inputs: 1 | 2,
): Examples {
  const cases = shapes ?? CASES[inputs];
  return {
    domain,
    cases: settings
      ? settings.flatMap((attributes) => cases.map((shapes) => ({ shapes, attributes })))
      : cases.map((shapes) => ({ shapes })),
    ...(edges && { edges }),
    ...(dtypes && { dtypes }),
    ...(exact && { exact }),
  };
}

/** Returns the kernel of an op: other ops, or a scalar function for each dtype. */
function kernelOf({
  name,
  compute,
  group,
  kernel,
  body,
}: ElementwiseDefinition<(...inputs: never[]) => Tensor>): Pick<Op, "kernel" | "body"> {
  if (body !== undefined) {
    // A body without options does not look at the attributes.
    return { body: (inputs, attributes) => [body(...([...inputs, attributes] as never[]))] };
  }
  if (kernel !== undefined) return { kernel };
  if (compute === undefined) throw new Error(`${name} needs a compute function or a body`);
  const byDType = typeof compute === "function" ? { float64: compute } : compute;
  const { float64, float32 = float64, int32 = float64, bool = float64 } = byDType;
  return { kernel: elementwiseKernel({ float64, float32, int32, bool }, group) };
}

/** Shapes broadcast; the dtype is that of the promoted inputs, or bool. */
export function typesOfElementwise(
  name: string,
  promotion: Promotion,
  check?: Special["check"],
): TypeRule {
  return (inputs) => {
    check?.(inputs);
    const first = inputs[0];
    const last = inputs[inputs.length - 1];
    if (first === undefined || last === undefined) throw new Error(`${name} has no inputs`);
    const shape = inputs.reduce(
      (common, input) => broadcastShapes(name, common, input.shape),
      first.shape,
    );
    if (promotion === "comparison") return [{ shape, dtype: "bool", weak: false }];
    const weak = last.weak && inputs.every((input) => input.weak || input.dtype === "bool");
    return [{ shape, dtype: last.dtype, weak }];
  };
}

/** The batch is one more axis in front; lower ranks are filled with 1s after it. */
export const batchElementwise: BatchRule = (call) =>
  applyAll(call.op, alignBatches(call), call.attributes);

/** Returns batched inputs with as many axes after the batch as the input of highest rank has. */
function alignBatches({ inputs, batched, size }: BatchCall): readonly Tensor[] {
  const ranks = inputs.map((input, i) => input.rank - (batched[i] ? 1 : 0));
  const rank = Math.max(...ranks);
  return inputs.map((input, i) => {
    const missing = rank - at(ranks, i);
    if (!batched[i] || missing === 0) return input;
    return input.reshape([size, ...new Array<number>(missing).fill(1), ...input.shape.slice(1)]);
  });
}
