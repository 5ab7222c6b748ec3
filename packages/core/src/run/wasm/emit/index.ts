/**
 * Fused elementwise groups, emitted as WebAssembly while the program runs.
 */

export { emitGroups, type PlacedGroup, type RunGroup } from "./emit.ts";
export {
  FUSED_OPS,
  type FusedGroup,
  type FusedInput,
  type FusedOp,
  type FusedStep,
  MAXIMUM_STEPS,
  type Operand,
} from "./group.ts";
