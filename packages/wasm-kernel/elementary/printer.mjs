/**
 * Prints recorded steps as statements: the part that the languages have in common. A step becomes a `const` if it is
 * named, used more than once, or makes its line too long; otherwise it is inside the expression that uses it. The order
 * of evaluation cannot matter: steps are pure.
 */

import { countUses } from "./steps.mjs";

/** @typedef {import("./steps.mjs").Value} Value */
/** @typedef {{ text: string, level: number }} Expression code, and its precedence */

/** The precedence of expressions, from the lowest to the highest. */
export const LEVEL = { select: 0, or: 1, and: 2, compare: 3, sum: 4, product: 5, sign: 6, atom: 7 };

/** The most characters of an expression, so that lines have at most 100; longer ones are cut into statements. */
const LONGEST = 76;

/**
 * @callback ReduceBeyond
 * @param {Printer} printer
 * @param {Value} step
 * @param {Record<string, string>} names of the variables to replace
 * @param {string} indent
 * @returns {void}
 */

/**
 * @typedef {object} Language
 * @property {boolean} lazyBranches write `branch` and `seldom` as if/else, not as a select
 * @property {(mask: string) => string} anyLane whether a mask is set at all
 * @property {(step: Value, inputs: Expression[]) => Expression} express one step
 * @property {ReduceBeyond} reduceBeyond writes the hand-written part of sin and cos
 * @property {string} numberType the type of a number in a declaration without value
 */

export class Printer {
  /**
   * @param {Language} language
   * @param {{ parameters: Value[], result: Value, block: Value[] }} recorded
   */
  constructor(language, { parameters, result, block }) {
    this.language = language;
    this.uses = countUses(result);
    /** @type {string[]} */
    this.lines = [];
    /** @type {Map<Value, string>} */
    this.names = new Map();
    /** @type {Set<string>} */
    this.taken = new Set();
    for (const parameter of parameters) this.nameFor(parameter);
    this.printBlock(block, "  ");
    this.lines.push(`  return ${this.languageResult(result)};`);
  }

  /** @param {Value} result */
  languageResult(result) {
    return this.expression(result, "  ").text;
  }

  /** @param {Value} step */
  nameFor(step) {
    const wanted = step.label ?? (step.kind === "mask" ? "mask" : "t");
    let name = step.label === undefined ? `${wanted}1` : wanted;
    for (let number = 2; this.taken.has(name); number++) name = `${wanted}${number}`;
    this.taken.add(name);
    this.names.set(step, name);
    return name;
  }

  /** @param {Value[]} block @param {string} indent */
  printBlock(block, indent) {
    for (const step of block) {
      const uses = this.uses.get(step) ?? 0;
      if (uses === 0 || step.op === "constant" || this.names.has(step)) continue;
      if (step.op === "branch" || step.op === "seldom") this.printBranch(step, indent);
      else if (step.op === "reduceBeyond") this.printReduceBeyond(step, block, indent);
      else if (uses > 1 || step.label !== undefined) this.declare(step, indent);
    }
  }

  /** @param {Value} step @param {string} indent */
  declare(step, indent) {
    if (this.names.has(step)) return;
    const { text } = this.compose(step, indent);
    this.lines.push(`${indent}const ${this.nameFor(step)} = ${text};`);
  }

  /** @param {Value} step @param {string} indent */
  printBranch(step, indent) {
    const [mask, yes, no] = step.inputs;
    const [taken, other] = step.data;
    if (!this.language.lazyBranches) {
      if (step.op === "seldom") {
        this.printSeldom(step, indent);
        return;
      }
      this.printBlock(taken.block, indent);
      this.printBlock(other.block, indent);
      this.declare(step, indent);
      return;
    }
    const condition = this.expression(mask, indent).text;
    const name = this.nameFor(step);
    this.lines.push(`${indent}let ${name}: ${this.language.numberType};`);
    this.lines.push(`${indent}if (${condition}) {`);
    this.printBlock(taken.block, `${indent}  `);
    this.lines.push(`${indent}  ${name} = ${this.expression(yes, `${indent}  `).text};`);
    this.lines.push(`${indent}} else {`);
    this.printBlock(other.block, `${indent}  `);
    this.lines.push(`${indent}  ${name} = ${this.expression(no, `${indent}  `).text};`);
    this.lines.push(`${indent}}`);
  }

  /** Prints a select that is skipped if no lane needs it. @param {Value} step @param {string} indent */
  printSeldom(step, indent) {
    const [mask, yes, no] = step.inputs;
    const [taken, other] = step.data;
    const condition = this.expression(mask, indent);
    this.printBlock(other.block, indent);
    const before = this.expression(no, indent).text;
    const name = this.nameFor(step);
    this.lines.push(`${indent}let ${name} = ${before};`);
    this.lines.push(`${indent}if (${this.language.anyLane(condition.text)}) {`);
    this.printBlock(taken.block, `${indent}  `);
    const inputs = [
      condition,
      this.expression(yes, `${indent}  `),
      { text: name, level: LEVEL.atom },
    ];
    this.lines.push(
      `${indent}  ${name} = ${this.language.express(step, inputs).text};`,
      `${indent}}`,
    );
  }

  /** @param {Value} step @param {Value[]} block @param {string} indent */
  printReduceBeyond(step, block, indent) {
    const [, , ...ordinary] = step.inputs;
    const parts = block.filter(({ op, inputs }) => op === "part" && inputs[0] === step);
    /** @type {Record<string, string>} */
    const names = {};
    for (const [index, part] of parts.entries()) {
      const before = this.expression(ordinary[index], indent).text;
      names[part.data] = this.nameFor(part);
      this.lines.push(`${indent}let ${names[part.data]} = ${before};`);
    }
    this.language.reduceBeyond(this, step, names, indent);
  }

  /**
   * Returns the code of a step for an expression that uses it: its name, or its whole expression.
   * @param {Value} step
   * @param {string} indent
   * @returns {Expression}
   */
  expression(step, indent) {
    const name = this.names.get(step);
    if (name !== undefined) return { text: name, level: LEVEL.atom };
    return this.compose(step, indent);
  }

  /** @param {Value} step @param {string} indent @returns {Expression} */
  compose(step, indent) {
    for (;;) {
      const inputs = step.inputs.map((input) => this.expression(input, indent));
      const whole = this.language.express(step, inputs);
      if (whole.text.length <= LONGEST) return whole;
      let longest = -1;
      for (const [index, input] of step.inputs.entries()) {
        if (input.op === "constant" || this.names.has(input)) continue;
        if (longest < 0 || inputs[index].text.length > inputs[longest].text.length) longest = index;
      }
      if (longest < 0) return whole;
      this.declare(step.inputs[longest], indent);
    }
  }
}
