/**
 * Fused elementwise groups, emitted as WebAssembly while the program runs.
 */

export { emitGroups, type PlacedGroup, type RunGroup } from "./emit.ts";
export {
  describeGroup,
  FUSED_OPS,
  type FusedGroup,
  type FusedInput,
  type FusedOp,
  type FusedOutput,
  type FusedStep,
  MAXIMUM_STEPS,
  type Operand,
} from "./group.ts";
