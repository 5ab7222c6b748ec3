/** The argument of the command. */

/** Returns the number of steps to print; any other argument ends the program with a message. */
export function readSteps(text: string, most: number): number {
  const steps = Number(text);
  if (/^\d+$/.test(text) && steps <= most) return steps;
  console.error(`expected the number of steps to print, from 0 to ${most}, got "${text}"`);
  process.exit(1);
}
