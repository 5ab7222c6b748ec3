/**
 * `@graddiff/core/extend`: what an author of layers, losses, optimizers, metrics, or functions composed of ops needs beside
 * the public names of core: readers of arguments and options, errors in the one grammar, tensors of one dtype, and
 * what a layer tells of its state. The other packages are written with it.
 */

export {
  anything,
  argumentError,
  callable,
  finite,
  flag,
  fraction,
  fractionBelowOne,
  integer,
  isPlainObject,
  listOf,
  nonNegative,
  nonNegativeInteger,
  numberThat,
  type Options,
  oneOf,
  oneOrMany,
  optional,
  optionsReader,
  positive,
  positiveInteger,
  type Reader,
  type Readers,
  refuseSurplus,
} from "./arguments.ts";
export { describe, formatShape } from "./errors.ts";
export type { Demand } from "./families/checking.ts";
export { guardProperties } from "./graph/guards.ts";
export { isVariable } from "./graph/variable.ts";
export { initializerOf, layerSeed, withInitializer } from "./layers/beginnings.ts";
export { layerPath } from "./layers/layerPath.ts";
export { checked } from "./ops/checked.ts";
export { promoteInputs } from "./ops/promote.ts";
export { isFloat } from "./tensor/dtype.ts";
export { broadcasts, sameShape } from "./tensor/shape.ts";
export { isTensor, toTensor } from "./tensor/tensor.ts";
export { seedNumber } from "./tensor/threefry.ts";
