declare module "virtual:mathml" {
  import type { FormulaName } from "../course/formulas.ts";

  /** Formulas as MathML. */
  export const mathml: Readonly<Record<FormulaName, string>>;
}
