/**
 * The names of the engine that `nn` uses and that are not public. All else it takes from `index.ts`, as a stranger
 * would.
 */

export {
  anyNumber,
  anything,
  checkFunction,
  checkMethod,
  finite,
  flag,
  integer,
  isPlainObject,
  listOf,
  nonNegative,
  numberThat,
  oneOf,
  oneOrMany,
  optional,
  optionsReader,
  positive,
  type Reader,
  type Readers,
  readCount,
  readFunction,
  readPositive,
  refuseSurplus,
  share,
  shareBelowOne,
  unfit,
} from "../arguments.ts";
export { readBackend } from "../compile/compile.ts";
export { type Copy, THIS_COPY } from "../copies.ts";
export { run } from "../differentiate/grad.ts";
export { type Curve, drawCurves, type Panel } from "../draw/curves.ts";
export { describe, describeList, formatShape } from "../errors.ts";
export { readAveragePoolOptions } from "../functions/averagePooling.ts";
export { readInterpolateOptions } from "../functions/interpolate.ts";
export { readOutputPadding } from "../functions/transposedConvolution.ts";
export { isOf } from "../graph/apply.ts";
export { transformed } from "../graph/compiled.ts";
export { guardProperties, putSwitch, Switch, withSwitch } from "../graph/guards.ts";
export { leaveInEvaluation, warnOfEvaluation } from "../graph/modes.ts";
export type { Recordable } from "../graph/recordable.ts";
export { runningRecording } from "../graph/recording.ts";
export { DEEPEST, type Filler, fillerOf, formWith, isOpaque, type Mapped } from "../graph/tree.ts";
export { isVariable, watchReads } from "../graph/variable.ts";
export {
  type Inside,
  insideTrained,
  leavesByName,
  namesOfTrained,
  nothingTrained,
  objectsInside,
  type Path,
  variablesByName,
} from "../graph/variableTree.ts";
export { beginningOf, beginsWith, seedOf } from "../layers/beginnings.ts";
export { runningPlace } from "../layers/place.ts";
export { matchEntries } from "../models/matching.ts";
export { listVariables, variablesOf } from "../models/state.ts";
export { checked, isKnown } from "../ops/checked.ts";
export { clipFactor } from "../ops/clipFactor.ts";
export { takeFromRows, takeOfExamples, takeRows } from "../ops/indexing.ts";
export { readPoolOptions } from "../ops/pooling.ts";
export { promoteInputs } from "../ops/promote.ts";
export { readFloat, readFloatOrDefault, readSeed } from "../ops/random.ts";
export { seedFor, sequence } from "../ops/sequences.ts";
export { elementsAlong } from "../ops/view.ts";
export { perAxis, readGroups, readLengths, windowReaders } from "../ops/windows.ts";
export { Backend } from "../run/device/backend.ts";
export type { RunnerName } from "../run/runner.ts";
export { defaultDType } from "../tensor/defaultDType.ts";
export { allocate, convert, isFloat } from "../tensor/dtype.ts";
export { convertElements, readElements } from "../tensor/elements.ts";
export { allocateResult } from "../tensor/results.ts";
export {
  at,
  broadcasts,
  checkShape,
  int32At,
  normalizeAxes,
  SCALAR,
  sameShape,
  sizeOf,
} from "../tensor/shape.ts";
export {
  isReadable,
  isTensor,
  readArray,
  scalar,
  settle,
  stored,
  toTensor,
} from "../tensor/tensor.ts";
export { keysOf, readSeedNumber, threefry, unit64 } from "../tensor/threefry.ts";
