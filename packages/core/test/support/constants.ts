/**
 * Sizes at which shipped code changes its algorithm, read from its sources, so that tests follow when a size changes.
 */

/**
 * Returns a constant of a module, from its text: a number, or a product, sum, quotient or shift of numbers and of
 * constants of the module.
 *
 * @param others constants of other modules that the expression refers to.
 * @throws Error where the module has no constant of that name: it was renamed or moved.
 */
export function constantIn(
  text: string,
  name: string,
  others: Readonly<Record<string, number>> = {},
): number {
  const known = others[name];
  if (known !== undefined) return known;
  const [, written] = new RegExp(`const ${name}(?:: \\w+)? = ([^;]+);`).exec(text) ?? [];
  if (written === undefined) throw new Error(`no constant ${name} in ${text.slice(0, 200)}`);
  const [first = Number.NaN, ...rest] = written
    .split(/(?<= )(?=(?:\*\*|[*+/]|<<) )/)
    .map((part) => part.trim())
    .map((part, i) => (i === 0 ? numberOf(part) : part)) as [number, ...string[]];
  function numberOf(operand: string): number {
    return /^[A-Za-z]/.test(operand)
      ? constantIn(text, operand, others)
      : Number(operand.replaceAll("_", ""));
  }
  return rest.reduce((value, part) => {
    const [operator = "", operand = ""] = part.split(" ");
    const own = numberOf(operand);
    switch (operator) {
      case "*":
        return value * own;
      case "+":
        return value + own;
      case "/":
        return value / own;
      case "**":
        return value ** own;
      default:
        return value * 2 ** own;
    }
  }, first);
}

/** Returns some sizes, and the lengths just below and above each. */
export function around(...sizes: readonly number[]): readonly number[] {
  const all = sizes.flatMap((size) => [size - 1, size, size + 1]);
  return [...new Set(all)].filter((length) => length > 0).sort((a, b) => a - b);
}
