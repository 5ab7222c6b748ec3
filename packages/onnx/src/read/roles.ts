/**
 * The role of each stored tensor of a model, found from the operators that read it. Being an initializer is no
 * criterion: some exporters write weights as Constants, and others the bounds of a Clip as initializers.
 */

import type { Shape } from "@graddiff/core";
import { onlyElement, readArray, ruleOf, sizeOf } from "@graddiff/core/internal";
import type { StandardOperator } from "./operators/names.ts";
import type { Plan, Step } from "./plan.ts";
import type { Value } from "./value.ts";

/** The role that an operator has for one of its inputs. */
export type Role = "weight" | "bias" | "scale" | "table" | "statistic";

/** The roles of the inputs of an operator, in order; undefined for one that is data or a setting. */
type Roles = readonly (Role | undefined)[];

const PRODUCT: Roles = ["weight", "weight"];
const WINDOWS: Roles = [undefined, "weight", "bias"];
const RECURRENT: Roles = [undefined, "weight", "weight", "bias"];
const NORMALISATION: Roles = [undefined, "scale", "bias"];

/** The operators that have inputs for learned weights. */
const ROLES: { readonly [Name in StandardOperator]?: Roles } = {
  BatchNormalization: [...NORMALISATION, "statistic", "statistic"],
  Conv: WINDOWS,
  ConvTranspose: WINDOWS,
  DeformConv: [undefined, "weight", undefined, "bias"],
  Einsum: PRODUCT,
  GRU: RECURRENT,
  Gather: ["table"],
  Gemm: [...PRODUCT, "bias"],
  GroupNormalization: NORMALISATION,
  InstanceNormalization: NORMALISATION,
  LSTM: [...RECURRENT, undefined, undefined, undefined, "weight"],
  LayerNormalization: NORMALISATION,
  MatMul: PRODUCT,
  PRelu: [undefined, "weight"],
  RNN: RECURRENT,
};

/**
 * The kinds of settings that operators read as inputs. A setting of one number is not learned by default, unless it is
 * a limit or a choice with the name of a parameter.
 */
export type Setting =
  | "exponent"
  | "bound"
  | "ratio"
  | "value"
  | "epsilon"
  | "scale"
  | "vector"
  | "limit"
  | "choice";

const LIMITS: readonly Setting[] = ["limit", "limit"];

/** The operators with inputs for settings: the kind of each input, undefined for others. */
const SETTINGS: { readonly [Name in StandardOperator]?: readonly (Setting | undefined)[] } = {
  Clip: [undefined, "bound", "bound"],
  DequantizeLinear: [undefined, "scale", "scale"],
  Dropout: [undefined, "ratio"],
  Equal: LIMITS,
  Greater: LIMITS,
  GreaterOrEqual: LIMITS,
  Less: LIMITS,
  LessOrEqual: LIMITS,
  Max: LIMITS,
  Min: LIMITS,
  Mod: [undefined, "bound"],
  OneHot: [undefined, undefined, "value"],
  Pad: [undefined, undefined, "value"],
  Pow: [undefined, "exponent"],
  QLinearConv: [undefined, "scale", "scale", undefined, "scale", "scale", "scale", "scale"],
  QLinearMatMul: [undefined, "scale", "scale", undefined, "scale", "scale", "scale", "scale"],
  QuantizeLinear: [undefined, "scale", "scale"],
  Where: [undefined, "choice", "choice"],
};

/** True for a kind of setting that is never learned. A limit and a choice may be learned. */
export const isFixedSetting = (setting: Setting | undefined) =>
  setting !== undefined && setting !== "limit" && setting !== "choice";

/** Operators that return the elements of their first input in another dtype, shape or order. */
const VIEWS: ReadonlySet<string> = new Set<StandardOperator>([
  "Cast",
  "CastLike",
  "Dropout",
  "Expand",
  "Flatten",
  "Identity",
  "Pad",
  "Reshape",
  "Slice",
  "Split",
  "Squeeze",
  "Tile",
  "Transpose",
  "Unsqueeze",
]);

/** The elementwise operators of two inputs. */
export const ARITHMETIC: ReadonlySet<string> = new Set(["Add", "Sub", "Mul", "Div"]);

