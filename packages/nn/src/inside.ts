/**
 * The internal names of core that this package uses: at most 15, which a test counts. The names that authors of layers,
 * losses and optimizers need are in `@graddiff/core/extend`.
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
