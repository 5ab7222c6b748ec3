/**
 * The names of the engine that this package uses and that are not public: at most 15, which a test counts. What authors of
 * layers, losses and optimizers need is in `@graddiff/core/extend`.
 */

export {
  clipFactor,
  derivedSequence,
  drawCurves,
  elementsOf,
  fillerWith,
  leaveInEvaluation,
  leavesByName,
  modelParts,
  run,
  seedFor,
  stored,
  takeAt,
  takeGradient,
  transformed,
  watchReads,
} from "@graddiff/core/internal";