/** The operators that sum for a measure of spread (a variance or a norm), and those that take its root. */
const SUMS: ReadonlySet<string> = new Set(["ReduceMean", "ReduceSum", "ReduceSumSquare"]);
const ROOTS: ReadonlySet<string> = new Set(["ReduceL2", "Sqrt", "Pow"]);
/** The operators allowed between a measure of spread and the division by it. */
const OF_SPREADS: ReadonlySet<string> = new Set([
  ...["Add", "Max", "Clip", "Sqrt", "Pow", "Reciprocal", "Mul", "Div"],
  ...VIEWS,
]);

/** A tensor of floats stored in a model, as an initializer or in a node. */
export interface Stored {
  readonly name: string;
  readonly value: Value;
  /** True if a node stores it. */
  readonly isNode: boolean;
  /**
   * Roles with the operator of each. `isDirect`: the operator reads a view of the tensor, not a value computed from
   * it.
   */
  readonly roles: Map<Role, { readonly operator: string; readonly isDirect: boolean }>;
  /** The kinds of settings as which it is read, with the operator of each. */
  readonly settings: Map<Setting, string>;
  /** The layers of PyTorch that read it or a value computed from it: `blocks.0.attn`. */
  readonly layers: Set<string>;
  /** True if it is added to rows of a table, as positions are. */
  isBesideRows: boolean;
  /** True if it is added to an input of the model, or multiplied by it, as the mean of pixels is. */
  isBesideInput: boolean;
  /** The operators that read it, or a view of it. */
  readonly readers: Set<string>;
  /**
   * True if it is ones or zeros that only fill the input for a scale or a shift: a learned one follows, or there is
   * none.
   */
  isHelper: boolean;
}

/** The properties of a value of a graph. */
interface Trait {
  /** The stored tensors from which it is computed; undefined if it depends on inputs. */
  readonly stored?: readonly Stored[];
  /** True if it has their elements, unchanged. */
  readonly isView?: boolean;
  /** The bias or scale that a later operator may apply to it. */
  readonly awaits?: Awaited;
  /** True if it is a mean or a sum over axes, or its root. */
  readonly spread?: "sum" | "root";
  /** True if it consists of rows of a table, scaled or not. */
  readonly isRows?: boolean;
  /** True if it is the scale of a quantisation, computed at run time. */
  readonly isScale?: boolean;
  /** True if it is an input of the model, or an elementwise function of one and of stored tensors. */
  readonly isRaw?: boolean;
}

/**
 * A bias of one of `sizes` that may follow, or a scale if there are no `sizes`. `before` is the scale and the shift
 * that the operator has already.
 */
interface Awaited {
  readonly sizes?: ReadonlySet<number>;
  readonly before?: Neutral;
}

/** A scale of ones and a shift of zeros; `isFollowed` is true if a learned scale follows. */
interface Neutral {
  readonly helpers: readonly Stored[];
  isFollowed: boolean;
}

const NOTHING: Trait = {};

/** The traits of the names of a graph, and the names of the graph around it. */
interface Names {
  readonly own: Map<string, Trait>;
  readonly around: Names | undefined;
}

function traitOf(names: Names | undefined, name: string): Trait {
  for (let each = names; each !== undefined; each = each.around) {
    const trait = each.own.get(name);
    if (trait !== undefined) return trait;
  }
  return NOTHING;
}

/**
 * Assigns every stored tensor its roles and its readers, also in nested graphs and in functions.
 *
 * @param visit is called with each node, and with those of a function once for each call. It may refuse a model of too
 *   many.
 * @param storedOf returns the stored tensors of a graph, the same ones each time.
 */
