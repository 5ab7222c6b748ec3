/**
 * The rules that decide which stored tensors are trained, by the operators that read a tensor, its size, its elements
 * and its name. A name can only be evidence for a parameter, since PyTorch writes many weights without their names.
 */

import type { TensorRole } from "./model.ts";
import { ARITHMETIC, factsOf, isFixedSetting, type Role, type Stored } from "./roles.ts";

/** The decision about a tensor. */
export interface Decision {
  readonly role: TensorRole | undefined;
  readonly trained: boolean;
  readonly reason: string;
  /** True if it may be a parameter as well as a constant. */
  readonly isAmbiguous: boolean;
}

/** A row of the table: the tensors to which it applies, its decision, and the reason. */
interface Rule {
  readonly applies: (tensor: Stored, isQuantised: boolean) => boolean;
  readonly trained: boolean;
  readonly role?: TensorRole;
  readonly isAmbiguous?: boolean;
  readonly reason: (tensor: Stored) => string;
}

/** The roles in which even a single number is a weight, since the operator's input has no other use. */
const OWN_PLACES: ReadonlySet<Role> = new Set(["weight", "bias", "scale"]);

/** The operators that pass no gradient to their inputs. */
const COMPARISONS: ReadonlySet<string> = new Set([
  ...["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Shape", "Size"],
]);

/**
 * The last part of a parameter's name: words that libraries use for parameters, after other words or before a number.
 * `scale` and `mean` are left out, since buffers have these names, too.
 */
const WORDS = [
  // Words for parameters of layers, of their parametrisations and of LoRA.
  ...["weights?", "weight_(orig|g)", "(weight|bias)_[ih]h_l\\d+(_reverse)?", "bias(es)?", "kernel"],
  ...["gamma", "beta", "alpha", "gain", "lora_[AB]", "original", "pos_bias_[uv]"],
  // Words for positions, tokens and latents.
  ...["emb(ed(ding)?)?s?", "pos(itional)?_enc(oding)?", "rel_pos_[hw]", "tokens?", "cls"],
  ...["prompts?", "latents?", "quer(y|ies)", "prototypes?", "cent(er|re|roid)s?", "codebook"],
  ...["(relative_position_)?bias_table", "att_(src|dst|edge)", "[hc]0", "initial_state"],
  // Words for scales of layers and of logits.
  ...["layer_?scale", "ls", "res_?weight", "logit_(scale|bias)", "temperature", "noise_strength"],
  ...["log_?(std|sigma|var|scale)s?", "A_logs?"],
];
const PARAMETER = new RegExp(`^(\\w*_)?(${WORDS.join("|")})_?\\d*$`);
/** Letters that papers use for matrices and vectors. */
const LETTER = /^[wWbD]\d*$/;

/** True if the last part of a name is a parameter's: `blocks.0.ls1.gamma`, `dense/kernel:0`. */
function hasParameterName({ name, value }: Stored): boolean {
  const last = name.replace(/:\d+$/, "").split(/[./]/).at(-1) ?? "";
  return PARAMETER.test(last) || (value.tensor.size > 1 && LETTER.test(last));
}

const list = (names: Iterable<string>) => [...names].join(" and ");
const isOne = ({ value }: Stored) => value.tensor.size === 1;
const facts = ({ value }: Stored) => factsOf(value);
const roleOf = ({ roles }: Stored) => [...roles.keys()][0];
const isPlaced = (tensor: Stored) => [...tensor.roles.keys()].some((role) => role !== "statistic");
const isSmooth = ({ readers }: Stored) => [...readers].some((each) => !COMPARISONS.has(each));

function placeOf(tensor: Stored): string {
  const [first] = tensor.roles;
  return first === undefined ? "" : `the ${first[0]} of ${first[1].operator}`;
}

function settingOf({ settings }: Stored): string {
  const [[kind, operator] = ["", ""]] = settings;
  return `the ${kind} of ${operator}`;
}

function readingOf(tensor: Stored): string {
  const { readers } = tensor;
  const read = readers.size === 0 ? "given as a result" : `read by ${list(readers)}`;
  return isOne(tensor) ? `one number, ${read}` : `${read}, as no weight`;
}

/** The rules in order: the first that applies decides. */
const RULES: readonly Rule[] = [
  {
    applies: ({ value }) => value.tensor.size === 0,
    trained: false,
    reason: () => "no number",
  },
  {
    applies: ({ roles }) => roles.has("statistic"),
    trained: false,
    role: "statistic",
    reason: ({ roles }) => `a statistic of ${roles.get("statistic")?.operator}`,
  },
  {
    applies: (tensor) => !isOne(tensor) && !facts(tensor).isFinite,
    trained: false,
    reason: () => "not finite",
  },
  {
    applies: (tensor) =>
      tensor.settings.has("scale") || (tensor.settings.has("vector") && !hasParameterName(tensor)),
    trained: false,
    role: "setting",
    reason: settingOf,
  },
  {
    applies: (tensor) => isOne(tensor) && [...tensor.settings.keys()].some(isFixedSetting),
    trained: false,
    role: "setting",
    reason: settingOf,
  },
  {
    applies: (_, isQuantised) => isQuantised,
    trained: false,
    reason: () => "a float of a model whose weights are integers",
  },
  {
    applies: ({ isHelper }) => isHelper,
    trained: false,
    reason: () => "ones or zeros that a normalisation leaves everything as it is with",
  },
  {
    applies: (tensor) =>
      facts(tensor).isMask && !tensor.roles.has("bias") && !hasParameterName(tensor),
    trained: false,
    reason: () => "zeros and ones, as of a mask",
  },
  {
    applies: (tensor) => !isOne(tensor) && isPlaced(tensor),
    trained: true,
    reason: placeOf,
  },
  {
    applies: (tensor) =>
      isOne(tensor) &&
      [...tensor.roles].some(([role, { isDirect }]) => OWN_PLACES.has(role) && isDirect),
    trained: true,
    reason: placeOf,
  },
  {
    applies: (tensor) => facts(tensor).isSinusoidal,
    trained: false,
    reason: () => "sines and cosines, as of positions",
  },
  {
    applies: (tensor) => hasParameterName(tensor) && isSmooth(tensor) && !facts(tensor).isMask,
    trained: true,
    role: "parameter",
    reason: () => "a parameter by its name",
  },
  {
    applies: (tensor) => isOne(tensor) && tensor.settings.size > 0,
    trained: false,
    role: "setting",
    reason: settingOf,
  },
  {
    applies: (tensor) =>
      tensor.isBesideRows && !tensor.isNode && !isOne(tensor) && tensor.value.tensor.rank > 1,
    trained: true,
    role: "parameter",
    reason: () => "positions: added to rows of a table",
  },
  {
    applies: (tensor) =>
      !tensor.isNode &&
      !tensor.isBesideInput &&
      [...tensor.readers].every((reader) => ARITHMETIC.has(reader) || reader === "Concat"),
    trained: false,
    isAmbiguous: true,
    reason: readingOf,
  },
  { applies: () => true, trained: false, reason: readingOf },
];

/** Returns the decision about a stored tensor. @param isQuantised true if weights of the model are integers. */
export function decide(tensor: Stored, isQuantised: boolean): Decision {
  const rule = RULES.find(({ applies }) => applies(tensor, isQuantised));
  return {
    role: rule?.role ?? roleOf(tensor),
    trained: rule?.trained === true,
    reason: rule?.reason(tensor) ?? "",
    isAmbiguous: rule?.isAmbiguous === true,
  };
}
