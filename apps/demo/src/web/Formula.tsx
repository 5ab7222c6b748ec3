/**
 * Typed functions drawn as mathematics: quotients as fractions, indices as subscripts, and every product with its sign.
 */

import type { ComponentChild } from "preact";
import { type Operation, SIGNED } from "../own/functions.ts";
import type { Line } from "../own/program.ts";
import type { Tree } from "../own/tree.ts";
import { writtenLine } from "../own/written.ts";

/** The precedences of parts: a part of lower precedence is in brackets. */
const [SUM, PRODUCT, SIGN, POWER, WHOLE] = [1, 2, 3, 4, 5] as const;

interface Drawn {
  readonly math: ComponentChild;
  readonly strength: number;
  /** True if the part contains a fraction. */
  readonly isTall: boolean;
}

/**
 * Shows a line of a function. Each term of a sum is a separate formula, so that a long line breaks before its signs. An
 * attribute has the text with a bracket around each part.
 */
export function Formula({ line }: { readonly line: Line }) {
  const [first, ...others] = termsOf(line.tree);
  return (
    <div class="own-line" data-written={writtenLine(line)}>
      <math displaystyle>
        {line.isNamed && (
          <>
            {nameOf(line.name)}
            <mo>=</mo>
          </>
        )}
        {first?.math}
      </math>
      {others.map(({ sign, math }, i) => (
        <math key={i} displaystyle>
          <mo rspace="0.22em">{sign}</mo>
          {math}
        </math>
      ))}
    </div>
  );
}

interface Term {
  readonly sign: string;
  readonly math: ComponentChild;
}

/** Returns the terms of a sum, from the left. */
function termsOf(tree: Tree): readonly Term[] {
  const isSum =
    tree.kind === "apply" && (tree.operation === SIGNED.add || tree.operation === SIGNED.sub);
  const [a, b] = isSum ? tree.parts : [];
  if (!isSum || a === undefined || b === undefined) return [{ sign: "", math: drawn(tree).math }];
  const isAdded = tree.operation === SIGNED.add;
  const isSigned = b.kind === "apply" && b.operation === SIGNED.neg;
  const math = isSigned ? bracketed(drawn(b)) : part(b, isAdded ? SUM : PRODUCT);
  return [...termsOf(a), { sign: isAdded ? "+" : "−", math }];
}

/** Returns a name with its index as a subscript. */
function nameOf(name: string): ComponentChild {
  const [, base = name, index = ""] =
    /^(\p{L}+)_?([\p{Nd}₀-₉]+|(?<=_)[\p{L}\p{Nd}]+)$/u.exec(name) ?? [];
  if (index === "") return <mi>{name}</mi>;
  const plain = index.replace(/[₀-₉]/g, (digit) => String("₀₁₂₃₄₅₆₇₈₉".indexOf(digit)));
  return (
    <msub>
      <mi>{base}</mi>
      {/^\d+$/.test(plain) ? <mn>{plain}</mn> : <mi>{plain}</mi>}
    </msub>
  );
}

/** Returns a part in brackets, which are as high as the part if it contains a fraction. */
function bracketed({ math, isTall }: Drawn, [open, close] = ["(", ")"]): ComponentChild {
  // The value is a text, since Preact omits an attribute that is false.
  const size: object = isTall ? {} : { stretchy: "false" };
  return (
    <mrow>
      <mo {...size}>{open}</mo>
      {math}
      <mo {...size}>{close}</mo>
    </mrow>
  );
}

function drawn(tree: Tree): Drawn {
  return { ...mathOf(tree), isTall: isTall(tree) };
}

function isTall(tree: Tree): boolean {
  return tree.kind === "apply" && (tree.operation === SIGNED.div || tree.parts.some(isTall));
}

function mathOf(tree: Tree): Omit<Drawn, "isTall"> {
  if (tree.kind === "name") return { math: nameOf(tree.name), strength: WHOLE };
  if (tree.kind === "number") {
    const { name, value } = tree;
    const isLetter = name !== undefined && /^\p{L}/u.test(name);
    const text = name ?? String(value).replace("-", "−");
    const math = isLetter ? <mi>{name === "pi" ? "π" : name}</mi> : <mn>{text}</mn>;
    return { math, strength: value < 0 ? SIGN : WHOLE };
  }
  const { operation, typed, parts } = tree;
  const [a, b] = parts;
  if (typed !== undefined) {
    // The power of a function has brackets around it: (sin(x))².
    return { math: called(typed, parts), strength: typed === "abs" ? WHOLE : POWER };
  }
  if (a === undefined) return { math: null, strength: WHOLE };
  if (operation === SIGNED.neg) {
    return { math: joined(null, "−", part(a, PRODUCT)), strength: SIGN };
  }
  if (b === undefined) return mathOf(a);
  if (operation === SIGNED.div) {
    const math = (
      <mfrac>
        <mrow>{drawn(a).math}</mrow>
        <mrow>{drawn(b).math}</mrow>
      </mfrac>
    );
    return { math, strength: PRODUCT };
  }
  if (operation === SIGNED.pow) {
    const math = (
      <msup>
        {part(a, WHOLE)}
        <mrow>{drawn(b).math}</mrow>
      </msup>
    );
    return { math, strength: POWER };
  }
  const [sign, strength] = SIGNS.get(operation) ?? ["", PRODUCT];
  const left = part(a, strength);
  // A subtracted sum has brackets, and so has a part that begins with a sign.
  const right = part(b, operation === SIGNED.add ? SUM : PRODUCT);
  const isSigned = b.kind === "apply" && b.operation === SIGNED.neg;
  return { math: joined(left, sign, isSigned ? bracketed(drawn(b)) : right), strength };
}

const SIGNS = new Map<Operation, readonly [string, number]>([
  [SIGNED.add, ["+", SUM]],
  [SIGNED.sub, ["−", SUM]],
  [SIGNED.mul, ["·", PRODUCT]],
]);

function joined(left: ComponentChild, sign: string, right: ComponentChild): ComponentChild {
  return (
    <mrow>
      {left}
      <mo>{sign}</mo>
      {right}
    </mrow>
  );
}

/** Draws a part, in brackets if its precedence is below `least`. */
function part(tree: Tree, least: number): ComponentChild {
  const made = drawn(tree);
  return made.strength < least ? bracketed(made) : made.math;
}

/** The names of functions as usual in print. */
const NAMES: Readonly<Record<string, string>> = {
  log: "ln",
  asin: "arcsin",
  acos: "arccos",
  atan: "arctan",
  sigmoid: "σ",
};

function called(typed: string, parts: readonly Tree[]): ComponentChild {
  const inner = parts.map((each, i) => (
    <>
      {i > 0 && <mo>,</mo>}
      {drawn(each).math}
    </>
  ));
  if (typed === "sqrt") return <msqrt>{inner}</msqrt>;
  const whole: Drawn = { math: inner, strength: WHOLE, isTall: parts.some(isTall) };
  if (typed === "abs") return bracketed(whole, ["|", "|"]);
  const [, base, index] = /^(log)(\d+)$/.exec(typed) ?? [];
  const name = <mi>{base ?? NAMES[typed] ?? typed}</mi>;
  return (
    <mrow>
      {index === undefined ? (
        name
      ) : (
        <msub>
          {name}
          <mn>{index}</mn>
        </msub>
      )}
      {bracketed(whole)}
    </mrow>
  );
}