export function assignRoles(
  plan: Plan,
  visit: (step: Step) => void,
  storedOf: (plan: Plan) => ReadonlyMap<string, Stored>,
): void {
  const neutral: Neutral[] = [];

  const walk = (own: Plan, inputs: readonly Trait[], around: Names | undefined): Trait[] => {
    const names: Names = { own: new Map(), around };
    own.inputs.forEach((name, i) => {
      names.own.set(name, inputs[i] ?? NOTHING);
    });
    for (const name of own.constants.keys()) names.own.set(name, { stored: [], isView: true });
    for (const [name, stored] of storedOf(own)) {
      names.own.set(name, { stored: [stored], isView: true });
    }
    for (const step of own.steps) {
      visit(step);
      const given = step.inputs.map((name) => (name === "" ? NOTHING : traitOf(names, name)));
      const results = "steps" in step.does ? walk(step.does, given, undefined) : read(step, given);
      for (const graph of step.graphs.values()) walk(graph, [], names);
      step.outputs.forEach((name, i) => {
        const trait = results[i];
        if (name === "" || trait === undefined) return;
        // NOTHING is the trait of a name without an entry. It is stored only to hide an equal name of an outer graph.
        if (trait !== NOTHING || around !== undefined) names.own.set(name, trait);
      });
    }
    return own.outputs.map((name) => traitOf(names, name));
  };

  const read = (step: Step, given: readonly Trait[]): Trait[] => {
    const { operator } = step;
    const data = given[0] ?? NOTHING;
    const isForm = VIEWS.has(operator) || operator === "Concat";
    const settings = SETTINGS[operator as StandardOperator];
    const layer = layerOf(step.name);
    const areForms = operator !== "Concat" || given.every(({ stored }) => stored !== undefined);
    given.forEach(({ stored = [], isView }, i) => {
      const setting = settings?.[i];
      for (const each of stored) {
        if (layer !== undefined) each.layers.add(layer);
        if (isView && !(isForm && areForms)) each.readers.add(operator);
        if (setting !== undefined) each.settings.set(setting, operator);
      }
    });
    const all = given.filter((_, i) => step.inputs[i] !== "");
    const isFixed = all.length > 0 && all.every(({ stored }) => stored !== undefined);
    // Other inputs of a view do not count: a weight may be cut to a computed length.
    const made: Trait =
      isForm && operator !== "Concat"
        ? { ...data }
        : isFixed
          ? {
              stored: factorsOf(
                operator,
                given.filter((_, i) => step.inputs[i] !== "" && !isFixedSetting(settings?.[i])),
              ),
              isView: isForm && all.every((each) => each.isView),
            }
          : NOTHING;
    if (isForm) return step.outputs.map(() => made);
    const learned = ROLES[operator as StandardOperator];
    const own =
      learned === undefined ? elementwise(operator, given) : learnedBy(step, learned, given);
    const isPlain = own === NOTHING && made === NOTHING;
    return step.outputs.map(() => (isPlain ? NOTHING : { ...own, ...made }));
  };

  const give = ({ stored = [], isView = false }: Trait, role: Role, operator: string) => {
    for (const each of stored) {
      const isDirect = isView || each.roles.get(role)?.isDirect === true;
      each.roles.set(role, { operator, isDirect });
    }
  };

  /** Assigns the roles of an operator with inputs for learned weights, and returns the trait of its outputs. */
  const learnedBy = (step: Step, roles: Roles, given: readonly Trait[]): Trait => {
    const { operator } = step;
    if (operator === "Gather") {
      const [table = NOTHING] = given;
      const isTable =
        table.isView === true && table.stored?.every(({ value }) => value.tensor.rank > 1);
      const axis = Number(step.attributes.get("axis")?.i ?? 0);
      if (isTable && axis === 0) give(table, "table", operator);
      return isTable && axis === 0 ? { isRows: true } : NOTHING;
    }
    const isProduct = roles[0] !== undefined;
    const factors = isProduct
      ? given.slice(0, operator === "Einsum" ? given.length : 2).filter(({ stored }) => stored)
      : [given[1] ?? NOTHING];
    // If both operands of a product are stored, the second is the weight and the first is data.
    const operands = isProduct ? factors.slice(-1) : factors;
    if (operands.length === 0) return NOTHING;
    const helpers = helpersOf(roles, given);
    if (isProduct) {
      const vectors = vectorsBeside(given);
      for (const each of operands) if (!vectors.includes(each)) give(each, "weight", operator);
      for (const { stored = [] } of vectors) {
        for (const each of stored) each.settings.set("vector", operator);
      }
    }
    roles.forEach((role, i) => {
      const isOther = role === "statistic" || (helpers === undefined && !(isProduct && i < 2));
      if (role !== undefined && isOther) give(given[i] ?? NOTHING, role, operator);
    });
    if (helpers !== undefined) {
      const before = { helpers, isFollowed: false };
      neutral.push(before);
      return { awaits: { before } };
    }
    const bias = roles.indexOf("bias");
    const takesBias = bias >= 0 && (step.inputs[bias] ?? "") !== "";
    if (takesBias || (bias < 0 && !isProduct)) return NOTHING;
    return { awaits: { sizes: channelsOf(step, operands) } };
  };

  /** Returns the trait of the outputs of an operator without roles, which follows from those of its inputs. */
  const elementwise = (operator: string, given: readonly Trait[]): Trait => {
    if (SUMS.has(operator)) return { spread: "sum" };
    if (operator === "ReduceL2") return { spread: "root" };
    if (operator === "DynamicQuantizeLinear") return { isScale: true };
    const [x = NOTHING, y = NOTHING] = given;
    const other = x.isScale ? y : x;
    if (operator === "Mul" && (x.isScale ?? y.isScale) && other.stored !== undefined) {
      for (const each of other.stored) each.settings.set("scale", operator);
      return { isScale: true };
    }
    const [rows, beside] = x.isRows ? [x, y] : [y, x];
    if (rows.isRows && operator === "Add" && beside.stored !== undefined) {
      for (const each of beside.stored) each.isBesideRows = true;
    }
    const isBeside = (x.isRaw ?? y.isRaw) && ARITHMETIC.has(operator);
    if (isBeside) for (const each of (x.isRaw ? y : x).stored ?? []) each.isBesideInput = true;
    if (isBeside && (x.isRaw ? y : x).stored !== undefined) return { isRaw: true };
    if (operator === "Add" && (x.spread === "sum" || y.spread === "sum")) {
      for (const each of (x.spread === "sum" ? y : x).stored ?? []) {
        if (each.value.tensor.size === 1) each.settings.set("epsilon", operator);
      }
    }
    const isScaled = operator === "Mul" && sizeIn(beside.stored ?? []) === 1;
    if (rows.isRows && (isScaled || operator === "Add")) return { isRows: true };
    if (operator === "Add" || operator === "Mul") {
      const [own, other] = x.awaits === undefined ? [y, x] : [x, y];
      if (own.awaits !== undefined && other.stored !== undefined) {
        const size = sizeIn(other.stored);
        const isBias = own.awaits.sizes?.has(size) === true;
        if (operator === "Add" && isBias && !isScalar(other.stored)) {
          give(other, "bias", operator);
          return NOTHING;
        }
        if (operator === "Mul" && own.awaits.sizes === undefined && size > 1) {
          give(other, "scale", operator);
          if (own.awaits.before !== undefined) own.awaits.before.isFollowed = true;
          return { awaits: { sizes: new Set([size]) } };
        }
        if (operator === "Mul" && size === 1) return { awaits: own.awaits };
      }
    }
    const isNormal =
      (operator === "Div" && y.spread === "root") ||
      (operator === "Mul" && (x.spread === "root") !== (y.spread === "root"));
    if (isNormal && x.stored === undefined) return { awaits: {} };
    const [spread] = given.flatMap((each) => each.spread ?? []);
    if (spread !== undefined && OF_SPREADS.has(operator)) {
      return { spread: ROOTS.has(operator) ? "root" : spread };
    }
    return NOTHING;
  };

  const raw = plan.inputs.map(() => ({ isRaw: true }));
  walk(plan, raw, undefined);
  for (const { helpers, isFollowed } of neutral) {
    // In an untrained network, scales of ones and shifts of zeros may be learned; these are initializers, not nodes.
    const isLearned = !isFollowed && helpers.some(({ isNode }) => !isNode);
    helpers.forEach((each, i) => {
      const place = { operator: "a normalisation", isDirect: true };
      if (isLearned) each.roles.set(i === 0 ? "scale" : "bias", place);
      else each.isHelper = true;
    });
  }
}

