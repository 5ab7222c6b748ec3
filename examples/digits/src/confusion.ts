/** The confusion matrix: how often which digit was taken for which. */

/** Counts by digit (row) and answer (column). */
export type Confusion = readonly (readonly number[])[];

export function confusionOf(labels: readonly number[], answers: readonly number[]): Confusion {
  const counts = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  labels.forEach((label, i) => {
    const row = counts[label];
    const answer = answers[i] ?? 0;
    if (row !== undefined) row[answer] = (row[answer] ?? 0) + 1;
  });
  return counts;
}

/** The share of right answers. */
export function accuracyOf(confusion: Confusion): number {
  const total = confusion.flat().reduce((sum, count) => sum + count, 0);
  return confusion.reduce((sum, row, digit) => sum + (row[digit] ?? 0), 0) / total;
}

/** As lines of text. */
export function confusionText(confusion: Confusion): string {
  const header = Array.from({ length: 10 }, (_, digit) => String(digit).padStart(4)).join("");
  const rows = confusion.map((row, digit) => {
    const cells = row.map((count) => (count === 0 ? "·" : String(count)).padStart(4)).join("");
    return `      ${digit} ${cells}`;
  });
  return [`answer  ${header}`, ...rows].join("\n");
}

const CELL = 40;
const MARGIN = 56;

/** As a drawing: the darker, the more often; mistakes in orange. */
export function confusionSvg(confusion: Confusion): string {
  const size = MARGIN + 10 * CELL + 8;
  const most = Math.max(...confusion.flat());
  const centre = (i: number) => MARGIN + (i + 0.5) * CELL;
  const cells = confusion.flatMap((row, digit) =>
    row.map((count, answer) => {
      const strength = count === 0 ? 0 : 0.15 + 0.85 * Math.sqrt(count / most);
      const colour = digit === answer ? "#1d4ed8" : "#c2410c";
      const [x, y] = [MARGIN + answer * CELL, MARGIN + digit * CELL];
      const square = `<rect x="${x}" y="${y}" width="${CELL - 2}" height="${CELL - 2}" rx="4" fill="${colour}" fill-opacity="${strength.toFixed(3)}"/>`;
      if (count === 0) return square;
      const text = strength > 0.5 ? "#ffffff" : "#111827";
      return `${square}<text x="${centre(answer) - 1}" y="${centre(digit) + 4}" fill="${text}">${count}</text>`;
    }),
  );
  const labels = confusion.flatMap((_, i) => [
    `<text x="${centre(i)}" y="${MARGIN - 10}" fill="#374151">${i}</text>`,
    `<text x="${MARGIN - 14}" y="${centre(i) + 4}" fill="#374151">${i}</text>`,
  ]);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width="${size}" height="${size}" font-family="system-ui, sans-serif" font-size="14" text-anchor="middle" role="img">
<title>Confusion matrix of handwritten digits</title>
<rect width="${size}" height="${size}" fill="#ffffff"/>
<text x="${centre(4.5)}" y="20" fill="#111827">answer</text>
<text x="16" y="${centre(4.5)}" fill="#111827" transform="rotate(-90 16 ${centre(4.5)})">digit</text>
${[...labels, ...cells].join("\n")}
</svg>
`;
}
