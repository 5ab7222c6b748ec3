/**
 * Fused elementwise groups, emitted as WebAssembly while the program runs.
 */

export { emitGroups, type PlacedGroup, type RunGroup } from "./emit.ts";
export { isCast, loopDTypeOf, loopOpOf } from "./fusible.ts";
export {
  describeGroup,
  type FusedGroup,
  type FusedInput,
  type FusedOutput,
  type FusedStep,
  MAXIMUM_STEPS,
  type Operand,
  type Reduction,
} from "./group.ts";