/** The most stored tensors from which a weight may be computed: longer chains are not followed. */
const MOST_FACTORS = 100;

/**
 * Returns the stored tensors in a computed one that may be learned. A factor of zeros and ones is a mask, which is not.
 */
function factorsOf(operator: string, given: readonly Trait[]): readonly Stored[] {
  const vectors = operator === "MatMul" ? vectorsBeside(given) : [];
  const others = given.filter((each) => !vectors.includes(each));
  const all = [...new Set(others.flatMap(({ stored = [] }) => stored))];
  if (all.length > MOST_FACTORS) return [];
  if (operator !== "Mul") return all;
  const learned = all.filter(({ value }) => !factsOf(value).isMask);
  return learned.length > 0 ? learned : all;
}

/** Returns the stored vectors by which a stored matrix is multiplied, as exporters do to compute its norm. */
function vectorsBeside(given: readonly Trait[]): readonly Trait[] {
  const isVector = ({ stored = [], isView }: Trait) =>
    isView === true && stored.length > 0 && stored.every(({ value }) => value.tensor.rank === 1);
  const areStored = given.every(({ stored }) => stored !== undefined);
  const vectors = areStored ? given.filter(isVector) : [];
  return vectors.length < given.length ? vectors : [];
}

/**
 * Returns the PyTorch layer in a node's name: `blocks.0.attn` for `/blocks/blocks.0/attn/MatMul`; undefined for another
 * name.
 */
