/**
 * The tree by which parts of a reduction combine, whoever computed them.
 */

/**
 * Combines parts in order like a binary counter that carries: after the k-th part, while k is even,
 * the latest two become one and k halves. What is left is folded from the latest to the earliest.
 */
export function combineAsTree(
  parts: readonly number[],
  combine: (first: number, second: number) => number,
): number {
  const stack: number[] = [];
  const merge = () => {
    const second = stack.pop() ?? Number.NaN;
    const first = stack.pop() ?? Number.NaN;
    stack.push(combine(first, second));
  };
  parts.forEach((part, place) => {
    stack.push(part);
    for (let count = place + 1; count % 2 === 0; count /= 2) merge();
  });
  while (stack.length > 1) merge();
  return stack[0] ?? Number.NaN;
}
