/**
 * Converts algorithms on vectors of any width (`assembly/algorithms/fft`) to JavaScript, which computes one number at a
 * time. Each call of an operation of `lanes.ts` is replaced by its code, since V8 stops inlining when a function has
 * hundreds of calls.
 */

const element = (array, position) => `(${array}[${position}] as number)`;
/** Returns the text of the real or imaginary part of a complex number, whose parts may be neighbours. */
const partAt = (part) => (array, position, to) => {
  const paired = element(array, part === 0 ? `2 * (${position})` : `2 * (${position}) + 1`);
  return `(${to} === COLUMNS_OF_PAIRS ? ${paired} : ${element(array, position)})`;
};
const stored = (array, position, ...values) =>
  values
    .map((value, i) => `${array}[${i > 0 ? `${position} + ${i}` : position}] = ${value}`)
    .join(";\n");

/** The operations: each returns its text, given the texts of its arguments. */
const OPERATIONS = {
  unit: () => "1",
  lanes: () => "1",
  constant: (x) => `round(${x})`,
  add: (a, b) => `round(${a} + ${b})`,
  sub: (a, b) => `round(${a} - ${b})`,
  mul: (a, b) => `round(${a} * ${b})`,
  realOf: (a, b, c, d) => `round(round(${a} * ${c}) - round(${b} * ${d}))`,
  imaginaryOf: (a, b, c, d) => `round(round(${a} * ${d}) + round(${b} * ${c}))`,
  read: element,
  spread: element,
  factor: element,
  realAt: partAt(0),
  imaginaryAt: partAt(1),
  readBackwards: element,
  readEven: element,
  readOdd: (array, position) => element(array, `${position} + 1`),
  write: stored,
  writeBackwards: stored,
  scatter: (array, position, _step, value) => stored(array, position, value),
  scatterTwo: (array, position, _step, ...values) => stored(array, position, ...values),
  scatterFour: (array, position, _step, ...values) => stored(array, position, ...values),
};

const NAMES = Object.keys(OPERATIONS).join("|");
const CALL = new RegExp(`(?<!function )\\b(${NAMES})<T(?:, \\w+)?>\\(`);
const DECLARATION = new RegExp(
  `^(?:/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?(?:export )?function (?:${NAMES})<[^]*?^}\\n\\n`,
  "gm",
);

/**
 * Returns the texts of a call's arguments, which begin at an index, and the index after them.
 *
 * @param {string} text
 * @param {number} start
 */
function argumentsFrom(text, start) {
  const list = [];
  let depth = 0;
  let from = start;
  for (let i = start; ; i++) {
    const c = text[i];
    if (c === "(" || c === "[") depth++;
    else if (depth > 0 && (c === ")" || c === "]")) depth--;
    else if (depth === 0 && (c === ")" || (c === "," && !isTypes(text.slice(from, i))))) {
      const argument = text.slice(from, i).trim();
      if (argument !== "") list.push(argument);
      from = i + 1;
      if (c === ")") return { list, end: i + 1 };
    }
  }
}

/** True if a text ends inside the type arguments of a call. @param {string} text */
const isTypes = (text) => /<[^<>()]*$/.test(text);

/**
 * Returns a source without vectors: calls are replaced by the code of operations, and the types T and V by numbers.
 *
 * @param {string} text as AssemblyScript reads it, without decorators.
 */
export function withoutLanes(text) {
  let result = text.replaceAll(DECLARATION, "");
  for (let call = CALL.exec(result); call; call = CALL.exec(result)) {
    const { list, end } = argumentsFrom(result, call.index + call[0].length);
    result = result.slice(0, call.index) + OPERATIONS[call[1]](...list) + result.slice(end);
  }
  return result
    .replaceAll(/<T(?:, \w+)?>/g, "")
    .replaceAll(/: [TV]\b/g, ": number")
    .replaceAll(/^import \{([^}]*)\} from "(\.\/\w+)";$/gm, (_line, names, from) => {
      const used = names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "" && !(name in OPERATIONS) && name !== "Vector");
      return used.length === 0 ? "" : `import { ${used.join(", ")} } from "${from}";`;
    })
    .replace(/^import /m, 'import { round } from "../arithmetic";\nimport ');
}