function layerOf(name: string): string | undefined {
  if (!name.startsWith("/")) return undefined;
  const path: string[] = [];
  for (const part of name.split("/").slice(1, -1)) {
    if (part.startsWith(`${path.at(-1)}.`)) path.pop();
    path.push(part);
  }
  return path.join(".");
}

/** The properties of a tensor's elements. */
interface Facts {
  readonly isFinite: boolean;
  /** True if the elements are only zeros and ones, and both occur. */
  readonly isMask: boolean;
  /** The number that all elements equal; undefined if they differ. */
  readonly every: number | undefined;
  /** True if each row has the same sum of squares, as sines and cosines of positions have. */
  readonly isSinusoidal: boolean;
}

const looked = new WeakMap<Value, Facts>();

/** Looks at the elements of a stored tensor, once. */
export function factsOf(value: Value): Facts {
  const known = looked.get(value);
  if (known !== undefined) return known;
  // A ConstantOfShape is not expanded to an array.
  const one = ruleOf(value.tensor) && onlyElement(value.tensor, "importOnnx");
  const elements = one === undefined ? readArray(value.tensor, "importOnnx") : [one];
  const [first] = elements;
  let areFinite = true;
  let isBinary = true;
  let isEqual = true;
  // An index is used, since files have hundreds of millions of elements, and an iterator takes ten times as long.
  for (let i = 0; i < elements.length; i++) {
    const x = elements[i] ?? 0;
    if (x - x !== 0) areFinite = false;
    if (x !== 0 && x !== 1) isBinary = false;
    if (x !== first) isEqual = false;
  }
  const facts = {
    isFinite: areFinite,
    isMask: isBinary && !isEqual,
    every: isEqual ? first : undefined,
    isSinusoidal: !isEqual && isSinusoidal(elements, value.tensor.shape),
  };
  looked.set(value, facts);
  return facts;
}

/** True if each row has the same sum of squares, which is half its length, within the rounding of a float. */
function isSinusoidal(elements: ArrayLike<number>, shape: Shape): boolean {
  const length = shape.at(-1) ?? 1;
  if (length < 2 || length % 2 === 1 || elements.length / length < 2) return false;
  let sum = 0;
  for (let i = 0; i < elements.length; i++) {
    sum += (elements[i] ?? 0) ** 2;
    if ((i + 1) % length !== 0) continue;
    if (Math.abs(sum / (length / 2) - 1) > 1e-4) return false;
    sum = 0;
  }
  return true;
}

const sizeIn = (stored: readonly Stored[]) =>
  stored.reduce((most, { value }) => Math.max(most, value.tensor.size), 0);

const isScalar = (stored: readonly Stored[]) =>
  stored.every(({ value }) => value.tensor.rank === 0);

/** Returns the scale of ones and the shift of zeros of a normalisation, if both are stored. */
function helpersOf(roles: Roles, given: readonly Trait[]): Stored[] | undefined {
  if (roles[1] !== "scale") return undefined;
  const [scale, ...more] = given[1]?.stored ?? [];
  const [shift, ...others] = given[2]?.stored ?? [];
  if (scale === undefined || more.length > 0 || others.length > 0) return undefined;
  const isNeutral =
    factsOf(scale.value).every === 1 && (shift === undefined || factsOf(shift.value).every === 0);
  if (!isNeutral) return undefined;
  return shift === undefined ? [scale] : [scale, shift];
}

/**
 * Returns the numbers of channels that the result of an operator may have: the exact axis is unknown if its weight is
 * transposed or reshaped.
 */
function channelsOf({ operator, attributes }: Step, operands: readonly Trait[]): Set<number> {
  const shapes = operands.flatMap(({ stored = [] }) =>
    stored.map(({ value }) => value.tensor.shape),
  );
  if (operator === "Conv" || operator === "DeformConv") {
    return new Set(shapes.map(([outputs = 0]) => outputs));
  }
  if (operator === "ConvTranspose") {
    const groups = Number(attributes.get("group")?.i ?? 1);
    return new Set(shapes.map(([, outputs = 0]) => outputs * groups));
  }
  return new Set(
    shapes.flatMap((shape) =>
      shape.flatMap((length, i) => [length, sizeOf(shape.slice(i)), sizeOf(shape.slice(0, i + 1))]),
    ),
  );
}
