/**
 * The tree by which parts of a reduction combine, whoever computed them.
 */

/**
 * Combines parts in order like a binary counter that carries: after the k-th part, while k is even,
 * the latest two become one and k halves. What is left is folded from the latest to the earliest.
 * Undefined for no parts.
 */
export function combineAsTree<Part>(
  parts: readonly Part[],
  combine: (first: Part, second: Part) => Part,
): Part | undefined {
  const stack: Part[] = [];
  const merge = () => {
    const second = stack.pop();
    const first = stack.pop();
    if (first !== undefined && second !== undefined) stack.push(combine(first, second));
  };
  parts.forEach((part, place) => {
    stack.push(part);
    for (let count = place + 1; count % 2 === 0; count /= 2) merge();
  });
  while (stack.length > 1) merge();
  return stack[0];
}
